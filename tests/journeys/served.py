"""The service in processes of its own, as README starts it, over a real Redis."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from saleor_wechat_returns.demo.providers import free_port, now
from saleor_wechat_returns.demo.stack import MCHID, Stack, running_stack
from saleor_wechat_returns.embedded.tether import tied_to_this_process
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests.world import HOODIE, SHIRT, Answer, TestShop

# Longer than any answer should take.
PATIENCE_SECONDS = 10


class Redis:
    """A server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = {"port": str(self._port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", *words],  # noqa: S607 - whichever is installed
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                preexec_fn=tied_to_this_process(signal.SIGKILL),
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Killed, with all it held, while the block runs."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nothing while the block runs."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


class ServedShop(TestShop):
    """A shop with its people, asking a service that listens on a port."""

    __repr__ = object.__repr__

    def __init__(self, stack: Stack, database_url: str, redis: Redis | None = None) -> None:
        self.stack, self._database_url, self._redis = stack, database_url, redis
        self.saleor, self.app = stack.providers.saleor, stack.app
        self.li, self.clerk = stack.li, stack.staff
        self._numbers = itertools.count(1)

    @property
    def redis(self) -> Redis:
        """Whoever asks knows that there is one."""
        if self._redis is None:
            raise ValueError("this service runs without Redis")
        return self._redis

    def ask(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> Answer:
        response = httpx.post(
            self.stack.api_url,
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_SECONDS,
        )
        return Answer(response.status_code, response.json())

    def order(self, *_: Any, **__: Any) -> Any:
        """A paid and shipped order of Li's: two hoodies and three T-shirts, 12.00 shipping."""
        number = next(self._numbers)
        paid_with = PaidWith(IDENTIFIER, f"42000000002026{number:014d}")
        order = self.saleor.seed_order(
            lines=[HOODIE, SHIRT],
            user=self.li,
            shipping="12.00",
            fulfilled="all",
            paid_with=[paid_with],
        )
        self.stack.providers.wechat.add_payment(
            MCHID, paid_with.psp_reference, f"SO{number:014d}", 70970, "openid-of-li", now()
        )
        return order

    def refunds_of(self, order: Any) -> list[Any]:
        """At WeChat Pay."""
        number = order.transactions[0].psp_reference
        return [r for r in self.stack.providers.wechat.refunds if r.transaction_id == number]

    def end_leases(self) -> None:
        """What five minutes do to the leases of a worker that is dead."""
        with psycopg.connect(self._database_url) as connection:
            connection.execute(
                "UPDATE saleor_wechat_returns_outboxmessage SET leased_until = now()"
                " WHERE lease IS NOT NULL"
            )


@contextmanager
def served(folder: Path) -> Iterator[ServedShop]:
    """Web, worker, Redis and a database of their own; nothing of them is left after the block."""
    redis = Redis(folder)
    try:
        with own_database() as url, pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", url)
            with running_stack(threading.Event(), broker=redis.url) as stack:
                yield ServedShop(stack, url, redis)
    finally:
        redis.kill()


@contextmanager
def own_database() -> Iterator[str]:
    """The address of an empty database, which is gone after the block."""
    server, name = os.environ["DATABASE_URL"], f"returns_served_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

"""A gunicorn and a worker, forked from the test, and the world they call: all for one test.

Both are real processes with PostgreSQL connections of their own; the sandboxes stay with the test,
which answers for them over a socket. gunicorn's master begins a new worker after each death, as
the one that forks our workers does.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

import httpx
from django.db import connections
from gunicorn.app.base import BaseApplication

from saleor_wechat_returns import clock, outgoing, tasks
from saleor_wechat_returns.saleor import tokens
from saleor_wechat_returns.wsgi import application
from tests.kill.points import Points
from tests.usecases.wires import name_of
from tests.world import Clock

Hosts = Mapping[str, httpx.BaseTransport]


class Relay:
    """Answers the calls of the processes in a thread of the test, from the sandboxes."""

    def __init__(self, address: Path) -> None:
        self._address = str(address)
        self._listener = Listener(self._address)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._hosts: Hosts = {}

    @contextmanager
    def answering(self, hosts: Hosts) -> Iterator[None]:
        self._hosts = hosts
        self._thread.start()
        try:
            yield
        finally:
            with Client(self._address) as last:
                last.send(None)
            self._thread.join()
            self._listener.close()

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as caller:
                asked = caller.recv()
                if asked is None:
                    return
                try:
                    caller.send(self._answer(*asked))
                except OSError:
                    continue  # it died meanwhile

    def _answer(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        request = httpx.Request(method, url, headers=headers, content=body)
        answer = self._hosts[request.url.host].handle_request(request)
        return answer.status_code, answer.headers.multi_items(), answer.read()


class Outside(httpx.BaseTransport):
    """The world as a mortal process sees it."""

    def __init__(self, address: Path, points: Points) -> None:
        self._address, self._points = str(address), points

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call = name_of(request)
        self._points.pass_by("before", call)
        with Client(self._address) as world:
            headers = request.headers.multi_items()
            world.send((request.method, str(request.url), headers, request.read()))
            status, answered, body = world.recv()
        self._points.pass_by("after", call)
        return httpx.Response(status, headers=answered, content=body)


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # it has no types
    def __init__(self, **options: Any) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return application


class _ToGunicorn(httpx.BaseTransport):
    """https for whoever asks, plain over a socket, as behind a proxy."""

    def __init__(self, address: Path) -> None:
        fresh = httpx.Limits(max_keepalive_connections=0)
        self._wire = httpx.HTTPTransport(uds=str(address), limits=fresh)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        plain = request.url.copy_with(scheme="http")
        body = request.read()
        forwarded = httpx.Request(request.method, plain, headers=request.headers, content=body)
        return self._wire.handle_request(forwarded)

    def close(self) -> None:
        self._wire.close()


class Processes:
    """`web` is the way to gunicorn; `tick` lets a worker do what Celery's task does."""

    def __init__(self, folder: Path, points: Points, now: Clock) -> None:
        self._outside = folder / "outside"
        self._points, self._clock = points, now
        self.relay = Relay(self._outside)
        self.web = httpx.Client(
            transport=_ToGunicorn(folder / "web"), base_url="https://returns.example", timeout=30
        )
        self._worker, far_end = Pipe()
        connections.close_all()  # no child may inherit one
        self._children = [
            _forked(lambda: self._serve(folder / "web")),
            _forked(lambda: self._work(far_end)),
        ]
        _wait_for(folder / "web")

    def tick(self) -> bool:
        """False: the worker was killed."""
        self._worker.send(True)
        code = self._worker.recv()
        assert code in {0, -signal.SIGKILL}
        return bool(code == 0)

    def stop(self) -> None:
        self.web.close()
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)

    def _serve(self, address: Path) -> None:
        self._become("web")
        _Gunicorn(
            bind=f"unix:{address}",
            worker_class="gthread",
            threads=2,
            preload_app=True,
            loglevel="critical",
            graceful_timeout=1,
            control_socket_disable=True,
        ).run()

    def _work(self, orders: Connection) -> None:
        self._worker.close()  # so that it hears when the test is gone
        self._become("worker")
        while orders.recv():
            worker = _forked(tasks.drain)
            orders.send(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))

    def _become(self, role: str) -> None:
        """Said to a master, which has no connection and does no work; its children inherit it."""
        self._points.become(role)
        tokens.keys.forget()
        self._forever = ExitStack()
        self._forever.enter_context(clock.replaced(self._clock))
        outside = Outside(self._outside, self._points)
        self._forever.enter_context(outgoing.mounted({"all://": outside}))
        outgoing.client()


def _wait_for(address: Path) -> None:
    for _ in range(1000):
        with socket(AF_UNIX) as door:
            if door.connect_ex(str(address)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("gunicorn does not listen")


def _forked(life: Callable[[], None]) -> int:
    """The child never returns into the test."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        life()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - the test must not go on twice
        traceback.print_exc()
    finally:
        os._exit(code)

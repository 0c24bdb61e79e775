"""The whole demo, started in order: providers, database, web and worker, a shop with its people."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from ..sandbox.wechat_mini import PushAddress
from . import voice
from .keys import make_keys
from .processes import Processes, StackFailed, running
from .providers import HERE, Providers, free_port, serve_providers

MCHID = "1900000001"
APPID = "wx0000000000000001"
PASSWORD = "demo"  # noqa: S105 - of two people who live in memory
START_SECONDS = 60.0


class Stopped(Exception):
    """Ctrl-C."""


@dataclass
class Stack:
    """What the story is played on. `stop` is set when somebody wants it to end."""

    stop: threading.Event
    providers: Providers
    processes: Processes
    public_url: str
    shop_key: str = ""
    app: Any = None
    li: Any = field(init=False)
    staff: Any = field(init=False)
    lead: Any = field(init=False)

    def __post_init__(self) -> None:
        saleor = self.providers.saleor
        self.li = saleor.add_customer("li@example.com", password=PASSWORD)
        orders = frozenset({"MANAGE_ORDERS"})
        self.staff = saleor.add_staff("staff@example.com", permissions=orders, password=PASSWORD)
        settings = orders | {"MANAGE_APPS"}
        self.lead = saleor.add_staff("lead@example.com", permissions=settings, password=PASSWORD)

    @property
    def api_url(self) -> str:
        """The API of this one shop."""
        return f"{self.public_url}/s/{self.shop_key}/graphql/"

    def token_of_li(self, *, hours: float = 0.08) -> str:
        """Saleor's own, for its customer; five minutes there."""
        lifetime = timedelta(hours=hours)
        return self.providers.saleor.user_token(self.li, lifetime=lifetime)

    def token_of_staff(self, *, hours: float = 0.08) -> str:
        """As the Dashboard hands it to the pages of this app."""
        lifetime = timedelta(hours=hours)
        return self.providers.saleor.dashboard_token(self.staff, self.app, lifetime=lifetime)

    def token_of_lead(self) -> str:
        """Another person's, who decides what `staff` had rejected."""
        lifetime = timedelta(minutes=5)
        return self.providers.saleor.dashboard_token(self.lead, self.app, lifetime=lifetime)

    def wait_for(self, what: str, has_happened: Callable[[], bool], *, seconds: float) -> None:
        """Raises StackFailed when it does not happen in time, Stopped on Ctrl-C."""
        deadline = time.monotonic() + seconds
        while not has_happened():
            if self.stop.wait(0.1):
                raise Stopped
            if time.monotonic() > deadline:
                said = "\n".join(self.processes.said(name) for name in ("web", "worker"))
                raise StackFailed(f"{what} did not happen in time:\n{said}")


@contextmanager
def running_stack(stop: threading.Event, *, broker: str = "filesystem://") -> Iterator[Stack]:
    """Everything up while the block runs; the database is given by DATABASE_URL."""
    voice.title("微信售后 · WeChat returns for Saleor")
    with serve_providers() as providers, running() as processes:
        voice.ready("Saleor 3.23, simulated", providers.saleor_url)
        voice.ready("WeChat Pay, simulated", providers.wechat_url)
        voice.ready("mini-program API, simulated", providers.mini_url)
        voice.ready("Kuaidi100 快递100, simulated", providers.couriers_url)
        stack = Stack(stop, providers, processes, f"http://{HERE}:{free_port()}")
        processes.environment = _environment(stack, broker)
        processes.manage("migrate")
        voice.ready("PostgreSQL, embedded", "migrated")
        _start_service(stack)
        _install(stack)
        _store_credentials(stack)
        _store_courier_account(stack)
        yield stack


def _environment(stack: Stack, broker: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "saleor_wechat_returns.settings",
        "DEBUG": "1",
        "GRAPHIQL": "1",
        "PUBLIC_URL": stack.public_url,
        "WECHAT_PAY_API_URL": stack.providers.wechat_url,
        "WECHAT_API_URL": stack.providers.mini_url,
        "KUAIDI100_URL": stack.providers.couriers_url,
        "KUAIDI100_ORDER_URL": f"{stack.providers.couriers_url}/order/borderapi.do",
        "SHIPPING_INFO_AFTER_MINUTES": "0",
        "CELERY_BROKER_URL": broker,
        "EVIDENCE_DIR": str(stack.processes.folder / "evidence"),
        "BROKER_DIR": os.environ.get("BROKER_DIR") or str(stack.processes.folder / "broker"),
        "PYTHONUNBUFFERED": "1",
    }


def _start_service(stack: Stack) -> None:
    bind = stack.public_url.removeprefix("http://")
    web = ("-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "--bind", bind)
    stack.processes.spawn("web", *web, "saleor_wechat_returns.wsgi")
    start_worker(stack)
    stack.wait_for("the start of web", lambda: _is_healthy(stack), seconds=START_SECONDS)
    voice.ready("returns app: web and worker", stack.public_url)


def start_worker(stack: Stack) -> None:
    """A worker that is its own clock; there must be no other."""
    worker = ("-m", "celery", "-A", "saleor_wechat_returns.celery", "worker")
    stack.processes.spawn("worker", *worker, "--beat", "--pool", "threads", "--loglevel", "INFO")


def _is_healthy(stack: Stack) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{stack.public_url}/health/").is_success
    return False


def _install(stack: Stack) -> None:
    stack.app = stack.providers.saleor.install_app(f"{stack.public_url}/saleor/manifest/")
    stack.shop_key = stack.processes.manage("shops").split()[0]
    voice.ready("installed into Saleor by its manifest", f"shop {stack.shop_key}")


def _store_credentials(stack: Stack) -> None:
    """Known to the simulators, and given to the service as an operator would."""
    keys, secret, wechat = make_keys(), os.urandom(16).hex(), stack.providers.wechat
    wechat.add_merchant(MCHID, keys.serial_no, keys.public_key_pem, keys.apiv3_key, appids=[APPID])
    stack.providers.mini.add_app(APPID, secret)
    # 43 letters and digits, as the console makes them: base64 of 32 bytes without its end.
    token, aes_key = os.urandom(16).hex(), os.urandom(21).hex() + "A"
    stack.processes.manage(
        "add_wechat_merchant",
        f"--shop={stack.providers.saleor_url}",
        f"--mchid={MCHID}",
        f"--serial-no={keys.serial_no}",
        f"--private-key-file={_file(stack, 'private_key', keys.private_key_pem)}",
        f"--apiv3-key-file={_file(stack, 'apiv3_key', keys.apiv3_key)}",
        f"--public-key-id={wechat.public_key_id}",
        f"--public-key-file={_file(stack, 'public_key', wechat.public_key_pem)}",
    )
    voice.ready("WeChat Pay merchant stored, sealed", MCHID)
    stack.processes.manage(
        "add_mini_program",
        f"--shop={stack.providers.saleor_url}",
        f"--appid={APPID}",
        f"--secret-file={_file(stack, 'app_secret', secret)}",
        f"--push-token-file={_file(stack, 'push_token', token)}",
        f"--push-aes-key-file={_file(stack, 'push_aes_key', aes_key)}",
    )
    voice.ready("mini-program stored, sealed", APPID)
    address = PushAddress(f"{stack.public_url}/s/{stack.shop_key}/wechat-push/", token, aes_key)
    stack.providers.mini.set_push_address(address)
    voice.ready("message push, checked by WeChat and sealed", address.url)


def _store_courier_account(stack: Stack) -> None:
    """Who fetches parcels and tells where they are."""
    given = {name: os.urandom(8).hex() for name in ("key", "secret", "customer")}
    stack.providers.couriers.add_account(**given)
    stack.processes.manage(
        "add_courier_account",
        f"--shop={stack.providers.saleor_url}",
        "--provider=kuaidi100",
        *(f"--credential={name}={_file(stack, name, it)}" for name, it in given.items()),
        *(f"--courier={courier}" for courier in ("jd", "yto", "zto")),
    )
    voice.ready("courier account stored, sealed", "快递100")


def _file(stack: Stack, name: str, content: str) -> str:
    path = stack.processes.folder / name
    path.write_text(content)
    return str(path)

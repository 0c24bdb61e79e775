"""The processes of the demo: simulated Saleor and WeChat Pay here, web and worker as children.

The service itself runs as in production, only on embedded parts: gunicorn, Celery, PostgreSQL.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from ..embedded.tether import tied_to_this_process
from ..sandbox.saleor import LineSpec, PaidWith, SaleorSandbox
from ..sandbox.wechat_pay import WechatPaySandbox
from . import voice
from .keys import make_keys

IDENTIFIER = "saleor-wechat-returns"
MCHID = "1900000001"
WECHAT_TRANSACTION = "4200000000202611230000000001"
# WeChat Pay really takes minutes, or days for a bank card.
WECHAT_SETTLES_AFTER_SECONDS = 2.0
START_SECONDS = 60.0


class StackFailed(Exception):
    """A part did not come up; the text says which, and what it said."""


class Stack:
    """Everything up while the block runs; the database is given by DATABASE_URL."""

    def __enter__(self) -> Stack:
        self._stack = ExitStack()
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def token_of_customer(self, *, hours: float = 0.08) -> str:
        return self.saleor.user_token(self.customer, lifetime=timedelta(hours=hours))

    def token_of_staff(self) -> str:
        return self.saleor.dashboard_token(self.staff, self.app)

    # Starting, in this order

    def _start(self) -> None:
        voice.title("微信售后 · WeChat returns for Saleor")
        self.keys = make_keys()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="returns-demo-"))
        self.logs = Path(folder)
        self.public_url = f"http://127.0.0.1:{_free_port()}"
        self._serve_providers()
        self._environment = self._make_environment()
        self._manage("migrate")
        voice.ready("PostgreSQL, embedded", "migrated")
        self._spawn_service()
        self._install()

    def _serve_providers(self) -> None:
        stop = threading.Event()
        self._stack.callback(stop.set)
        http = self._stack.enter_context(httpx.Client(timeout=20, trust_env=False))
        self.wechat = WechatPaySandbox(_now, http, local_http=True)
        server = self.wechat.serve("127.0.0.1", 0)
        self._stack.callback(server.shutdown)
        self.wechat_url = f"http://127.0.0.1:{server.server_address[1]}"
        self._thread(self.wechat.run_forever, stop, WECHAT_SETTLES_AFTER_SECONDS)
        port = _free_port()
        self.saleor_url = f"http://127.0.0.1:{port}/graphql/"
        self.saleor = SaleorSandbox(self.saleor_url, http)
        self._stack.callback(self.saleor.serve("127.0.0.1", port).stop)
        self._thread(self.saleor.run_forever, stop)
        voice.ready("Saleor 3.23, simulated", self.saleor_url)
        voice.ready("WeChat Pay, simulated", self.wechat_url)

    def _make_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "saleor_wechat_returns.settings",
            "DEBUG": "1",
            "PUBLIC_URL": self.public_url,
            "WECHAT_PAY_API_URL": self.wechat_url,
            "CELERY_BROKER_URL": "filesystem://",
            "BROKER_DIR": os.environ.get("BROKER_DIR") or str(self.logs / "broker"),
            "PYTHONUNBUFFERED": "1",
        }

    def _spawn_service(self) -> None:
        bind = self.public_url.removeprefix("http://")
        web = ("-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "--bind", bind)
        self._spawn("web", *web, "saleor_wechat_returns.wsgi")
        worker = ("-m", "celery", "-A", "saleor_wechat_returns.celery", "worker")
        self._spawn("worker", *worker, "--beat", "--pool", "threads", "--loglevel", "INFO")
        self._await("web", lambda: httpx.get(f"{self.public_url}/health/").is_success)
        voice.ready("Returns app: web and worker", self.public_url)

    def _install(self) -> None:
        self.customer = self.saleor.add_customer("li@example.com")
        self.staff = self.saleor.add_staff("staff@example.com")
        self.app = self.saleor.install_app(f"{self.public_url}/saleor/manifest/")
        self.shop_key = self._manage("shops").split()[0]
        voice.ready("installed into Saleor by its manifest", f"shop {self.shop_key}")
        self.wechat.add_merchant(
            MCHID, self.keys.serial_no, self.keys.public_key_pem, self.keys.apiv3_key
        )
        self._manage("add_wechat_merchant", *self._merchant_options())
        voice.ready("WeChat Pay merchant stored, sealed", MCHID)

    def place_order(self) -> Any:
        """Two hoodies and three T-shirts, paid by WeChat Pay in the mini-program, delivered."""
        order = self.saleor.seed_order(
            user=self.customer,
            lines=[
                LineSpec("连帽卫衣", "M", "HOODIE-M", 2, Decimal("199.00")),
                LineSpec("T恤", "S", "TSHIRT-S", 3, Decimal("99.90")),
            ],
            shipping=Decimal("12.00"),
            paid_with=[PaidWith(IDENTIFIER, WECHAT_TRANSACTION)],
            fulfilled="all",
        )
        total_fen = int(order.total * 100)
        self.wechat.add_payment(
            MCHID, WECHAT_TRANSACTION, "SO00000001", total_fen, "openid-of-li", _now()
        )
        return order

    # Processes

    def _merchant_options(self) -> list[str]:
        private, apiv3, public = (self.logs / name for name in ("private", "apiv3", "public"))
        private.write_text(self.keys.private_key_pem)
        apiv3.write_text(self.keys.apiv3_key)
        public.write_text(self.wechat.public_key_pem)
        return [
            f"--shop={self.saleor_url}",
            f"--mchid={MCHID}",
            f"--serial-no={self.keys.serial_no}",
            f"--private-key-file={private}",
            f"--apiv3-key-file={apiv3}",
            f"--public-key-id={self.wechat.public_key_id}",
            f"--public-key-file={public}",
        ]

    def _manage(self, *command: str) -> str:
        """Run a management command to its end, as an operator would."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *command],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackFailed(f"{command[0]} failed:\n{done.stderr.strip()[-2000:]}")
        return done.stdout

    def _spawn(self, name: str, *command: str) -> None:
        log = self._stack.enter_context((self.logs / f"{name}.log").open("wb"))
        child = subprocess.Popen(
            [sys.executable, *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=tied_to_this_process(signal.SIGTERM),
            start_new_session=True,  # Ctrl-C is for the demo, which ends its children in order
        )
        self._stack.callback(_end, child)

    def _await(self, name: str, is_up: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if is_up():
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        said = (self.logs / f"{name}.log").read_text(errors="replace")
        raise StackFailed(f"{name} did not come up:\n{said[-2000:]}")

    def _thread(self, run: Callable[..., object], *arguments: object) -> None:
        threading.Thread(target=run, args=arguments, daemon=True).start()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _now() -> datetime:
    return datetime.now(UTC)

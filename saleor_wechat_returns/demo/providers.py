"""The other side of every wire: simulated Saleor, WeChat Pay, mini-program API and couriers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from ..sandbox.kuaidi100 import Kuaidi100Sandbox
from ..sandbox.saleor import SaleorSandbox
from ..sandbox.wechat_mini import WechatMiniSandbox
from ..sandbox.wechat_pay import WechatPaySandbox

HERE = "127.0.0.1"
# WeChat Pay really takes minutes, or days for a bank card.
WECHAT_SETTLES_AFTER_SECONDS = 2.0
# From booking to signing it is two days: so it is three seconds.
COURIERS_TIME_SCALE = 60_000


@dataclass(frozen=True, slots=True)
class Providers:
    """Each simulator, and where it listens."""

    saleor: SaleorSandbox
    saleor_url: str
    wechat: WechatPaySandbox
    wechat_url: str
    mini: WechatMiniSandbox
    mini_url: str
    couriers: Kuaidi100Sandbox
    couriers_url: str


@contextmanager
def serve_providers() -> Iterator[Providers]:
    """All of them answer, deliver and settle while the block runs; they are empty at first."""
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(timeout=20, trust_env=False))
        wechat = WechatPaySandbox(now, http, local_http=True)
        wechat_server = wechat.serve(HERE, 0)
        stack.callback(wechat_server.shutdown)
        mini = WechatMiniSandbox(now, http, wechat)
        mini_server = mini.serve(HERE, 0)
        stack.callback(mini_server.shutdown)
        couriers = Kuaidi100Sandbox(now, http, time_scale=COURIERS_TIME_SCALE)
        couriers_server = couriers.serve(HERE, 0)
        stack.callback(couriers_server.shutdown)
        port = free_port()
        saleor_url = f"http://{HERE}:{port}/graphql/"
        saleor = SaleorSandbox(saleor_url, http)
        # Such a shop takes orders that are paid in part: a setting of the channel.
        saleor.world.allow_unpaid_orders = True
        stack.callback(saleor.serve(HERE, port).stop)
        stop = threading.Event()
        _work(stack, stop, lambda: saleor.run_forever(stop))
        _work(stack, stop, lambda: wechat.run_forever(stop, WECHAT_SETTLES_AFTER_SECONDS))
        _work(stack, stop, lambda: _push(mini, stop))
        _work(stack, stop, lambda: couriers.run_forever(stop))
        yield Providers(
            saleor,
            saleor_url,
            wechat,
            f"http://{HERE}:{wechat_server.server_address[1]}",
            mini,
            f"http://{HERE}:{mini_server.server_address[1]}",
            couriers,
            f"http://{HERE}:{couriers_server.server_address[1]}",
        )


def _push(mini: WechatMiniSandbox, stop: threading.Event) -> None:
    """Look at pictures and send what is due, until it stops."""
    while not stop.wait(0.2):
        mini.deliver_due()


def _work(stack: ExitStack, stop: threading.Event, run: Callable[[], None]) -> None:
    """Until the stack closes; it waits for what is being sent, before its client closes."""
    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    stack.callback(worker.join, 5)
    stack.callback(stop.set)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def now() -> datetime:
    return datetime.now(UTC)

"""A refund over Redis ends once, whatever becomes of Redis and of the worker."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from saleor_wechat_returns.demo.stack import start_worker
from tests import make
from tests.journeys.served import ServedShop, served

END_SECONDS = 60.0
# Two ticks of the clock and more.
A_WHILE_SECONDS = 5

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None,
    reason="NOT SHOWN: that a worker runs over Redis. Needs: redis-server.",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("redis")) as running:
        yield running


def ends_once(shop: ServedShop, order: Any, request: dict[str, Any]) -> None:
    def is_over() -> bool:
        refunds = make.read(shop, request)["refunds"]
        return bool(refunds) and all(refund["countedAt"] for refund in refunds)

    shop.stack.wait_for("the refund", is_over, seconds=END_SECONDS)
    assert make.read(shop, request)["status"] == "REFUNDED"
    assert [(r.status, r.refund_fen) for r in shop.refunds_of(order)] == [("SUCCESS", 19900)]
    assert order.transactions[0].refunded == 199
    assert [grant.status for grant in order.granted_refunds] == ["SUCCESS"]
    assert make.read(shop, request)["tasks"] == []


def kill_worker(shop: ServedShop) -> None:
    """With its clock, which is a process of its own."""
    worker = shop.stack.processes.children["worker"]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def test_as_on_every_day(shop: ServedShop) -> None:
    order = shop.order()

    request = make.inspected(shop, order)

    ends_once(shop, order, request)


def test_when_redis_dies_and_comes_back_empty(shop: ServedShop) -> None:
    order = shop.order()

    with shop.redis.away():
        request = make.inspected(shop, order)
        time.sleep(A_WHILE_SECONDS)
        assert make.read(shop, request)["status"] == "REFUNDING"
        assert shop.refunds_of(order) == []

    ends_once(shop, order, request)


def test_when_redis_hangs_and_customers_do_not(shop: ServedShop) -> None:
    order = shop.order()

    with shop.redis.hanging():
        request = make.inspected(shop, order)
        assert request["status"] == "REFUNDING"

    ends_once(shop, order, request)


def test_when_the_worker_is_killed(shop: ServedShop) -> None:
    order = shop.order()
    request = make.inspected(shop, order)
    shop.stack.wait_for("paying", lambda: bool(shop.refunds_of(order)), seconds=END_SECONDS)

    kill_worker(shop)
    assert make.read(shop, request)["status"] == "REFUNDING"
    shop.end_leases()
    start_worker(shop.stack)

    ends_once(shop, order, request)

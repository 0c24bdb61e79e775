"""Somebody else holds the order's lock for longer than anybody waits: repeat in a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, transaction

from saleor_wechat_returns.models import ReturnableOrder
from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import World

BUSY = "操作人数较多,请稍后重试。"


@contextmanager
def order_locked() -> Iterator[None]:
    """The one order's lock is held elsewhere, and nobody here waits long."""
    is_locked, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                ReturnableOrder.objects.select_for_update().get()
                is_locked.set()
                is_over.wait(timeout=10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        holding = pool.submit(hold)
        assert is_locked.wait(timeout=10)
        cursor.execute("SET lock_timeout = '50ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")
            is_over.set()
        holding.result()


def test_is_said_by_a_customers_mutation(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    with order_locked(), nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.payload["returnRequest"] is None
    assert answer.payload["errors"] == [
        {"field": None, "code": "BUSY", "message": BUSY, "lines": None}
    ]
    again = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")
    assert again.request["status"] == "REQUESTED"


def test_is_said_by_staffs_mutation(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    with order_locked(), nothing_changes(world):
        answer = world.shop.as_clerk(make.APPROVE, id=request["id"], version=1)

    assert answer.refusals == [("BUSY", None)]


def test_is_said_by_a_query(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    with order_locked(), nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.RETURNABLE, order=order.id)

    (error,) = answer.body["errors"]
    assert error["message"] == BUSY
    assert error["extensions"] == {"code": "BUSY", "field": None}

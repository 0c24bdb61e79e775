"""The last piece, asked for by many at the same moment (EC1)."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum

from saleor_wechat_returns.models import ReturnableLine, ReturnEvent, ReturnLine, ReturnRequest
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases.timers import follow
from tests.usecases.together import together
from tests.world import Answer, World

LAST_ONE = LineSpec("连帽卫衣 Hoodie", "M", "HOODIE-M", 1, "199.00")
TEN = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 10, "99.90")
GONE = [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
DEVICES = 50
# Half of what a lock may be waited for (lock_timeout in settings.py).
PATIENCE_SECONDS = 5
pytestmark = pytest.mark.alone  # fifty threads with a connection each, and the time counts


def ask(world: World, order: Any, quantity: int = 1, **changes: Any) -> Answer:
    wanted = make.wanted(order, {0: quantity}, **changes)
    return world.shop.as_li(make.CREATE, input=wanted, key=make.key())


def is_granted(answer: Answer) -> bool:
    return bool(answer.payload["returnRequest"])


def test_goes_to_exactly_one_of_fifty_devices(world: World) -> None:
    order = world.shop.order([LAST_ONE])

    started = time.monotonic()
    answers = together([partial(ask, world, order)] * DEVICES)
    seconds = time.monotonic() - started

    assert sum(is_granted(answer) for answer in answers) == 1
    assert [a.refusals for a in answers if not is_granted(a)] == [GONE] * (DEVICES - 1)
    rows = (ReturnRequest, ReturnLine, ReturnEvent)
    assert [model.objects.count() for model in rows] == [1, 1, 1]
    assert ReturnableLine.objects.get().held_shipped == 1
    assert seconds < PATIENCE_SECONDS


def test_goes_to_exactly_one_when_the_order_is_known(world: World) -> None:
    """The order's row is there already, so nobody waits for its insertion but for its lock."""
    order = world.shop.order([TEN])
    make.requested(world.shop, order, {0: 9})

    answers = together([partial(ask, world, order)] * DEVICES)

    assert sum(is_granted(answer) for answer in answers) == 1
    assert [a.refusals for a in answers if not is_granted(a)] == [GONE] * (DEVICES - 1)
    assert ReturnableLine.objects.get().held_shipped == 10


def test_is_reached_exactly_by_requests_of_many_sizes(world: World) -> None:
    follow(world.shop, limits={"attempts_per_line": 24, "open_requests": 24})
    order = world.shop.order([TEN])

    answers = together([partial(ask, world, order, 1 + n % 3) for n in range(24)])

    taken = ReturnLine.objects.aggregate(pieces=Sum("shipped_quantity"), fen=Sum("share_fen"))
    line = ReturnableLine.objects.get()
    assert (taken["pieces"], taken["fen"]) == (line.held_shipped, line.assigned_fen)
    assert line.held_shipped == 10
    assert line.assigned_fen == 99900
    assert {tuple(a.refusals) for a in answers if not is_granted(a)} == {tuple(GONE)}


def test_is_one_piece_for_both_kinds_of_return(world: World) -> None:
    order = world.shop.order([LAST_ONE])
    kinds = ["RETURN_AND_REFUND", "REFUND_ONLY"] * 5

    answers = together([partial(ask, world, order, kind=kind) for kind in kinds])

    assert Counter(is_granted(answer) for answer in answers) == {True: 1, False: 9}


def test_of_ten_orders_goes_to_one_device_each(world: World) -> None:
    orders = [world.shop.order([LAST_ONE]) for _ in range(10)]

    answers = together([partial(ask, world, order) for order in orders for _ in range(5)])

    granted = Counter(a.request["orderId"] for a in answers if is_granted(a))
    assert granted == {order.id: 1 for order in orders}


def test_given_back_by_a_rejection_goes_to_exactly_one(world: World) -> None:
    order = world.shop.order([LAST_ONE])
    first = make.requested(world.shop, order)
    reject = partial(world.shop.as_clerk, make.REJECT, id=first["id"], version=1, why="不符")

    answers = together([reject, *[partial(ask, world, order)] * 20])

    later = ReturnRequest.objects.exclude(status="rejected").count()
    assert later == sum(is_granted(answer) for answer in answers[1:])
    assert ReturnableLine.objects.get().held_shipped == later <= 1

"""The key a customer's call comes with: a repeat gets the first answer, and does nothing (EC2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import IdempotentCall, ReturnRequest
from saleor_wechat_returns.sandbox.saleor import FaultKind
from tests import make
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


def create(world: World, order: Any, key: str = "tap", **changes: Any) -> Answer:
    return world.shop.as_li(make.CREATE, input=make.wanted(order, **changes), key=key)


def test_repeated_gives_the_same_return(world: World) -> None:
    order = world.shop.order()
    first = create(world, order)

    with nothing_changes(world):
        second = create(world, order)

    assert second.request == first.request


def test_repeated_later_shows_where_the_return_is_now(world: World) -> None:
    order = world.shop.order()
    request = create(world, order).request
    world.shop.as_clerk(make.APPROVE, id=request["id"], version=1)

    with nothing_changes(world):
        again = create(world, order).request

    assert (again["id"], again["status"]) == (request["id"], "APPROVED")


def test_repeated_is_answered_while_saleor_is_away(world: World) -> None:
    order = world.shop.order()
    first = create(world, order)
    world.shop.saleor.faults.add(FaultKind.TIMEOUT_BEFORE, "order")

    assert create(world, order).request == first.request


CHANGES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "quantity": lambda order: {"lines": [{"orderLineId": order.lines[0].id, "quantity": 2}]},
    "line": lambda order: {"lines": [{"orderLineId": order.lines[1].id, "quantity": 1}]},
    "reason": lambda _: {"reason": "changed_mind"},
    "note": lambda _: {"note": "太大了"},
    "kind": lambda _: {"kind": "REFUND_ONLY"},
}


@pytest.mark.parametrize("changed", CHANGES)
def test_with_other_input_is_refused(world: World, changed: str) -> None:
    order = world.shop.order()
    create(world, order)

    with nothing_changes(world):
        answer = create(world, order, **CHANGES[changed](order))

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_for_another_order_is_refused(world: World) -> None:
    create(world, world.shop.order())
    another = world.shop.order()

    with nothing_changes(world):
        answer = create(world, another)

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_of_another_customer_is_another_key(world: World) -> None:
    create(world, world.shop.order())
    wangs = world.shop.order(user=world.shop.wang)

    answer = world.shop.as_wang(make.CREATE, input=make.wanted(wangs), key="tap")

    assert answer.request["orderId"] == wangs.id


def test_of_another_shop_is_another_key(world: World) -> None:
    create(world, world.shop.order())
    elsewhere = world.other_shop.order()

    answer = world.other_shop.as_li(make.CREATE, input=make.wanted(elsewhere), key="tap")

    assert answer.request["orderId"] == elsewhere.id


def test_of_a_refused_call_stays_free(world: World) -> None:
    order = world.shop.order()
    refused = create(world, order, lines=[{"orderLineId": order.lines[0].id, "quantity": 3}])
    assert refused.refusals == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]

    assert create(world, order).request["status"] == "REQUESTED"


def test_is_told_apart_by_case(world: World) -> None:
    order = world.shop.order()

    assert create(world, order, "tap").request["id"] != create(world, order, "TAP").request["id"]


def test_of_a_parcel_repeated_gives_the_same_answer(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    first = world.shop.as_li(make.SUBMIT, id=request["id"], input=PARCEL, key="tap")

    with nothing_changes(world):
        second = world.shop.as_li(make.SUBMIT, id=request["id"], input=PARCEL, key="tap")

    assert second.request == first.request


def test_of_a_parcel_with_another_number_is_refused(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    world.shop.as_li(make.SUBMIT, id=request["id"], input=PARCEL, key="tap")
    corrected = PARCEL | {"waybillNo": "SF1234567890124"}

    with nothing_changes(world):
        answer = world.shop.as_li(make.SUBMIT, id=request["id"], input=corrected, key="tap")

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_of_a_return_is_refused_for_its_parcel(world: World) -> None:
    request = create(world, world.shop.order()).request

    with nothing_changes(world):
        answer = world.shop.as_li(make.SUBMIT, id=request["id"], input=PARCEL, key="tap")

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_used_ten_times_at_once_makes_one_return(world: World) -> None:
    order = world.shop.order()
    all_there_are = [{"orderLineId": order.lines[0].id, "quantity": 2}]

    answers = together([partial(create, world, order, lines=all_there_are)] * 10)

    assert ReturnRequest.objects.count() == IdempotentCall.objects.count() == 1
    assert [answer.request for answer in answers] == [answers[0].request] * 10


def test_used_at_once_for_two_orders_makes_one_return(world: World) -> None:
    """No lock is common to two orders: the unique key decides."""
    orders = [world.shop.order() for _ in range(2)]

    answers = together([partial(create, world, order) for order in orders * 5])

    assert ReturnRequest.objects.count() == IdempotentCall.objects.count() == 1
    winner = ReturnRequest.objects.get().order.order_id
    for order, answer in zip(orders * 5, answers, strict=True):
        if order.id == winner:
            assert answer.request["orderId"] == winner
        else:
            assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_of_a_parcel_used_ten_times_at_once_makes_one_event(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    submit = partial(world.shop.as_li, make.SUBMIT, id=request["id"], input=PARCEL, key="tap")

    answers = together([submit] * 10)

    assert [answer.request for answer in answers] == [answers[0].request] * 10
    kinds = [event["kind"] for event in answers[0].request["events"]]
    assert kinds == ["create", "approve", "submit_delivery"]

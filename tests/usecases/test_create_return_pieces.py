"""Which pieces can be asked for: where they are in Saleor decides, and what we already hold."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnableLine, ReturnLine
from tests import make
from tests.usecases import dashboard
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World


def ask(world: World, order: Any, quantity: int, kind: str = "RETURN_AND_REFUND") -> Answer:
    """For pieces of the second line: three T-shirts."""
    wanted = make.wanted(order, {1: quantity}, kind=kind)
    return world.shop.as_li(make.CREATE, input=wanted, key=make.key())


def refusals(world: World, order: Any, quantity: int, kind: str = "RETURN_AND_REFUND") -> Any:
    with nothing_changes(world, reads=1):
        return ask(world, order, quantity, kind).refusals


def holds(order: Any) -> tuple[int, int]:
    line = ReturnableLine.objects.get(order_line_id=order.lines[1].id)
    return line.held_shipped, line.held_unshipped


def test_not_sent_yet_cannot_come_back(world: World) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 2})

    assert refusals(world, order, 3) == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]
    assert ask(world, order, 2).request["lines"][0]["quantity"] == 2


def test_of_an_order_not_sent_at_all_cannot_come_back(world: World) -> None:
    order = world.shop.order(fulfilled=None)

    assert refusals(world, order, 1) == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]


def test_not_sent_are_refunded_first(world: World) -> None:
    """EC11."""
    order = world.shop.order(fulfilled={"SHIRT-S": 1})

    ask(world, order, 2, "REFUND_ONLY")

    assert holds(order) == (0, 2)


def test_sent_are_refunded_when_no_others_are_left(world: World) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 2})

    ask(world, order, 3, "REFUND_ONLY")

    assert holds(order) == (2, 1)
    part = ReturnLine.objects.get()
    assert (part.shipped_quantity, part.unshipped_quantity) == (2, 1)


def test_waiting_for_approval_are_not_sent(world: World) -> None:
    world.shop.saleor.world.fulfillment_auto_approve = False
    order = world.shop.order(fulfilled=None)
    dashboard.ship(world.shop, order, {1: 3})

    assert refusals(world, order, 1) == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]
    ask(world, order, 3, "REFUND_ONLY")
    assert holds(order) == (0, 3)


def test_sent_in_two_parcels_come_back_together(world: World) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 1})
    dashboard.ship(world.shop, order, {1: 2})

    ask(world, order, 3)

    assert holds(order) == (3, 0)


def test_held_by_another_request_are_taken(world: World) -> None:
    order = world.shop.order()
    ask(world, order, 2)

    assert refusals(world, order, 2) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    ask(world, order, 1)
    assert holds(order) == (3, 0)


@pytest.mark.parametrize("kind", ["RETURN_AND_REFUND", "REFUND_ONLY"])
def test_held_for_money_are_taken_too(world: World, kind: str) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 2})
    ask(world, order, 3, "REFUND_ONLY")

    assert refusals(world, order, 1, kind) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]


def test_returned_by_staff_are_gone(world: World) -> None:
    order = world.shop.order()
    dashboard.return_pieces(world.shop, order, {1: 2})

    assert refusals(world, order, 2) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    assert refusals(world, order, 4) == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]
    ask(world, order, 1)
    assert holds(order) == (1, 0)


def test_exchanged_by_staff_are_gone(world: World) -> None:
    order = world.shop.order()
    dashboard.return_pieces(world.shop, order, {1: 1}, replace=True)

    assert refusals(world, order, 3) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    ask(world, order, 2)
    assert holds(order) == (2, 0)


def test_of_a_cancelled_parcel_were_not_delivered(world: World) -> None:
    """EC13."""
    order = world.shop.order()
    dashboard.cancel_shipment(world.shop, order)

    assert refusals(world, order, 1) == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]


def test_paid_back_by_us_are_gone(world: World) -> None:
    order = world.shop.order()
    make.inspected(world.shop, order, {1: 2})
    world.run()

    assert refusals(world, order, 2) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    ask(world, order, 1)


def test_refunded_and_kept_cannot_come_back(world: World) -> None:
    order = world.shop.order()
    request = ask(world, order, 2, "REFUND_ONLY").request
    world.shop.as_clerk(make.APPROVE, id=request["id"], version=1)
    world.run()

    assert refusals(world, order, 2) == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    ask(world, order, 1)

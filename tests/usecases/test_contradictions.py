"""Saleor's facts against our holds: a task for staff, never an error and never for customers."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnableOrder, StaffTask
from saleor_wechat_returns.tasks import poll_orders
from tests import make
from tests.usecases import dashboard
from tests.usecases.stages import do
from tests.usecases.transports import overtaken_by
from tests.world import World

CONTRADICTION = [{"kind": "FACTS_CONTRADICT_HOLDS", "detail": ""}]


def look(world: World, order: Any) -> list[int]:
    """What Li sees of the order: pieces of each line that could be returned."""
    lines = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]
    return [line["returnableQuantity"] for line in lines]


def is_in_conflict(order: Any) -> bool:
    return ReturnableOrder.objects.get(order_id=order.id).conflict


def test_become_a_task_for_staff(world: World) -> None:
    """EC8: staff record a return in the Dashboard while ours is open."""
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 1})

    world.quiet()

    assert is_in_conflict(order)
    assert make.read(world.shop, request)["tasks"] == CONTRADICTION
    assert world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]["tasks"] == []


def test_are_found_without_a_webhook(world: World) -> None:
    """EC39."""
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 1})
    world.shop.saleor.deliveries.pending().clear()

    poll_orders()
    world.work()

    assert make.read(world.shop, request)["tasks"] == CONTRADICTION


def test_are_none_where_enough_is_left_for_the_hold(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 1})
    dashboard.return_pieces(world.shop, order, {0: 1})

    world.quiet()

    assert not is_in_conflict(order)
    assert make.read(world.shop, request)["tasks"] == []


def test_come_of_a_cancelled_parcel(world: World) -> None:
    """EC13."""
    order = world.shop.order()
    request = make.approved(world.shop, order, {0: 1})
    dashboard.cancel_shipment(world.shop, order)

    world.quiet()

    assert make.read(world.shop, request)["tasks"] == CONTRADICTION
    assert make.read(world.shop, request)["status"] == "APPROVED"


def test_come_of_pieces_sent_meanwhile(world: World) -> None:
    """EC12: money for pieces that had not been sent is in review, and then they are sent."""
    order = world.shop.order(fulfilled=None)
    request = make.requested(world.shop, order, {1: 3}, kind="REFUND_ONLY")
    dashboard.ship(world.shop, order, {1: 2})

    world.quiet()

    assert make.read(world.shop, request)["tasks"] == CONTRADICTION


def test_never_come_of_the_return_we_are_recording(world: World) -> None:
    """Saleor has moved the pieces, and we do not know yet, while somebody looks."""
    order = world.shop.order()
    request = make.inspected(world.shop, order, {0: 2})

    def somebody_looks() -> None:
        world.clock.forward(seconds=1)
        assert look(world, order) == [0, 3]

    with overtaken_by(world.shop, somebody_looks, b"ReturnProducts"):
        world.work()

    assert StaffTask.objects.count() == 0
    world.run()
    assert make.read(world.shop, request)["status"] == "REFUNDED"


def test_found_twice_are_one_task(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order, {0: 2})

    for _ in range(2):
        dashboard.return_pieces(world.shop, order, {0: 1})
        world.clock.forward(minutes=1)
        world.quiet()

    assert StaffTask.objects.count() == 1


def test_concern_no_request_whose_hold_has_ended(world: World) -> None:
    order = world.shop.order()
    paid = make.inspected(world.shop, order, {1: 1})
    world.run()
    held = make.requested(world.shop, order, {1: 2})
    dashboard.return_pieces(world.shop, order, {1: 2})

    world.quiet()

    assert make.read(world.shop, paid)["tasks"] == []
    assert make.read(world.shop, held)["tasks"] == CONTRADICTION


def test_concern_every_request_that_holds_the_line(world: World) -> None:
    order = world.shop.order()
    requests = [make.requested(world.shop, order, {0: 1}) for _ in range(2)]
    untouched = make.requested(world.shop, order, {1: 1})
    dashboard.return_pieces(world.shop, order, {0: 1})

    world.quiet()

    assert [make.read(world.shop, r)["tasks"] for r in requests] == [CONTRADICTION] * 2
    assert make.read(world.shop, untouched)["tasks"] == []


@pytest.mark.parametrize("kind", ["RETURN_AND_REFUND", "REFUND_ONLY"])
def test_end_with_the_hold(world: World, kind: str) -> None:
    """The task of a rejected return closes itself, and the other request's as well."""
    order = world.shop.order()
    rejected = make.requested(world.shop, order, {0: 1}, kind=kind)
    other = make.requested(world.shop, order, {0: 1})
    dashboard.return_pieces(world.shop, order, {0: 1})
    world.quiet()
    assert StaffTask.objects.filter(closed_at=None).count() == 2

    do(world.shop, "reject", rejected, order)

    assert not is_in_conflict(order)
    assert make.read(world.shop, rejected)["tasks"] == []
    assert make.read(world.shop, other)["tasks"] == []


def test_end_when_the_facts_are_well_again(world: World) -> None:
    order = world.shop.order(fulfilled={"HOODIE-M": 1})
    request = make.requested(world.shop, order, {0: 1})
    dashboard.cancel_shipment(world.shop, order)
    world.quiet()
    assert make.read(world.shop, request)["tasks"] == CONTRADICTION

    world.clock.forward(minutes=1)
    dashboard.ship(world.shop, order, {0: 1})
    world.quiet()

    assert not is_in_conflict(order)
    assert make.read(world.shop, request)["tasks"] == []

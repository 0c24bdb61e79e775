"""What Saleor says of an order: read afresh at every look, and the newest read counts."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import ReturnableLine, ReturnableOrder
from saleor_wechat_returns.sandbox.saleor import FaultKind
from tests import make
from tests.usecases import dashboard
from tests.usecases.stages import do
from tests.usecases.transports import overtaken_by
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def look(world: World, order: Any) -> list[int]:
    """What Li sees of the order: pieces of each line that could be returned."""
    lines = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]
    return [line["returnableQuantity"] for line in lines]


def test_asked_for_earlier_are_discarded(world: World) -> None:
    """EC40."""
    order = world.shop.order()

    def staff_return_one_and_somebody_looks() -> None:
        dashboard.return_pieces(world.shop, order, {0: 1})
        world.clock.forward(seconds=1)
        assert look(world, order) == [1, 3]

    with overtaken_by(world.shop, staff_return_one_and_somebody_looks):
        late = world.shop.as_li(make.CREATE, input=make.wanted(order, {0: 2}), key="k")

    assert late.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    line = ReturnableLine.objects.get(order_line_id=order.lines[0].id)
    assert (line.with_customer, line.returned) == (1, 1)


def test_asked_for_earlier_leave_the_time_of_the_newer(world: World) -> None:
    order = world.shop.order()

    def somebody_looks_later() -> None:
        world.clock.forward(minutes=1)
        look(world, order)

    with overtaken_by(world.shop, somebody_looks_later):
        look(world, order)

    assert ReturnableOrder.objects.get().facts_read_at == world.clock.now


def test_are_read_again_at_every_look(world: World) -> None:
    order = world.shop.order()
    assert look(world, order) == [2, 3]

    dashboard.return_pieces(world.shop, order, {0: 1})

    assert look(world, order) == [1, 3]


def test_lose_their_fulfilment_lines_and_the_return_goes_on(world: World) -> None:
    """EC9: Saleor deletes an emptied fulfilment line; we keep none of their ids."""
    order = world.shop.order()
    request = make.received(world.shop, order, {1: 3})
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.quiet()

    do(world.shop, "inspect", request, order, lines=[
        {"orderLineId": order.lines[1].id, "acceptedQuantity": 3}
    ])  # fmt: skip
    world.run()

    assert order.status == "RETURNED"
    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert look(world, order) == [0, 0]


def test_stay_as_they_were_while_saleor_is_away(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.shop.saleor.faults.add(FaultKind.HTTP_500, "order")

    with nothing_changes(world):
        answer = world.shop.as_li(make.RETURNABLE, order=order.id)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "SALEOR_UNAVAILABLE", "field": None}


def test_of_orders_without_returns_are_not_kept(world: World) -> None:
    order = world.shop.order()
    dashboard.return_pieces(world.shop, order, {0: 1})

    world.quiet()

    assert not ReturnableOrder.objects.exists()

"""Goods on their way home, from the request to the money, through the URL …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.parcels import found as found_by_scan
from tests.returning import book, seen_by_clerk, seen_by_li, to_be_fetched
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once
from tests.usecases.parcels import delivery_of, let_pass, submit
from tests.usecases.test_inspect_pieces import found, inspect
from tests.usecases.test_outbound import shipped
from tests.usecases.test_split import make_all_good, receive, rest_of
from tests.world import World


def arrived(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """Found at the gate by the number on the parcel, and taken in."""
    seen = seen_by_clerk(world.shop, request)
    scanned = next(it["waybillNo"] for it in seen["deliveries"] if it["status"] == "SUBMITTED")
    assert request["number"] in found_by_scan(world.shop, scanned)
    return receive(world, make.read(world.shop, request)).request


def refunded(world: World, order: Any) -> int:
    world.run(minutes=5)
    fen: int = round(order.transactions[0].refunded * 100)
    return fen


def kinds(world: World, request: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in seen_by_li(world.shop, request)["events"]]


def test_fetched_at_the_door(world: World) -> None:
    request = to_be_fetched(world.shop)
    order = world.shop.saleor.world.orders[-1]
    assert book(world.shop, request).request["status"] == "AWAITING_PICKUP"
    world.quiet()
    for step in ("assigned", "collected", "in_transit", "out_for_delivery", "signed", "settled"):
        world.clock.forward(minutes=5)
        world.couriers.hurry_order(f"{request['number']}-P1", step)
        world.quiet()
    way = [event["status"] for event in delivery_of(world.shop, request)["events"]]
    assert way == [
        "SIGNED",
        "OUT_FOR_DELIVERY",
        *["IN_TRANSIT"] * 2,
        "COLLECTED",
        "ASSIGNED",
        "BOOKED",
    ]

    make_all_good(world, arrived(world, request))

    assert refunded(world, order) == 19900
    assert_money_moved_once(world.shop, order.transactions[0], 19900)
    assert kinds(world, request)[-3:] == ["return_recorded", "money_arrived", "refund_counted"]
    told = ["create", "approve", "book_pickup", "pick_up", "parcel_signed", "receive", "inspect"]
    assert [kind for kind in kinds(world, request) if kind in told] == told


def test_fetched_and_signed_for_and_empty(world: World) -> None:
    """EC45: the shop had sent the courier, so what he lost is refunded all the same."""
    request = to_be_fetched(world.shop)
    order = world.shop.saleor.world.orders[-1]
    world.couriers.faults.add("signed_but_empty")
    book(world.shop, request)
    world.quiet()
    world.couriers.hurry_order(f"{request['number']}-P1", "signed")
    world.quiet()
    (parcel,) = seen_by_li(world.shop, request)["deliveries"]
    assert (parcel["parcelStatus"], refunded(world, order)) == ("SIGNED", 0)
    assert world.couriers.order(f"{request['number']}-P1").parcel.is_empty

    came = arrived(world, request)
    inspect(world, came, [found(1, "MISSING")]).request  # noqa: B018

    assert refunded(world, order) == 19900
    assert_money_moved_once(world.shop, order.transactions[0], 19900)


def test_the_courier_gives_up_and_the_customer_sends_it(world: World) -> None:
    request = to_be_fetched(world.shop)
    order = world.shop.saleor.world.orders[-1]
    world.couriers.faults.add("canceled_by_courier")
    book(world.shop, request)
    let_pass(world, hours=6)
    assert seen_by_li(world.shop, request)["status"] == "APPROVED"

    world.couriers.post_parcel("jd", "JD0001234567890", journey="delivered")
    submit(world.shop, request)
    let_pass(world, hours=36)
    make_all_good(world, arrived(world, request))

    assert refunded(world, order) == 19900
    told = ["book_pickup", "fail_pickup", "submit_delivery", "receive", "money_arrived"]
    assert [kind for kind in kinds(world, request) if kind in told] == told


def test_a_part_comes_now_and_the_rest_later(world: World) -> None:
    order = world.shop.order()
    request = make.in_transit(world.shop, order, {0: 2, 1: 3})
    first = receive(world, request, (order.lines[0], 2)).request
    make_all_good(world, first)
    assert refunded(world, order) == 39800

    rest = rest_of(world, first)
    submit(world.shop, rest)
    make_all_good(world, arrived(world, rest))

    assert refunded(world, order) == 70970
    assert order.status == "RETURNED"


@pytest.mark.parametrize(("pays", "fen"), [(True, 19900), (False, 0)])
def test_broken_on_the_way(world: World, pays: bool, fen: int) -> None:
    """The shop takes it upon itself, or the parcel's sender must turn to the carrier."""
    order = world.shop.order()
    received = make.received(world.shop, order)

    piece = found(1, "DAMAGED_IN_TRANSIT", refund=pays)
    why = {} if pays else {"code": "NOT_INTACT", "why": "运输途中破损"}
    (line,) = received["lines"]
    lines = [{"orderLineId": line["orderLineId"], "pieces": [piece]}]
    call = {"id": received["id"], "version": received["version"], "lines": lines}
    after = world.shop.as_clerk(make.INSPECT, **call, **why).request

    assert after["status"] == ("REFUNDING" if pays else "REJECTED")
    assert refunded(world, order) == fen


def test_less_than_promised_is_contested_and_looked_at_again(world: World) -> None:
    order = world.shop.order()
    lowered = make.lowered(world.shop, order)
    assert refunded(world, order) == 0
    appealed = make.appeal(world.shop, lowered, "两件都没有穿过").request
    assert appealed["status"] == "APPEALED"

    again = make.resolve(world.shop, appealed, granted=True).request
    assert again["status"] == "RECEIVED"
    inspect(world, again, [found(2, "ACCEPTED")]).request  # noqa: B018

    assert refunded(world, order) == 39800
    assert_paid_once(world.shop, order, again, 39800, pieces=2)


def test_refused_at_the_door(world: World) -> None:
    """拒收: nobody asks for anything, and the money comes back with the goods."""
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")
    let_pass(world, hours=72)
    number = ReturnRequest.objects.get().number
    request = world.shop.as_clerk(make.READ, number=number).data["returnRequest"]

    assert (request["status"], request["reason"]) == ("IN_TRANSIT", "refused_at_door")
    make_all_good(world, arrived(world, request))

    assert refunded(world, order) == 2 * 19900 + 3 * 9990 + 1200
    assert order.status == "RETURNED"

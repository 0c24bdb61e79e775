"""A part of a return arrives now; the rest …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import (
    Parcel,
    PickupBooking,
    ReturnableLine,
    ReturnEvent,
    ReturnLine,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.returning import book, to_be_fetched
from tests.usecases.paid_once import assert_money_moved_once, assert_settled
from tests.usecases.parcels import submit
from tests.usecases.timers import follow, strike
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

SOCKS = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")
CAP = LineSpec("帽子 Cap", "", "CAP", 1, "59.00")
SPLITS = """query($id: ID, $number: String) { returnRequest(id: $id, number: $number) { number
  splitFrom { id number } splits { number status statusLabel }
  events { kind label en: label(languageCode: EN) } deliveries { id waybillNo status } } }"""


def receive(
    world: World, request: dict[str, Any], *came: tuple[Any, int], parcels: Any = None
) -> Answer:
    """So many pieces of each line are there, in these parcels."""
    lines = [{"orderLineId": line.id, "quantity": quantity} for line, quantity in came]
    call = {"id": request["id"], "version": request["version"]}
    return world.shop.as_clerk(make.RECEIVE, **call, lines=lines or None, parcels=parcels)


def rest_of(world: World, request: dict[str, Any]) -> dict[str, Any]:
    number = ReturnRequest.objects.get(split_from__number=request["number"]).number
    return dict(world.shop.as_clerk(make.READ, number=number).data["returnRequest"])


def splits(ask: Any, request: dict[str, Any]) -> dict[str, Any]:
    return dict(ask(SPLITS, id=request["id"]).data["returnRequest"])


def pieces(request: dict[str, Any]) -> list[tuple[int, int]]:
    return [(line["quantity"], line["amount"]["fen"]) for line in request["lines"]]


def test_is_a_return_of_its_own(world: World) -> None:
    """EC46: pieces and promise are shared out to the fen, and nothing is released."""
    order = world.shop.order([SOCKS, CAP], shipping="0")
    request = make.in_transit(world.shop, order, {0: 3, 1: 1})

    received = receive(world, request, (order.lines[0], 2)).request
    rest = rest_of(world, received)

    assert (received["status"], rest["status"]) == ("RECEIVED", "APPROVED")
    assert pieces(received) == [(2, 667)]
    assert sorted(pieces(rest)) == [(1, 333), (1, 5900)]
    assert (received["promisedAmount"]["fen"], rest["promisedAmount"]["fen"]) == (667, 6233)
    assert (rest["reason"], rest["kind"], rest["note"]) == (request["reason"], request["kind"], "")
    assert [delivery["status"] for delivery in received["deliveries"]] == ["RECEIVED"]
    assert rest["deliveries"] == []
    lines = ReturnableLine.objects.order_by("id")
    held = {line.order_line_id: (line.held_shipped, line.assigned_fen) for line in lines}
    assert held == {order.lines[0].id: (3, 1000), order.lines[1].id: (1, 5900)}
    parcels = ReturnLine.objects.filter(line__sku="SOCKS").order_by("-shipped_quantity")
    assert [sum(part.parcels.values()) for part in parcels] == [2, 1]


def test_and_the_first_name_each_other(world: World) -> None:
    order = world.shop.order()
    request = make.in_transit(world.shop, order, {0: 2})
    received = receive(world, request, (order.lines[0], 1)).request
    rest = rest_of(world, received)

    for ask in (world.shop.as_li, world.shop.as_clerk):
        first, second = splits(ask, received), splits(ask, rest)
        assert first["splits"] == [
            {"number": rest["number"], "status": "APPROVED", "statusLabel": "待寄回"}
        ]
        assert second["splitFrom"] == {"id": received["id"], "number": received["number"]}
        assert (first["splitFrom"], second["splits"]) == (None, [])
        assert first["events"][-1] == {
            "kind": "split",
            "label": f"部分商品未到,其余另立售后单:{rest['number']}",
            "en": f"A part came; the rest goes on as another return: {rest['number']}",
        }
        (event,) = second["events"]
        assert (event["kind"], event["label"]) == (
            "split_off",
            f"由原售后单拆分:{received['number']}",
        )
    by = ReturnEvent.objects.get(kind="split_off")
    assert (by.actor, by.actor_id) == ("staff", world.shop.clerk.id)


def test_is_paid_when_it_comes(world: World) -> None:
    """EC46: two refunds of one payment, together what was promised; the shipping with the last."""
    shop = world.shop
    order = shop.order()
    request = make.in_transit(shop, order, {0: 2, 1: 3})
    assert request["promisedAmount"]["fen"] == 70970
    received = receive(world, request, (order.lines[0], 1), (order.lines[1], 3)).request
    make_all_good(world, received)
    world.run()
    assert order.transactions[0].refunded * 100 == 49870

    rest = rest_of(world, received)
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF999"}
    sent = shop.as_li(make.SUBMIT, id=rest["id"], input=parcel, key=make.key()).request
    make_all_good(world, receive(world, sent).request)
    world.run(minutes=5)

    assert order.transactions[0].refunded * 100 == 70970
    assert_settled(shop, received)
    assert_settled(shop, rest)


def make_all_good(world: World, received: dict[str, Any]) -> None:
    lines = [
        {"orderLineId": line["orderLineId"], "acceptedQuantity": line["quantity"]}
        for line in received["lines"]
    ]
    call = {"id": received["id"], "version": received["version"], "lines": lines}
    world.shop.as_clerk(make.INSPECT, **call).request  # noqa: B018


def test_never_comes(world: World) -> None:
    """EC46: the customer has time to send it; then its pieces are free again."""
    order = world.shop.order([SOCKS], shipping="0")
    request = make.in_transit(world.shop, order, {0: 3})
    received = receive(world, request, (order.lines[0], 2)).request
    make_all_good(world, received)

    strike(world, days=5)
    strike(world, days=2)
    world.run()

    assert rest_of(world, received)["status"] == "CANCELED"
    assert_settled(world.shop, received)
    assert_money_moved_once(world.shop, order.transactions[0], 667)
    assert make.requested(world.shop, order)["promisedAmount"]["fen"] == 333


def test_shares_what_an_offer_agreed(world: World) -> None:
    """EC46: 5.00 for three, of 10.00."""
    order = world.shop.order([SOCKS], shipping="0")
    offered = make.offered(
        world.shop, order, {0: (3, 500)}, kind="RETURN_AND_REFUND", refundShipping=False
    )
    agreed = make.accept(world.shop, offered).request

    received = receive(world, agreed, (order.lines[0], 2)).request

    assert pieces(received) == [(2, 334)]
    assert pieces(rest_of(world, received)) == [(1, 166)]
    shares = ReturnLine.objects.order_by("id").values_list("share_fen", "agreed_fen")
    assert sorted(shares) == [(333, 166), (667, 334)]


# --- several parcels


def in_two_parcels(world: World, order: Any) -> dict[str, Any]:
    """Both hoodies in one, the T-shirts in another."""
    request = make.in_transit(world.shop, order, {0: 2, 1: 3})
    row, first = ReturnRequest.objects.get(), ReverseDelivery.objects.get()
    parcel = first.parcel
    parcel.pk, parcel.waybill_index = None, "another"
    parcel.save(force_insert=True)
    ReverseDelivery.objects.create(
        shop_id=row.shop_id, request=row, parcel=parcel, status="submitted"
    )
    return make.read(world.shop, request)


@pytest.mark.parametrize(
    ("status", "rests"),
    [("submitted", "IN_TRANSIT"), ("lost", "IN_TRANSIT"), ("expected", "AWAITING_PICKUP")],
)
def test_is_where_its_parcel_is(world: World, status: str, rests: str) -> None:
    """EC46: the parcel that did not come goes over to it."""
    order = world.shop.order()
    request = in_two_parcels(world, order)
    here, other = splits(world.shop.as_clerk, request)["deliveries"]
    ReverseDelivery.objects.filter(parcel__waybill_index="another").update(status=status)

    received = receive(world, request, (order.lines[0], 2), parcels=[here["id"]]).request
    rest = rest_of(world, received)

    assert [it["id"] for it in splits(world.shop.as_clerk, received)["deliveries"]] == [here["id"]]
    assert [it["id"] for it in splits(world.shop.as_clerk, rest)["deliveries"]] == [other["id"]]
    assert rest["status"] == rests
    assert receive(world, rest, parcels=[other["id"]]).request["status"] == "RECEIVED"


@pytest.mark.parametrize("status", ["exception", "returned"])
def test_is_told_of_when_its_parcel_is_in_trouble(world: World, status: str) -> None:
    """EC46: whoever looks after the parcel finds the return that waits for it."""
    order = world.shop.order()
    request = in_two_parcels(world, order)
    Parcel.objects.filter(waybill_index="another").update(status=status)
    here = splits(world.shop.as_clerk, request)["deliveries"][0]

    received = receive(world, request, (order.lines[0], 2), parcels=[here["id"]]).request
    rest = rest_of(world, received)

    assert [kind for kind, _ in make.tasks(world.shop, rest)] == ["PARCEL_TROUBLE"]
    assert make.tasks(world.shop, received) == []
    assert receive(world, rest).request["tasks"] == []


def test_keeps_the_courier_who_is_still_to_come(world: World) -> None:
    """EC46: one hoodie was brought to the shop; the other is fetched as it was booked."""
    shop = world.shop
    approved = to_be_fetched(shop, quantities={0: 2})
    request = book(shop, approved).request
    world.work()
    (line,) = approved["lines"]
    one = {"orderLineId": line["orderLineId"], "quantity": 1}

    call = {"id": request["id"], "version": request["version"]}
    received = shop.as_clerk(make.RECEIVE, lines=[one], parcels=[], **call).request
    world.work()
    rest = rest_of(world, received)

    assert (rest["status"], PickupBooking.objects.get().status) == ("AWAITING_PICKUP", "booked")
    world.couriers.hurry_order(f"{request['number']}-P1", "collected")
    world.clock.forward(minutes=31)  # then the courier is asked
    world.couriers.move()
    world.work()
    assert make.read(shop, rest)["status"] == "IN_TRANSIT"
    assert make.read(shop, received)["status"] == "RECEIVED"


def test_has_the_task_to_arrange_its_courier(world: World) -> None:
    """EC46: one hoodie was brought to the shop; staff arrange who fetches the other."""
    shop = world.shop
    approved = to_be_fetched(shop, "manual", quantities={0: 2})
    request = book(shop, approved, consent={"version": "manual-1"}).request
    world.work()
    (before,) = make.tasks(shop, request)
    (line,) = approved["lines"]
    one = {"orderLineId": line["orderLineId"], "quantity": 1}

    call = {"id": request["id"], "version": request["version"]}
    received = shop.as_clerk(make.RECEIVE, lines=[one], parcels=[], **call).request

    assert before[0] == "PICKUP_BY_HAND"
    assert make.tasks(shop, rest_of(world, received)) == [before]
    assert make.tasks(shop, received) == []


def test_keeps_the_courier_who_comes_at_another_time(world: World) -> None:
    """EC46: the first is not yet called off for sure, and the second only then asked."""
    shop = world.shop
    approved = to_be_fetched(shop, quantities={0: 2})
    book(shop, approved)
    world.work()
    request = book(shop, approved, hour=17).request
    (line,) = approved["lines"]
    one = {"orderLineId": line["orderLineId"], "quantity": 1}

    call = {"id": request["id"], "version": request["version"]}
    received = shop.as_clerk(make.RECEIVE, lines=[one], parcels=[], **call).request
    world.work()

    assert rest_of(world, received)["status"] == "AWAITING_PICKUP"
    rows = PickupBooking.objects.order_by("id").values_list("status", flat=True)
    assert list(rows) == ["canceled", "booked"]


@pytest.mark.parametrize("is_named", [False, True])
def test_waits_for_no_courier_who_is_called_off(world: World, is_named: bool) -> None:
    """EC46: he is not yet called off for sure, as the parcel that the customer sent is here."""
    shop = world.shop
    approved = to_be_fetched(shop, quantities={0: 2})
    request = book(shop, approved).request
    world.work()
    (line,) = approved["lines"]
    one = {"orderLineId": line["orderLineId"], "quantity": 1}
    request = submit(shop, request).request
    *_, sent = splits(shop.as_clerk, request)["deliveries"]

    call = {"id": request["id"], "version": request["version"]}
    named = [sent["id"]] if is_named else None
    received = shop.as_clerk(make.RECEIVE, lines=[one], parcels=named, **call).request
    rest = rest_of(world, received)

    assert (rest["status"], rest["deliveries"]) == ("APPROVED", [])
    world.work()
    statuses = [it["status"] for it in splits(shop.as_clerk, received)["deliveries"]]
    assert statuses == ["CANCELED", "RECEIVED"]


@pytest.mark.parametrize(
    ("came", "named", "refusal"),
    [
        ([1, 3], None, ("REQUIRED", "deliveryIds")),
        ([], 1, ("REQUIRED", "lines")),
        ([0, 0], 1, ("LINES_EMPTY", "lines")),
        ([-1, 3], 1, ("MALFORMED", "lines.quantity")),
        ([3, 3], 1, ("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")),
    ],
)
def test_is_not_guessed(
    world: World, came: list[int], named: int | None, refusal: tuple[str, str]
) -> None:
    order = world.shop.order()
    request = in_two_parcels(world, order)
    ids = [it["id"] for it in splits(world.shop.as_clerk, request)["deliveries"]]
    parcels = None if named is None else ids[:named]

    with nothing_changes(world):
        answer = receive(world, request, *zip(order.lines, came, strict=False), parcels=parcels)

    assert answer.refusals == [refusal]


def test_is_of_this_return_alone(world: World) -> None:
    order = world.shop.order([SOCKS, CAP])
    request = make.in_transit(world.shop, order)
    other = make.in_transit(world.shop, world.shop.order())
    (foreign,) = splits(world.shop.as_clerk, other)["deliveries"]
    twice = [(order.lines[0], 1), (order.lines[0], 1), (order.lines[1], 1)]

    with nothing_changes(world):
        answers = [
            receive(world, request, parcels=[foreign["id"]]),
            receive(world, request, parcels=["rubbish"]),
            receive(world, request, *twice),
        ]

    assert [answer.refusals for answer in answers] == [
        [("NOT_FOUND", "deliveryIds")],
        [("NOT_FOUND", "deliveryIds")],
        [
            ("LINE_REPEATED", "lines.orderLineId"),
            ("LINE_REPEATED", "lines.orderLineId"),
            ("LINE_NOT_IN_ORDER", "lines.orderLineId"),
        ],
    ]


def test_counts_as_no_attempt_of_the_customers(world: World) -> None:
    """The shop made it; the customer asked once."""
    follow(world.shop, limits={"attempts_per_line": 2, "open_requests": 2})
    order = world.shop.order([SOCKS], shipping="0")
    request = make.in_transit(world.shop, order, {0: 2})

    receive(world, request, (order.lines[0], 1)).request  # noqa: B018

    assert make.requested(world.shop, order)["status"] == "REQUESTED"
    assert not PickupBooking.objects.exists()

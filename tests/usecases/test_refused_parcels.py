"""A parcel refused at the door (拒收) …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import Parcel, PickupBooking, ReturnRequest
from tests import make
from tests.returning import book, enter_address
from tests.usecases.timers import strike
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, TestShop, World

REFUSED = f"""mutation($waybill: String, $order: ID, $fulfillment: ID) {{
  returnRefusedParcelCreate(
      waybillNo: $waybill, orderId: $order, fulfillmentId: $fulfillment) {{
    returnRequest {{ {make.FIELDS} reasonLabel freightPayer deliveries {{ method direction }} }}
    {make.ERRORS} }} }}"""


LABELS = f"""query($id: ID) {{ returnRequest(id: $id) {{
  {make.FIELDS.replace("events {", "events { label")} deliveries {{ method }} }} }}"""


def refuse(shop: TestShop, order: Any, **changes: Any) -> Answer:
    named = {"order": order.id, "fulfillment": order.fulfillments[0].id}
    return shop.as_clerk(REFUSED, **(named | changes))


def test_begins_a_return_of_all_that_was_in_it(world: World) -> None:
    order = world.shop.order(tracking_number="SF1234567890123")

    request = refuse(world.shop, order).request

    assert (request["status"], request["kind"]) == ("IN_TRANSIT", "RETURN_AND_REFUND")
    assert (request["reason"], request["reasonLabel"]) == ("refused_at_door", "拒收")
    assert request["freightPayer"] == "MERCHANT"
    assert [line["quantity"] for line in request["lines"]] == [2, 3]
    # Nothing of the order is left: its shipping goes back too.
    assert request["promisedAmount"]["fen"] == 2 * 19900 + 3 * 9990 + 1200
    (delivery,) = request["deliveries"]
    assert (delivery["waybillNo"], delivery["carrier"]) == ("SF1234567890123", "顺丰速运")
    assert (delivery["method"], delivery["status"]) == ("REFUSED", "SUBMITTED")
    mine = world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]
    assert mine["number"] == request["number"]
    assert world.shop.as_wang(make.READ, id=request["id"]).data["returnRequest"] is None


def test_is_refunded_like_any_other(world: World) -> None:
    order = world.shop.order()
    request = refuse(world.shop, order).request
    request = world.shop.as_clerk(
        make.RECEIVE, id=request["id"], version=request["version"]
    ).request
    lines = [
        {"orderLineId": line["orderLineId"], "acceptedQuantity": line["quantity"]}
        for line in request["lines"]
    ]

    world.shop.as_clerk(make.INSPECT, id=request["id"], version=request["version"], lines=lines)
    world.run()

    done = make.read(world.shop, request)
    assert (done["status"], done["refunds"][0]["amount"]["fen"]) == ("REFUNDED", 70970)


def test_that_came_in_part_leaves_the_rest_to_the_courier(world: World) -> None:
    """EC46: the customer never had it, so nobody waits for him."""
    order = world.shop.order()
    request = refuse(world.shop, order).request
    call = {"id": request["id"], "version": request["version"]}
    lines = [{"orderLineId": order.lines[0].id, "quantity": 2}]
    world.shop.as_clerk(make.RECEIVE, lines=lines, **call).request  # noqa: B018

    row = ReturnRequest.objects.get(split_from__number=request["number"])
    rest = world.shop.as_clerk(make.READ, number=row.number).data["returnRequest"]
    assert (rest["status"], rest["deliveries"][0]["status"]) == ("IN_TRANSIT", "LOST")
    call = {"id": rest["id"], "version": rest["version"]}
    rest = world.shop.as_clerk(make.RECEIVE, **call).request
    pieces = [{"quantity": 3, "outcome": "MISSING"}]
    lines = [{"orderLineId": order.lines[1].id, "pieces": pieces}]
    call = {"id": rest["id"], "version": rest["version"]}
    paid = world.shop.as_clerk(make.INSPECT, lines=lines, **call).request
    assert (paid["status"], paid["refunds"][0]["amount"]["fen"]) == ("REFUNDING", 3 * 9990)


def test_is_one_return_however_often_it_is_told_of(world: World) -> None:
    order = world.shop.order(tracking_number="SF1234567890123")
    first = refuse(world.shop, order).request

    again = refuse(world.shop, order).request
    scanned = world.shop.as_clerk(REFUSED, waybill="sf 1234567890123").request

    assert first["id"] == again["id"] == scanned["id"]
    assert (ReturnRequest.objects.count(), Parcel.objects.count()) == (1, 1)


def test_may_have_no_number(world: World) -> None:
    orders = [world.shop.order(), world.shop.order()]

    requests = [refuse(world.shop, order).request for order in orders]

    assert [r["deliveries"][0]["waybillNo"] for r in requests] == ["", ""]
    assert Parcel.objects.count() == 2


def test_takes_what_no_other_return_has(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order, {0: 1, 1: 3})

    request = refuse(world.shop, order).request

    assert [(line["orderLineId"], line["quantity"]) for line in request["lines"]] == [
        (order.lines[0].id, 1)
    ]


def test_is_of_the_return_that_was_asked_for_before(world: World) -> None:
    """EC41: there is nothing to send, so nobody waits until it is canceled."""
    order = world.shop.order(tracking_number="SF1234567890123")
    asked = make.approved(world.shop, order, {0: 2, 1: 3})

    told = [refuse(world.shop, order).request for _ in range(2)]
    strike(world, days=7)

    assert [it["id"] for it in told] == [asked["id"]] * 2
    assert (ReturnRequest.objects.count(), Parcel.objects.count()) == (1, 1)
    seen = world.shop.as_li(LABELS, id=asked["id"]).data["returnRequest"]
    assert (seen["status"], seen["reason"]) == ("IN_TRANSIT", "size_does_not_fit")
    assert seen["events"][-1]["label"] == "买家拒收,快递正在退回商家"
    (delivery,) = seen["deliveries"]
    assert (delivery["method"], delivery["status"]) == ("REFUSED", "SUBMITTED")
    assert "CANCEL" not in make.actions(seen)


@pytest.mark.parametrize(("stage", "status"), [("requested", "REQUESTED"), ("offered", "AWAITING")])
def test_is_kept_for_a_return_that_nobody_has_approved_yet(
    world: World, stage: str, status: str
) -> None:
    order = world.shop.order()
    asked = (
        make.offered(world.shop, order) if stage == "offered" else make.requested(world.shop, order)
    )

    rest = refuse(world.shop, order).request

    assert [line["quantity"] for line in rest["lines"]] == [1, 3]
    seen = make.read(world.shop, asked)
    assert seen["status"].startswith(status)
    call = {"id": seen["id"], "version": seen["version"]}
    assert world.shop.as_clerk(make.APPROVE, **call).request["status"] == "IN_TRANSIT"


def test_calls_off_the_courier_who_was_to_fetch_it(world: World) -> None:
    world.shop.add_courier()
    enter_address(world.shop)
    order = world.shop.order()
    request = make.approved(world.shop, order)
    book(world.shop, request).request  # noqa: B018 - refusals fail
    world.quiet()

    refuse(world.shop, order).request  # noqa: B018
    world.quiet()

    assert make.read(world.shop, request)["status"] == "IN_TRANSIT"
    assert PickupBooking.objects.get().status == "canceled"


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ({"waybill": "SF0000000000000"}, ("NOT_FOUND", "waybillNo")),
        ({"order": "x", "fulfillment": "y"}, ("MALFORMED", "orderId")),
        ({}, ("MALFORMED", "orderId")),
    ],
)
def test_must_be_named(world: World, named: dict[str, str], fault: tuple[str, str]) -> None:
    with nothing_changes(world):
        answer = world.shop.as_clerk(REFUSED, **named)

    assert answer.refusals == [fault]


def test_is_of_a_fulfilment_of_that_order(world: World) -> None:
    order, other = world.shop.order(), world.shop.order()

    answer = refuse(world.shop, order, fulfillment=other.fulfillments[0].id)

    assert answer.refusals == [("NOT_FOUND", "fulfillmentId")]
    assert ReturnRequest.objects.count() == 0


def test_is_no_affair_of_customers(world: World) -> None:
    order = world.shop.order()

    with nothing_changes(world):
        answer = world.shop.as_li(REFUSED, order=order.id, fulfillment=order.fulfillments[0].id)

    assert answer.refusals == [("FORBIDDEN", None)]

"""Goods refused on inspection …"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from saleor_wechat_returns.couriers.base import Told
from saleor_wechat_returns.domain.lifecycle import DeliveryStatus
from saleor_wechat_returns.domain.parcels import ParcelStatus
from saleor_wechat_returns.models import (
    Parcel,
    ReturnLine,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.usecases.tracking import hear
from tests import make
from tests.usecases import parcels
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, TestShop, World

SEND_BACK = f"""mutation($id: ID!, $version: Int!, $carrier: String!, $waybill: String!,
    $payer: ReturnParty = CUSTOMER) {{
  returnSendBack(id: $id, expectedVersion: $version, carrier: $carrier, waybillNo: $waybill,
      freightPayer: $payer) {{ returnRequest {{ {make.FIELDS} }} {make.ERRORS} }} }}"""
LOST = f"""mutation($id: ID!, $version: Int!) {{
  returnDeliveryMarkLost(id: $id, expectedVersion: $version) {{
    returnRequest {{ {make.FIELDS} }} {make.ERRORS} }} }}"""
PARCELS = (
    "query($id: ID!) { returnRequest(id: $id) { version deliveries { id status direction } } }"
)
WORDS = "query($id: ID!) { returnRequest(id: $id) { events { label } } }"


def refused(world: World, outcome: str = "REFUSED") -> dict[str, Any]:
    """Both hoodies refused on inspection, and to go back."""
    shop, order = world.shop, world.shop.order()
    request = make.received(shop, order, {0: 2})
    found = [{"quantity": 2, "outcome": outcome}]
    lines = [{"orderLineId": order.lines[0].id, "pieces": found}]
    answer = shop.as_clerk(make.INSPECT, id=request["id"], version=request["version"], lines=lines)
    return answer.request


def closed(world: World, outcome: str = "REFUSED") -> dict[str, Any]:
    """And nobody appealed."""
    request = refused(world, outcome)
    world.clock.forward(days=7)
    close = {"id": request["id"], "version": request["version"], "why": "未申诉"}
    return world.shop.as_clerk(make.CLOSE, **close).request


def send(shop: TestShop, request: dict[str, Any], **changes: Any) -> Answer:
    fitting = {
        "id": request["id"],
        "version": request["version"],
        "carrier": "顺丰速运",
        "waybill": "SF9990001112223",
    }
    return shop.as_clerk(SEND_BACK, **(fitting | changes))


def lose(shop: TestShop, request: dict[str, Any]) -> Answer:
    now = shop.as_clerk(PARCELS, id=request["id"]).data["returnRequest"]
    return shop.as_clerk(LOST, id=now["deliveries"][-1]["id"], version=now["version"])


def test_wait_while_the_customer_may_appeal(world: World) -> None:
    """EC49"""
    request = refused(world)

    assert make.tasks(world.shop, request) == []
    with nothing_changes(world):
        assert send(world.shop, request).refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_are_a_task_once_it_is_decided(world: World) -> None:
    """EC49"""
    request = closed(world)

    assert make.tasks(world.shop, request) == [("SEND_BACK_DUE", "2 pieces")]


def test_are_a_task_too_where_the_customer_takes_his_appeal_back(world: World) -> None:
    """EC49: the rejection stands then, and the goods are still with the shop."""
    request = make.appeal(world.shop, refused(world)).request
    canceled = world.shop.as_li(make.CANCEL, id=request["id"], key="k").request

    assert make.tasks(world.shop, canceled) == [("SEND_BACK_DUE", "2 pieces")]
    sent = send(world.shop, canceled).request
    assert (sent["status"], sent["tasks"]) == ("CANCELED", [])


def test_go_back_with_a_waybill_that_the_customer_sees(world: World) -> None:
    """EC49"""
    request = send(world.shop, closed(world)).request

    assert (request["status"], request["tasks"]) == ("CLOSED", [])
    assert request["deliveries"][-1] == {
        "carrier": "顺丰速运",
        "waybillNo": "SF9990001112223",
        "status": "SUBMITTED",
    }
    events = world.shop.as_li(WORDS, id=request["id"]).data["returnRequest"]["events"]
    assert events[-1]["label"] == "拒收商品已寄回买家(运费到付)"


def test_go_back_at_the_shops_cost_where_it_says_so(world: World) -> None:
    request = send(world.shop, closed(world), payer="MERCHANT").request

    events = world.shop.as_li(WORDS, id=request["id"]).data["returnRequest"]["events"]
    assert events[-1]["label"] == "拒收商品已寄回买家(运费由商家承担)"


def test_go_back_under_a_number_that_can_be_corrected(world: World) -> None:
    request = send(world.shop, closed(world)).request

    corrected = send(world.shop, request, waybill="SF9990001112224").request

    statuses = [it["status"] for it in corrected["deliveries"]]
    assert statuses == ["RECEIVED", "CANCELED", "SUBMITTED"]


def test_go_back_under_another_number_than_they_came(world: World) -> None:
    """The old label is still on the box."""
    request = closed(world)
    came = request["deliveries"][0]["waybillNo"]

    with nothing_changes(world):
        answer = send(world.shop, request, waybill=came)

    assert answer.refusals == [("WAYBILL_CAME_IN", "waybillNo")]


def test_keep_their_money_with_the_shop(world: World) -> None:
    """The customer has them again, and may ask anew while the window is open."""
    request = send(world.shop, closed(world)).request

    assert (request["refunds"], ReturnRequest.objects.count()) == ([], 1)


def test_lost_on_the_way_are_the_shops_to_pay_once_staff_agree(world: World) -> None:
    """EC49"""
    request = send(world.shop, closed(world)).request

    lost = lose(world.shop, request).request

    assert lost["deliveries"][-1]["status"] == "LOST"
    row = ReturnRequest.objects.get(split_from__number=request["number"])
    claim = world.shop.as_li(make.READ, number=row.number).data["returnRequest"]
    assert (claim["kind"], claim["status"]) == ("REFUND_ONLY", "REQUESTED")
    assert claim["promisedAmount"]["fen"] == 39800
    world.shop.as_clerk(make.APPROVE, id=claim["id"], version=claim["version"])
    world.run()
    paid = make.read(world.shop, claim)
    assert (paid["status"], [it["amount"]["fen"] for it in paid["refunds"]]) == (
        "REFUNDED",
        [39800],
    )


def test_are_with_the_customer_once_the_courier_says_so(world: World) -> None:
    """EC49"""
    request = send(world.shop, closed(world)).request
    parcel = ReverseDelivery.objects.get(direction="to_customer").parcel
    signed = Told(ParcelStatus.SIGNED, world.clock.now, text="已签收")

    with transaction.atomic():
        hear(parcel, [signed], now=world.clock.now)
        hear(parcel, [signed], now=world.clock.now)

    done = make.read(world.shop, request)
    assert done["deliveries"][-1]["status"] == "RECEIVED"
    kinds = [event["kind"] for event in done["events"]]
    assert kinds[-2:] == ["sent_back", "back_with_customer"]


def test_lost_are_paid_once(world: World) -> None:
    request = lose(world.shop, send(world.shop, closed(world)).request).request

    with nothing_changes(world):
        assert lose(world.shop, request).refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_lost_that_the_customer_asked_for_anew_are_not_paid_twice(world: World) -> None:
    request = send(world.shop, closed(world)).request
    number = ReturnLine.objects.get().line.order.number
    (order,) = [one for one in world.shop.saleor.world.orders if one.number == number]
    make.requested(world.shop, order, {0: 1})

    with nothing_changes(world):
        answer = lose(world.shop, request)

    assert answer.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "id")]


def test_lost_that_were_never_sold_bring_no_money(world: World) -> None:
    """The customer had sent something else (EC47), and keeps what was sold."""
    request = send(world.shop, closed(world, "WRONG_ITEM")).request

    lost = lose(world.shop, request).request

    assert lost["deliveries"][-1]["status"] == "LOST"
    assert ReturnRequest.objects.count() == 1


def on_its_way(world: World, journey: str = "delivered") -> dict[str, Any]:
    """Sent back with a courier who tells where the parcel is."""
    world.shop.add_courier()
    request = closed(world)
    world.couriers.post_parcel("jd", parcels.NUMBER, journey=journey)
    return send(world.shop, request, carrier="京东物流", waybill=parcels.NUMBER).request


def test_are_with_the_customer_once_he_has_signed(world: World) -> None:
    """EC49: then nobody can say that they were lost."""
    request = on_its_way(world)

    parcels.let_pass(world, hours=1)
    parcels.let_pass(world, hours=35)

    arrived = make.read(world.shop, request)
    assert arrived["deliveries"][-1]["status"] == "RECEIVED"
    kinds = [event["kind"] for event in arrived["events"]]
    assert (kinds.count("back_with_customer"), kinds.count("parcel_signed")) == (1, 0)
    with nothing_changes(world):
        assert lose(world.shop, arrived).refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_lost_and_then_signed_for_are_a_task(world: World) -> None:
    """Staff must not pay for what the customer has."""
    request = on_its_way(world)
    parcels.let_pass(world, hours=1)
    Parcel.objects.filter(deliveries__status="submitted").update(status="exception")
    request = lose(world.shop, make.read(world.shop, request)).request

    parcels.let_pass(world, hours=35)

    arrived = make.read(world.shop, request)
    assert arrived["deliveries"][-1]["status"] == "RECEIVED"
    assert [task["kind"] for task in arrived["tasks"]] == ["PARCEL_TROUBLE"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"carrier": ""}, ("REQUIRED", "carrier")),
        ({"waybill": "!"}, ("MALFORMED", "waybillNo")),
        ({"version": 1}, ("VERSION_CONFLICT", "expectedVersion")),
    ],
)
def test_are_sent_with_what_can_be_followed(world: World, changes: Any, refusal: Any) -> None:
    request = closed(world)

    with nothing_changes(world):
        assert send(world.shop, request, **changes).refusals == [refusal]


def test_are_none_of_a_return_that_left_none(world: World) -> None:
    shop = world.shop
    request = make.inspected(shop, shop.order())

    with nothing_changes(world):
        assert send(shop, request).refusals == [("MOVE_NOT_ALLOWED", "id")]
    assert not ReverseDelivery.objects.exclude(status=DeliveryStatus.RECEIVED).exists()

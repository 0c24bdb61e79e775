"""What a courier says of a parcel on its way back …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import Parcel, ReturnRequest, TrackingEvent
from saleor_wechat_returns.secretbox import open_sealed
from tests import make
from tests.returning import book, to_be_fetched
from tests.usecases import parcels
from tests.usecases.test_outbound import shipped
from tests.usecases.test_send_back import closed, send
from tests.world import TestShop, World

MARK_LOST = f"""mutation($id: ID!, $version: Int!) {{
  returnDeliveryMarkLost(id: $id, expectedVersion: $version) {{
    returnRequest {{ {make.FIELDS} }} {make.ERRORS} }} }}"""


def test_is_shown_to_both_sides(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop)

    parcels.let_pass(world, hours=24)

    delivery = parcels.delivery_of(world.shop, request)
    assert (delivery["parcelStatus"], delivery["signedAt"]) == ("IN_TRANSIT", None)
    newest, *_, oldest = delivery["events"]
    assert (newest["status"], newest["label"], newest["place"]) == (
        "IN_TRANSIT",
        "运输中",
        "深圳市",
    )
    assert oldest["text"] == "【广州市】快递员已取件,联系电话 137****0000"
    mine = world.shop.as_li(parcels.READ, id=request["id"]).data["returnRequest"]
    assert mine["deliveries"] == [delivery]


@pytest.mark.parametrize("is_outbound", [False, True])
def test_is_not_shown_to_who_names_somebody_elses(world: World, is_outbound: bool) -> None:
    """EC42: anybody can type a number; where Li's parcel goes is not Wang's to know."""
    shop = world.shop
    shop.add_courier()
    first = None if is_outbound else parcels.sent(shop)
    number = shipped(shop).fulfillments[0].tracking_number if is_outbound else parcels.NUMBER
    parcels.let_pass(world, hours=36)
    request = named_by_wang(shop, number)

    (seen,) = shop.as_wang(parcels.READ, id=request["id"]).data["returnRequest"]["deliveries"]

    told = (seen["parcelStatus"], seen["parcelStatusLabel"], seen["signedAt"], seen["events"])
    assert told == ("UNKNOWN", "暂无物流信息", None, [])
    assert len(parcels.delivery_of(shop, request)["events"]) == 5
    if first:
        mine = shop.as_li(parcels.READ, id=first["id"]).data["returnRequest"]
        assert len(mine["deliveries"][0]["events"]) == 5


def named_by_wang(shop: TestShop, number: str) -> dict[str, Any]:
    """A return of Wang's, approved, that says it comes in this parcel of JD's."""
    wanted = make.wanted(shop.order(user=shop.wang), {0: 2})
    request = shop.as_wang(make.CREATE, input=wanted, key=make.key()).request
    shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    named = {"carrier": "京东物流", "waybillNo": number}
    return shop.as_wang(make.SUBMIT, id=request["id"], input=named, key=make.key()).request


@pytest.mark.parametrize("journey", ["delivered", "damaged", "returned"])
def test_does_not_reach_the_return_that_names_somebody_elses(world: World, journey: str) -> None:
    """EC42: not its history, and no task for staff either."""
    shop = world.shop
    shop.add_courier()
    of_li = parcels.sent(shop, journey=journey)
    of_wang = named_by_wang(shop, parcels.NUMBER)
    before = parcels.read(shop, of_wang)

    parcels.let_pass(world, hours=23)
    parcels.let_pass(world, hours=67)

    after = parcels.read(shop, of_wang)
    assert (after["version"], after["events"]) == (before["version"], before["events"])
    assert [task["kind"] for task in after["tasks"]] == ["PARCEL_SHARED"]
    kinds = {event["kind"] for event in parcels.read(shop, of_li)["events"]}
    assert kinds & {"parcel_signed", "parcel_in_trouble", "parcel_returned"}


def test_is_his_whose_pickup_it_is_whoever_named_the_number_before(world: World) -> None:
    """EC42: numbers of couriers can be guessed before they are given."""
    shop = world.shop
    request = to_be_fetched(shop)
    of_wang = named_by_wang(shop, "JDVA00000000001")
    book(shop, request)
    world.quiet()

    (order,) = world.couriers.orders
    world.couriers.hurry_order(order.third_order_id, "in_transit")
    world.quiet()

    assert parcels.delivery_of(shop, request)["waybillNo"] == "JDVA00000000001"
    mine = shop.as_li(parcels.READ, id=request["id"]).data["returnRequest"]
    his = shop.as_wang(parcels.READ, id=of_wang["id"]).data["returnRequest"]
    assert mine["deliveries"][0]["parcelStatus"] == "IN_TRANSIT"
    told = (his["deliveries"][0]["parcelStatus"], his["deliveries"][0]["events"])
    assert told == ("UNKNOWN", [])
    assert not {event["kind"] for event in his["events"]} & {"parcel_collected"}


def test_keeps_its_own_words_sealed(world: World) -> None:
    world.shop.add_courier()
    parcels.sent(world.shop)

    parcels.let_pass(world, hours=1)

    event = TrackingEvent.objects.get()
    assert "13700000000" not in str(TrackingEvent.objects.values())
    assert "13700000000" in open_sealed(event.raw_sealed, event.raw_key_id)


def test_is_no_receipt(world: World) -> None:
    """EC45: the courier says delivered, the warehouse finds nothing; both are kept."""
    world.shop.add_courier()
    request = parcels.sent(world.shop)
    parcels.let_pass(world, hours=1)

    parcels.let_pass(world, hours=35)

    delivered = parcels.read(world.shop, request)
    assert (delivered["status"], delivered["deliveries"][0]["status"]) == (
        "IN_TRANSIT",
        "SUBMITTED",
    )
    assert delivered["deliveries"][0]["parcelStatus"] == "SIGNED"
    assert delivered["deliveries"][0]["signedAt"] == "2026-11-24T08:00:00+00:00"
    kinds = [event["kind"] for event in delivered["events"]]
    assert kinds[-2:] == ["parcel_collected", "parcel_signed"]
    received = world.shop.as_clerk(
        make.RECEIVE, id=request["id"], version=delivered["version"]
    ).request
    assert received["status"] == "RECEIVED"
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "SIGNED"


def test_raises_no_version_for_a_mere_scan(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop)
    parcels.let_pass(world, hours=1)
    before = parcels.read(world.shop, request)

    parcels.let_pass(world, hours=28)

    after = parcels.read(world.shop, request)
    assert after["deliveries"][0]["parcelStatus"] == "OUT_FOR_DELIVERY"
    assert (before["version"], len(before["events"])) == (after["version"], len(after["events"]))


def test_of_trouble_is_a_task_until_it_moves_on(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop, journey="damaged")

    parcels.let_pass(world, hours=23)
    in_trouble = parcels.read(world.shop, request)
    parcels.let_pass(world, hours=4)
    moved_on = parcels.read(world.shop, request)

    detail = "京东物流: 物流异常 / Trouble on the way"
    assert [(t["kind"], t["detail"]) for t in in_trouble["tasks"]] == [("PARCEL_TROUBLE", detail)]
    assert in_trouble["events"][-1]["kind"] == "parcel_in_trouble"
    assert (in_trouble["status"], moved_on["tasks"]) == ("IN_TRANSIT", [])


def test_of_a_parcel_that_turns_round_is_a_task(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop, journey="returned")

    parcels.let_pass(world, hours=90)

    back = parcels.read(world.shop, request)
    assert [task["kind"] for task in back["tasks"]] == ["PARCEL_TROUBLE"]
    assert [event["kind"] for event in back["events"]].count("parcel_returned") == 1
    assert (back["status"], back["deliveries"][0]["parcelStatus"]) == ("IN_TRANSIT", "RETURNED")
    came = world.shop.as_clerk(make.RECEIVE, id=back["id"], version=back["version"]).request
    assert came["tasks"] == []


def test_corrects_a_carrier_that_was_named_wrongly(world: World) -> None:
    world.shop.add_courier()
    request = make.approved(world.shop, world.shop.order())
    world.couriers.post_parcel("yuantong", "YT0001112223334")

    parcels.submit(world.shop, request, "YT0001112223334", carrier="京东物流")
    parcels.let_pass(world, hours=1)

    delivery = parcels.delivery_of(world.shop, request)
    assert (delivery["carrier"], delivery["parcelStatus"]) == ("圆通速递", "COLLECTED")


def test_that_what_is_sent_back_has_arrived_ends_it(world: World) -> None:
    """EC49"""
    world.shop.add_courier()
    request = closed(world)
    world.couriers.post_parcel("jd", "JD0005556667778")
    send(world.shop, request, carrier="京东物流", waybill="JD0005556667778")

    parcels.let_pass(world, hours=36)

    seen = parcels.read(world.shop, request)
    way_back = next(d for d in seen["deliveries"] if d["waybillNo"] == "JD0005556667778")
    assert (way_back["status"], way_back["parcelStatus"]) == ("RECEIVED", "SIGNED")
    assert seen["events"][-1]["kind"] == "back_with_customer"


def test_of_what_is_sent_back_and_lost_is_the_shops_to_pay(world: World) -> None:
    """EC49"""
    request = closed(world)
    sent = send(world.shop, request).request
    seen = parcels.read(world.shop, sent)
    lost = next(d["id"] for d in seen["deliveries"] if d["status"] == "SUBMITTED")

    after = world.shop.as_clerk(MARK_LOST, id=lost, version=seen["version"]).request

    assert after["events"][-1]["kind"] == "lost_on_way_back"
    assert ReturnRequest.objects.filter(kind="refund_only", status="requested").count() == 1


@pytest.mark.parametrize("carrier", ["我家楼下快递", "京东物流"])
def test_is_asked_only_where_somebody_can_tell(world: World, carrier: str) -> None:
    """A free name is of no courier; and the other shop has no account."""
    world.shop.add_courier()
    shop = world.shop if carrier != "京东物流" else world.other_shop
    request = parcels.sent(shop, carrier=carrier)

    parcels.let_pass(world, hours=24)

    assert parcels.asked(world) == 0
    delivery = parcels.delivery_of(shop, request)
    assert (delivery["parcelStatus"], delivery["events"]) == ("UNKNOWN", [])


def test_of_one_that_is_lost_is_not_waited_for(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop, journey="lost")
    parcels.let_pass(world, hours=6)
    seen = parcels.read(world.shop, request)
    named = {"id": seen["deliveries"][0]["id"], "version": seen["version"]}

    lost = world.shop.as_clerk(MARK_LOST, **named).request

    assert (lost["status"], lost["deliveries"][0]["status"]) == ("IN_TRANSIT", "LOST")
    assert (lost["events"][-1]["kind"], lost["events"][-1]["actor"]) == ("parcel_lost", "STAFF")
    parcels.let_pass(world, hours=48)
    assert Parcel.objects.get().next_look_at is None
    again = world.shop.as_clerk(MARK_LOST, **(named | {"version": lost["version"]}))
    assert again.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_of_one_of_several_says_nothing_of_the_others(world: World) -> None:
    """EC43"""
    world.shop.add_courier()
    request = parcels.sent(world.shop, journey="lost")
    world.couriers.post_parcel("jd", "JD0009999999999")
    parcels.submit(world.shop, request, "JD0009999999999")
    parcels.let_pass(world, hours=36)
    seen = parcels.read(world.shop, request)
    lost = next(d["id"] for d in seen["deliveries"] if d["parcelStatus"] != "SIGNED")

    world.shop.as_clerk(MARK_LOST, id=lost, version=seen["version"])

    both = parcels.read(world.shop, request)
    assert [(d["status"], d["parcelStatus"]) for d in both["deliveries"]] == [
        ("LOST", "IN_TRANSIT"),
        ("SUBMITTED", "SIGNED"),
    ]
    came = world.shop.as_clerk(make.RECEIVE, id=request["id"], version=both["version"]).request
    assert [d["status"] for d in came["deliveries"]] == ["LOST", "RECEIVED"]


def test_of_somebody_elses_cannot_be_given_up(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())
    named = {
        "id": parcels.delivery_of(world.shop, request)["id"],
        "version": request["version"],
    }

    as_other_shop = world.other_shop.as_clerk(MARK_LOST, **named)
    as_customer = world.shop.as_li(MARK_LOST, **named)

    assert as_other_shop.refusals == [("NOT_FOUND", "id")]
    assert as_customer.refusals == [("FORBIDDEN", None)]

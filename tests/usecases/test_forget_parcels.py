"""What leads from a parcel to a person …"""

from __future__ import annotations

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import (
    OutboundDelivery,
    Parcel,
    ReturnRequest,
    TrackingEvent,
    UnmatchedParcel,
)
from saleor_wechat_returns.usecases.parcel_rows import waybill_of
from saleor_wechat_returns.usecases.unmatched_parcels import number_of
from tests import make
from tests.parcels import GIVE_UP, MATCH, as_packer, taken_in
from tests.usecases import parcels
from tests.usecases.test_customer_data import YEARS, command
from tests.usecases.test_outbound import NUMBER, shipped, tell
from tests.world import World


def test_is_kept_for_half_a_year_and_the_day_of_the_signing_for_good(world: World) -> None:
    world.shop.add_courier()
    shipped(world.shop)
    parcels.let_pass(world, hours=36)
    signed_at = OutboundDelivery.objects.get().signed_at
    world.clock.forward(days=178)
    tasks.forget_old_parcels()
    assert waybill_of(Parcel.objects.get()) == NUMBER

    world.clock.forward(days=2)
    tasks.forget_old_parcels()

    parcel = Parcel.objects.get()
    assert (waybill_of(parcel), parcel.waybill_index, parcel.status) == ("", "", "signed")
    assert TrackingEvent.objects.count() == 0
    assert OutboundDelivery.objects.get().signed_at == signed_at is not None


def test_is_kept_no_longer_where_no_courier_can_be_asked(world: World) -> None:
    """Its number may be of four couriers, so nobody tells of it."""
    world.shop.add_courier()
    tell(world.shop, world.shop.order(tracking_number="123456789012"))
    assert waybill_of(Parcel.objects.get()) == "123456789012"

    world.clock.forward(days=190)
    tasks.forget_old_parcels()

    assert waybill_of(Parcel.objects.get()) == ""


def test_goes_with_the_customer(world: World) -> None:
    """Of parcels in both directions."""
    world.shop.add_courier()
    request = parcels.sent(world.shop)
    shipped(world.shop, journey="refused")
    parcels.let_pass(world, hours=60)
    seen = parcels.read(world.shop, request)
    parcels.end_all(world.shop)
    tasks.forget_old_parcels()
    assert sorted(map(waybill_of, Parcel.objects.all())) == [parcels.NUMBER, NUMBER]
    world.clock.forward(**YEARS)

    command("erase_customer", world.shop, world.shop.li.id)

    assert [waybill_of(parcel) for parcel in Parcel.objects.all()] == ["", ""]
    assert TrackingEvent.objects.count() == 0
    assert parcels.read(world.shop, seen)["deliveries"][0]["waybillNo"] == ""


def test_goes_from_parcels_of_nobody_too(world: World) -> None:
    """Half a year after they were given up; with the customer where they were matched."""
    shop = world.shop
    nobodys = taken_in(shop, waybillNo="YT0000000001", note="李雷 上海")
    as_packer(shop, GIVE_UP, id=nobodys["id"], note="已退回李雷")
    request = make.approved(shop, shop.order())
    theirs = taken_in(shop, waybillNo="YT0000000002", note="李雷")
    as_packer(shop, MATCH, id=theirs["id"], request=request["id"])
    world.clock.forward(days=181)
    tasks.forget_old_parcels()
    kept = [(row.note, row.ended_note) for row in UnmatchedParcel.objects.order_by("id")]
    assert kept == [("", ""), ("李雷", "")]
    refused = [{"orderLineId": request["lines"][0]["orderLineId"], "acceptedQuantity": 0}]
    version = make.read(shop, request)["version"]
    shop.as_clerk(make.INSPECT, id=request["id"], version=version, lines=refused)
    world.clock.forward(days=7)  # nobody may close it while she may appeal
    parcels.end_all(shop)
    world.clock.forward(**YEARS)

    command("erase_customer", shop, shop.li.id)

    rows = UnmatchedParcel.objects.order_by("id")
    assert [(row.note, row.waybill_index, number_of(row)) for row in rows] == [("", "", "")] * 2


def test_of_a_box_stays_while_another_return_needs_it(world: World) -> None:
    shop = world.shop
    first = make.in_transit(shop, shop.order())
    ReturnRequest.objects.update(status="closed")
    world.clock.forward(**YEARS)
    second = make.in_transit(shop, shop.order())

    command("erase_customer", shop, shop.li.id)
    between = [make.read(shop, it)["deliveries"][0]["waybillNo"] for it in (first, second)]
    ReturnRequest.objects.update(status="closed")
    world.clock.forward(**YEARS)
    command("erase_customer", shop, shop.li.id)

    assert Parcel.objects.count() == 1
    assert between == ["SF1234567890123"] * 2
    assert waybill_of(Parcel.objects.get()) == ""

"""What leads from a parcel to a person …"""

from __future__ import annotations

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import OutboundDelivery, Parcel, TrackingEvent
from saleor_wechat_returns.usecases.parcel_rows import waybill_of
from tests.usecases import parcels
from tests.usecases.test_customer_data import YEARS, command
from tests.usecases.test_outbound import NUMBER, shipped
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

"""Asking a courier about parcels …"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import (
    CourierAccount,
    OutboxMessage,
    Parcel,
    ReverseDelivery,
    TrackingEvent,
)
from saleor_wechat_returns.models.base import new_id
from saleor_wechat_returns.sandbox.saleor.people import Address
from tests import make
from tests.returning import as_owner, book, enter_address, to_be_fetched
from tests.usecases import parcels
from tests.usecases.test_courier_accounts import SET
from tests.world import World

SF = "SF1234567890123"


def test_is_left_to_the_courier_itself_first(world: World) -> None:
    world.shop.add_courier()

    parcels.sent(world.shop)
    world.quiet()
    tasks.look_at_silent_parcels()
    world.quiet()

    (call,) = world.couriers.calls
    assert (call.method, call.param["company"], call.param["number"]) == (
        "poll",
        "jd",
        parcels.NUMBER,
    )
    assert Parcel.objects.get().subscriptions == 1


def test_again_needs_half_an_hour_and_ever_more(world: World) -> None:
    world.shop.add_courier()
    parcels.sent(world.shop, journey="lost")
    world.couriers.faults.add("callback_lost", 100)
    for _ in range(24 * 4):
        world.clock.forward(minutes=15)
        tasks.look_at_silent_parcels()
        world.quiet()

    looks = [call.at for call in world.couriers.calls if call.method == "query"]

    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses == sorted(pauses)
    assert min(pauses) >= timedelta(minutes=30)
    assert len(looks) == 6


def test_ends_with_the_signature(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop)
    parcels.let_pass(world, hours=36)
    asked = parcels.asked(world)

    parcels.let_pass(world, hours=72)

    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "SIGNED"
    assert parcels.asked(world) == asked
    assert Parcel.objects.get().tracking_ended_at is not None


def test_ends_after_sixty_days(world: World) -> None:
    world.shop.add_courier()
    parcels.sent(world.shop, journey="lost")
    world.quiet()
    world.clock.forward(days=60)
    tasks.look_at_silent_parcels()
    world.quiet()
    asked = parcels.asked(world)

    parcels.let_pass(world, hours=48)

    assert parcels.asked(world) == asked
    assert Parcel.objects.get().next_look_at is None


def test_ends_once_the_parcel_is_received(world: World) -> None:
    world.shop.add_courier()
    request = parcels.sent(world.shop, journey="lost")
    world.quiet()
    seen = parcels.read(world.shop, request)
    world.shop.as_clerk(make.RECEIVE, id=seen["id"], version=seen["version"])
    world.couriers.faults.add("callback_lost", 100)

    parcels.let_pass(world, hours=48)

    assert parcels.asked(world, "query") == 0


def test_loses_nothing_while_it_is_away_for_a_day(world: World) -> None:
    world.shop.add_courier()
    world.couriers.faults.add("away", 1000)
    world.couriers.faults.add("callback_lost", 1000)
    request = parcels.sent(world.shop)
    parcels.let_pass(world, hours=24)
    assert parcels.delivery_of(world.shop, request)["events"] == []
    world.couriers.faults.clear()

    parcels.let_pass(world, hours=36)

    delivery = parcels.delivery_of(world.shop, request)
    assert (delivery["parcelStatus"], len(delivery["events"])) == ("SIGNED", 5)
    assert Parcel.objects.get().subscriptions == 1


@pytest.mark.parametrize("fault", ["lost_before", "answer_lost", "http_502", "garbage"])
def test_to_tell_us_is_repeated_when_the_answer_is_lost(world: World, fault: str) -> None:
    """A number that is subscribed already is no error."""
    world.shop.add_courier()
    world.couriers.faults.add(fault, method="poll")
    parcels.sent(world.shop)

    world.run(minutes=5)

    assert parcels.asked(world, "poll") == 2
    assert len(world.couriers.parcel(parcels.NUMBER).subscriptions) == 1
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_to_tell_us_ends_with_the_months_four(world: World) -> None:
    world.shop.add_courier()
    world.couriers.faults.add("lost_before", 100, method="poll")
    parcels.sent(world.shop)

    world.run(minutes=60)

    assert parcels.asked(world, "poll") == 4
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_where_it_is_goes_on_when_it_refuses_to_tell_by_itself(world: World) -> None:
    world.shop.add_courier()
    world.couriers.faults.add("balance_empty", method="poll")
    request = parcels.sent(world.shop)

    parcels.let_pass(world, hours=60)

    assert parcels.asked(world, "poll") == 1
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "SIGNED"


@pytest.mark.parametrize("fault", ["lost_before", "http_502", "garbage", "balance_empty"])
def test_where_it_is_waits_for_the_next_look_without_an_answer(world: World, fault: str) -> None:
    world.shop.add_courier()
    world.couriers.faults.add("callback_lost", 100)
    request = parcels.sent(world.shop)
    world.quiet()
    world.couriers.faults.add(fault, method="query")
    world.clock.forward(hours=1)
    tasks.look_at_silent_parcels()
    world.quiet()
    assert (parcels.asked(world, "query"), TrackingEvent.objects.count()) == (1, 0)

    parcels.let_pass(world, hours=2)

    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "IN_TRANSIT"


def test_goes_nowhere_with_an_account_that_lacks_something(world: World) -> None:
    account = world.shop.add_courier()
    empty = world.other_shop.add_courier("manual")
    CourierAccount.objects.filter(pk=account.pk).update(credentials_sealed=empty.credentials_sealed)
    request = parcels.sent(world.shop)

    parcels.let_pass(world, hours=12)

    assert (request["status"], parcels.asked(world)) == ("IN_TRANSIT", 0)
    assert not OutboxMessage.objects.filter(done_at=None).exists()


@pytest.mark.parametrize("is_new", [True, False])
def test_begins_when_the_shop_is_told_of_parcels(world: World, is_new: bool) -> None:
    """With its first account, or with one that is switched on again after it had been off."""
    if not is_new:
        world.shop.add_courier()
        CourierAccount.objects.update(is_enabled=False)
    request = parcels.sent(world.shop)
    parcels.let_pass(world, hours=12)
    assert parcels.asked(world) == 0

    give_account(world)
    parcels.let_pass(world, hours=12)

    assert parcels.asked(world, "poll") == 1
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "IN_TRANSIT"


def test_goes_on_when_the_account_was_off_for_days(world: World) -> None:
    world.shop.add_courier()
    world.couriers.faults.add("callback_lost", 100)
    request = parcels.sent(world.shop)
    world.quiet()
    CourierAccount.objects.update(is_enabled=False)
    parcels.let_pass(world, hours=48)
    assert (parcels.asked(world, "query"), Parcel.objects.get().followed_at) == (0, None)

    give_account(world)
    world.quiet()
    parcels.let_pass(world, hours=1)

    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "SIGNED"


def test_begins_with_a_few_at_once(world: World) -> None:
    """A shop may have thousands on their way."""
    request = parcels.sent(world.shop)
    (delivery,) = ReverseDelivery.objects.all()
    parcel = delivery.parcel
    for number in range(25):
        parcel.pk, parcel.waybill_index = new_id(), f"another {number}"
        parcel.save(force_insert=True)
        delivery.pk, delivery.parcel = new_id(), parcel
        delivery.save(force_insert=True)

    give_account(world)
    world.quiet()
    first = parcels.asked(world, "poll")
    world.run(minutes=2)

    assert (first, parcels.asked(world, "poll")) == (20, 26)
    assert request["status"] == "IN_TRANSIT"


@pytest.mark.parametrize("why", ["over", "old", "signed", "unknown carrier"])
def test_does_not_begin_for_what_nobody_waits_for(world: World, why: str) -> None:
    carrier = "我家楼下快递" if why == "unknown carrier" else "京东物流"
    parcels.sent(world.shop, carrier=carrier)
    match why:
        case "over":
            parcels.end_all(world.shop)
        case "old":
            long_ago = world.clock.now - timedelta(days=60)
            Parcel.objects.update(created_at=long_ago)
        case "signed":
            Parcel.objects.update(status="signed")

    give_account(world)
    world.quiet()

    assert parcels.asked(world) == 0
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def shipped_by_sf_before_approval(world: World, *, by: str = "") -> dict[str, Any]:
    """Li's order went to a phone that ends in 8765, and so does her parcel's sender's."""
    address = Address("QWRkcmVzczox", phone="+86 138-0013-8765")
    request = make.requested(world.shop, world.shop.order(shipping_address=address))
    world.couriers.post_parcel("shunfeng", SF, phone=by or "13800138765")
    return parcels.submit(world.shop, request, SF, carrier="顺丰速运").request


@pytest.mark.parametrize("fault", ["", "timeout_before", "timeout_after_accept", "http_500"])
def test_of_sf_before_the_approval_is_by_the_orders_telephone(world: World, fault: str) -> None:
    """EC41: SF tells nothing without four digits; the shop's address is not chosen yet."""
    world.shop.add_courier()
    request = shipped_by_sf_before_approval(world)
    if fault:
        world.shop.saleor.faults.add(fault, "order", times=2)

    world.run(minutes=1)
    parcels.let_pass(world, hours=12)

    (call,) = world.couriers.calls
    assert (call.method, call.param["parameters"]["phone"]) == ("poll", "8765")
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "IN_TRANSIT"


def test_of_sf_is_by_the_shops_telephone_where_the_orders_is_not_the_senders(world: World) -> None:
    """EC41: her sister ships; once approved, the shop's is known as well."""
    world.shop.add_courier()
    address = enter_address(world.shop)
    world.couriers.faults.add("callback_lost", 100)
    request = shipped_by_sf_before_approval(world, by=address["phone"])
    world.quiet()
    world.shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])

    parcels.let_pass(world, hours=1)
    first = parcels.delivery_of(world.shop, request)["parcelStatus"]
    parcels.let_pass(world, hours=12)

    assert (first, parcels.asked(world, "query")) == ("UNKNOWN", 2)
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "IN_TRANSIT"


def test_of_sf_waits_for_no_saleor_that_refuses_the_order(world: World) -> None:
    world.shop.add_courier()
    shipped_by_sf_before_approval(world)
    world.shop.app.permissions = frozenset({"HANDLE_PAYMENTS"})

    world.run(minutes=1)

    assert parcels.asked(world, "poll") == 1
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def give_account(world: World) -> None:
    """As staff do who enter one."""
    credentials = {"key": "TestKey1", "secret": "TestSecret1", "customer": "TESTCUSTOMER1"}
    world.couriers.add_account(*credentials.values())
    given = [{"name": name, "value": value} for name, value in credentials.items()]
    wanted = {"provider": "kuaidi100", "credentials": given, "couriers": ["jd"]}
    assert as_owner(world.shop, SET, **wanted).payload["errors"] == []


@pytest.mark.parametrize("courier", ["jd", "yunda"])
def test_is_asked_to_tell_of_a_booked_parcel_too(world: World, courier: str) -> None:
    """JD's number is known at once and tracked with the booking; Yunda's comes later."""
    request = to_be_fetched(world.shop)
    assert book(world.shop, request, courier=courier).refusals == []
    world.quiet()
    (order,) = world.couriers.orders

    world.couriers.hurry_order(order.third_order_id, "in_transit")
    world.quiet()

    assert len(order.parcel.subscriptions) == 1
    assert parcels.delivery_of(world.shop, request)["parcelStatus"] == "IN_TRANSIT"

"""The shop's own parcel to its customer …"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from saleor_wechat_returns import inbox, outbox, tasks
from saleor_wechat_returns.models import (
    OutboundDelivery,
    OutboxMessage,
    Parcel,
    ReturnRequest,
    StaffTask,
)
from saleor_wechat_returns.sandbox.saleor.people import Address
from saleor_wechat_returns.usecases.effects import EFFECTS, HANDLERS, on_stuck
from saleor_wechat_returns.usecases.parcel_rows import waybill_of
from tests import make
from tests.usecases import dashboard, parcels
from tests.usecases.allowed import answer as returnable
from tests.usecases.test_refused_parcels import refuse
from tests.usecases.test_report_signed import report
from tests.usecases.timers import strike
from tests.usecases.together import together
from tests.webhooks.saleor_posts import post
from tests.world import TestShop, World

NUMBER = "JD0007654321000"


def shipped(shop: TestShop, *, journey: str = "delivered", number: str = NUMBER, **of: Any) -> Any:
    """An order that left by JD just now, of which Saleor tells us."""
    shop.world.couriers.post_parcel("jd", number, journey=journey)
    order = shop.order(tracking_number=number, **of)
    tell(shop, order)
    return order


def tell(shop: TestShop, order: Any) -> None:
    sent = [{"trackingNumber": it.tracking_number} for it in order.fulfillments]
    issued_at = shop.world.clock.now.isoformat()
    news = {"issuedAt": issued_at, "order": {"id": order.id, "fulfillments": sent}}
    assert post(shop, news, to="order-updated").status_code == 200
    shop.world.quiet()


def test_begins_the_days_to_return_it_when_it_is_signed_for(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop)
    before = returnable(world, order)

    parcels.let_pass(world, hours=36)

    # Monday the 23rd and five days of grace; signed for on Tuesday the 24th, at four.
    after = returnable(world, order)
    assert (before["isReckoned"], before["lastDay"]) == (True, "2026-12-13")
    assert (after["isReckoned"], after["lastDay"]) == (False, "2026-12-09")
    row = OutboundDelivery.objects.get()
    assert (row.signed_at, row.reported_by) == (datetime(2026, 11, 24, 8, tzinfo=UTC), "")


def test_is_followed_as_saleor_really_tells_of_it(world: World) -> None:
    """By the subscription that our installation made, once it is fulfilled."""
    world.shop.add_courier()
    order = world.shop.order(fulfilled={})
    world.quiet()
    assert Parcel.objects.count() == 0

    dashboard.ship(world.shop, order, {0: 2, 1: 3}, NUMBER)
    world.quiet()

    assert waybill_of(Parcel.objects.get()) == NUMBER
    assert parcels.asked(world, "poll") == 1


def test_is_followed_under_its_new_number(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop)
    order.fulfillments[0].tracking_number = "JD0007654321999"

    tell(world.shop, order)

    assert waybill_of(Parcel.objects.get(outbound__isnull=False)) == "JD0007654321999"


def test_is_no_affair_of_shops_without_an_account(world: World) -> None:
    shipped(world.shop)

    assert world.shop.saleor.calls_of("order") == []
    assert (OutboundDelivery.objects.count(), parcels.asked(world)) == (0, 0)


def test_without_a_number_is_not_read(world: World) -> None:
    world.shop.add_courier()

    tell(world.shop, world.shop.order())

    assert world.shop.saleor.calls_of("order") == []


@pytest.mark.parametrize(
    ("number", "metadata", "courier"),
    [
        (NUMBER, {}, "jd"),
        ("SF1234567890123", {}, "sf"),
        ("123456789012", {}, ""),  # of four carriers
        ("123456789012", {"carrier": "中通快递"}, "zto"),
        ("123456789012", {"carrier": "sto"}, "sto"),
        ("123456789012", {"carrier": "我家快递"}, ""),
    ],
)
def test_is_of_a_carrier_that_is_known_beyond_doubt(
    world: World, number: str, metadata: dict[str, str], courier: str
) -> None:
    world.shop.add_courier()
    order = world.shop.order(tracking_number=number)
    order.fulfillments[0].private_metadata.update(metadata)

    tell(world.shop, order)

    assert Parcel.objects.get().courier == courier
    assert parcels.asked(world, "poll") == bool(courier)


def test_is_asked_for_with_four_digits_of_the_receivers_telephone(world: World) -> None:
    """Some couriers tell nothing without, and we keep no more of it."""
    world.shop.add_courier()
    address = Address("QWRkcmVzczox", phone="+86 138-0013-8765")
    order = world.shop.order(tracking_number="SF1234567890123", shipping_address=address)

    tell(world.shop, order)

    (call,) = world.couriers.calls
    assert call.param["parameters"]["phone"] == "8765"


def test_refused_at_the_door_begins_a_return_by_itself(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")

    parcels.let_pass(world, hours=72)

    request = world.shop.as_li("{ returnRequests(first: 5) { edges { node { id } } } }").data
    (edge,) = request["returnRequests"]["edges"]
    mine = parcels.read(world.shop, edge["node"])
    assert (mine["status"], mine["reason"]) == ("IN_TRANSIT", "refused_at_door")
    assert mine["promisedAmount"]["fen"] == 70970
    assert [(e["kind"], e["actor"]) for e in mine["events"]] == [("create", "SYSTEM")]
    (delivery,) = mine["deliveries"]
    assert (delivery["waybillNo"], delivery["parcelStatus"]) == (NUMBER, "RETURNED")
    assert OutboundDelivery.objects.get().signed_at is None
    assert refuse(world.shop, order).request["id"] == mine["id"]


def test_refused_at_the_door_is_of_the_return_that_was_asked_for_before(world: World) -> None:
    """EC41: approved, he refuses it instead of sending it: nobody waits until it is canceled."""
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")
    asked = make.approved(world.shop, order, {0: 2, 1: 3})

    parcels.let_pass(world, hours=72)
    strike(world, days=7)

    request = parcels.read(world.shop, asked)
    (delivery,) = request["deliveries"]
    assert (delivery["waybillNo"], delivery["parcelStatus"]) == (NUMBER, "RETURNED")
    assert (request["status"], ReturnRequest.objects.count()) == ("IN_TRANSIT", 1)


def test_refused_at_the_door_is_told_of_where_only_money_was_asked_for(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")
    asked = make.requested(world.shop, order, {0: 2, 1: 3}, kind="REFUND_ONLY")

    parcels.let_pass(world, hours=72)

    events = parcels.read(world.shop, asked)["events"]
    assert [event["kind"] for event in events] == ["create", "parcel_returned"]
    assert ReturnRequest.objects.count() == 1


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after_accept", "http_500"])
def test_refused_begins_one_return_whatever_saleor_does(world: World, fault: str) -> None:
    world.shop.add_courier()
    world.shop.saleor.faults.add(fault, "order", times=2)
    shipped(world.shop, journey="refused")
    world.run(minutes=1)
    world.shop.saleor.faults.add(fault, "order", times=2)

    world.couriers.hurry_parcel(NUMBER, "14")
    world.run(minutes=1)
    world.couriers.hurry_parcel(NUMBER, "4")
    world.run(minutes=1)

    assert ReturnRequest.objects.count() == 1


def test_refused_waits_for_a_saleor_that_knows_our_app(world: World) -> None:
    world.shop.add_courier()
    shipped(world.shop, journey="refused")
    world.shop.app.is_active = False
    world.couriers.hurry_parcel(NUMBER, "14")
    world.quiet()
    assert ReturnRequest.objects.count() == 0

    world.shop.app.is_active = True
    tasks.ask_shops()
    world.quiet()

    assert ReturnRequest.objects.count() == 1


def test_refused_is_one_return_when_its_courier_and_staff_tell_at_once(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")
    world.couriers.hurry_parcel(NUMBER, "14")
    world.couriers.deliver_due()
    inbox.handle(HANDLERS)

    def staff() -> object:
        return refuse(world.shop, order)

    def courier() -> object:
        return outbox.drain(EFFECTS, on_stuck)

    together([staff, staff, courier])

    world.run(minutes=1)
    request = ReturnRequest.objects.get()
    assert (request.reason, request.deliveries.count()) == ("refused_at_door", 1)


def test_refused_begins_nothing_where_all_of_it_is_asked_for(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop, journey="refused")
    make.requested(world.shop, order, {0: 2, 1: 3})

    world.couriers.hurry_parcel(NUMBER, "14")
    world.quiet()

    assert ReturnRequest.objects.count() == 1
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_is_signed_for_when_its_courier_says_so_whatever_was_reported(world: World) -> None:
    world.shop.add_courier()
    order = shipped(world.shop)
    report(world.shop, order, world.clock.now)

    parcels.let_pass(world, hours=36)

    row = OutboundDelivery.objects.get()
    assert (row.signed_at, row.reported_by) == (datetime(2026, 11, 24, 8, tzinfo=UTC), "")
    late = report(world.shop, order, world.clock.now)
    assert late.refusals == [("SIGNED_TIME_KNOWN", "signedAt")]


def damaged(world: World) -> Any:
    world.shop.add_courier()
    return shipped(world.shop, journey="damaged")


def test_in_trouble_is_put_before_whoever_decides_on_its_goods(world: World) -> None:
    """The customer says that it never came; once it moves on, nobody has to ask."""
    order = damaged(world)
    request = make.requested(world.shop, order)
    parcels.let_pass(world, hours=23)

    tasks_then = make.tasks(world.shop, request)
    parcels.let_pass(world, hours=4)

    assert tasks_then == [("OUTBOUND_TROUBLE", "京东物流: 物流异常 / Trouble on the way")]
    assert make.tasks(world.shop, request) == []


def test_in_trouble_already_is_known_to_who_decides_until_then(world: World) -> None:
    order = damaged(world)
    parcels.let_pass(world, hours=23)
    assert StaffTask.objects.count() == 0  # nobody has anything to decide

    request = make.requested(world.shop, order)
    before = make.tasks(world.shop, request)
    call = {"id": request["id"], "version": request["version"]}
    decided = world.shop.as_clerk(make.APPROVE, **call).request

    assert [kind for kind, _ in before] == ["OUTBOUND_TROUBLE"]
    assert make.tasks(world.shop, decided) == []


def test_in_trouble_says_nothing_of_another_orders_goods(world: World) -> None:
    damaged(world)
    request = make.requested(world.shop, world.shop.order())

    parcels.let_pass(world, hours=23)

    assert make.tasks(world.shop, request) == []


def test_named_as_the_way_back_is_shown_to_staff(world: World) -> None:
    """EC42: signed for by the customer, it looks as if the shop had it."""
    world.shop.add_courier()
    request = make.approved(world.shop, shipped(world.shop))
    parcels.let_pass(world, hours=36)

    sent = parcels.submit(world.shop, request, NUMBER).request

    assert make.read(world.shop, sent)["tasks"] == [
        {"kind": "PARCEL_SHARED", "detail": "the shop sent this parcel itself"}
    ]

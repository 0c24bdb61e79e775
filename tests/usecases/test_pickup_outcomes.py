"""A pickup whose courier is away, refuses, comes or does not … (EC44)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_wechat_returns.models import PickupBooking
from tests import make
from tests.returning import book, call_off, seen_by_clerk, seen_by_li, to_be_fetched
from tests.usecases.pickups import SHIPPED, asked, look, statuses
from tests.world import World


def test_that_is_refused_lets_the_customer_try_otherwise(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("no_courier_in_area")
    book(world.shop, request)
    world.work()

    seen = seen_by_clerk(world.shop, request)
    assert (seen["status"], statuses(world)) == ("APPROVED", [("failed", "canceled")])
    assert [task["kind"] for task in seen["tasks"]] == ["PICKUP_FAILED"]
    assert "寄件地址暂无快递员上门" in seen["tasks"][0]["detail"]
    assert seen_by_li(world.shop, request)["deliveries"] == []

    book(world.shop, request, 16)
    world.work()
    assert seen_by_clerk(world.shop, request)["tasks"] == []
    assert statuses(world)[1:] == [("booked", "expected")]


@pytest.mark.parametrize("trouble", ["away", "lost_before", "answer_lost", "http_502", "garbage"])
def test_is_made_once_whatever_became_of_the_call(world: World, trouble: str) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add(trouble, 2, method="bOrder")
    book(world.shop, request)

    for _ in range(3):
        world.work()
        world.clock.forward(minutes=2)

    assert statuses(world) == [("booked", "expected")]
    assert len(world.couriers.orders) == 1
    assert seen_by_li(world.shop, request)["deliveries"][0]["waybillNo"]


def test_is_taken_for_booked_where_a_repeat_is_only_said_to_be_one(world: World) -> None:
    """501 without numbers: they come by callback."""
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("answer_lost", method="bOrder")
    world.couriers.faults.add("repeated")
    book(world.shop, request)
    world.work()
    world.clock.forward(minutes=2)
    world.work()

    assert statuses(world) == [("booked", "expected")]
    assert (len(world.couriers.orders), PickupBooking.objects.get().provider_ids) == (1, {})


def test_waits_while_the_courier_is_away_and_ends_with_its_window(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("away", 99, method="bOrder")
    book(world.shop, request)
    world.work()
    assert seen_by_li(world.shop, request)["status"] == "AWAITING_PICKUP"

    world.clock.forward(hours=7)
    world.work()

    seen = seen_by_clerk(world.shop, request)
    assert (seen["status"], statuses(world)) == ("APPROVED", [("failed", "canceled")])
    assert [task["kind"] for task in seen["tasks"]] == ["PICKUP_FAILED"]


def test_waits_for_a_courier_who_is_away_for_a_day(world: World) -> None:
    request = to_be_fetched(world.shop)
    ends_at = world.clock.now + timedelta(days=1, hours=8)
    window = {"startsAt": (ends_at - timedelta(hours=2)).isoformat(), "endsAt": ends_at.isoformat()}
    world.couriers.faults.add("away", 999)
    book(world.shop, request, window=window)
    for _ in range(24):
        world.work()
        world.clock.forward(hours=1)
    assert statuses(world) == [("asking", "expected")]
    world.couriers.faults.clear()
    world.clock.forward(hours=1)
    world.work()

    assert (statuses(world), asked(world)) == ([("booked", "expected")], ["bOrder"])
    assert seen_by_clerk(world.shop, request)["tasks"] == []


def test_is_not_made_once_the_customer_sent_the_parcel_meanwhile(world: World) -> None:
    """The courier's service is away for a day: nothing is lost, and nobody comes in vain."""
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("away", 999)
    book(world.shop, request)
    world.quiet()

    sent = world.shop.as_li(make.SUBMIT, id=request["id"], input=SHIPPED, key=make.key()).request
    world.clock.forward(hours=24)
    world.quiet()
    world.couriers.faults.clear()
    look(world)

    assert sent["status"] == seen_by_li(world.shop, request)["status"] == "IN_TRANSIT"
    assert (world.couriers.orders, asked(world)) == ([], [])
    assert statuses(world) == [("canceled", "canceled")]
    assert seen_by_clerk(world.shop, request)["tasks"] == []


def test_that_may_have_been_made_is_not_made_again_when_its_account_fails(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("answer_lost", method="bOrder")
    world.couriers.faults.add("balance_empty", method="bOrder")
    book(world.shop, request)
    world.work()
    world.clock.forward(minutes=2)
    world.work()

    assert statuses(world) == [("asking", "expected")]
    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]
    look(world)
    assert (statuses(world), len(world.couriers.orders)) == ([("booked", "expected")], 1)


@pytest.mark.parametrize("is_called_off", [False, True])
def test_that_may_have_been_made_is_not_over_with_its_time(
    world: World, is_called_off: bool
) -> None:
    """The courier may come all the same, so it is no failure: staff ask him."""
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("answer_lost", method="bOrder")
    book(world.shop, request)
    world.work()
    if is_called_off:
        call_off(world.shop, request)
    world.clock.forward(hours=30)
    world.work()

    status = "canceling" if is_called_off else "asking"
    assert statuses(world) == [(status, "expected")]
    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]
    assert len(world.couriers.orders) == 1


def test_that_nobody_knows_of_any_more_is_put_before_staff(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("lost_before", method="bOrder")
    book(world.shop, request)
    world.work()
    world.clock.forward(hours=48)
    world.work()

    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]
    assert asked(world) == ["bOrder"]


# --- what becomes of it, by asking


def test_is_seen_to_be_assigned_and_collected_without_a_callback(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()

    look(world)
    assigned = seen_by_li(world.shop, request)["deliveries"][0]["pickup"]
    assert (assigned["status"], assigned["courierName"], assigned["courierPhone"]) == (
        "ASSIGNED",
        "张师傅",
        "13700000000",
    )
    assert "张师傅" not in str(list(PickupBooking.objects.values()))

    world.couriers.hurry_order(f"{request['number']}-P1", "collected")
    look(world)
    seen = seen_by_li(world.shop, request)
    collected = seen["deliveries"][0]
    assert (seen["status"], collected["status"]) == ("IN_TRANSIT", "SUBMITTED")
    assert (collected["pickup"]["status"], collected["pickup"]["courierName"]) == ("COLLECTED", "")
    assert [event["kind"] for event in seen["events"]][-1] == "pick_up"


@pytest.mark.parametrize("fault", ["canceled_by_courier", "order_failed", "pickup_failed"])
def test_comes_to_nothing_and_the_parcel_is_sent(world: World, fault: str) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add(fault)
    book(world.shop, request)
    world.work()
    world.clock.forward(hours=6)
    look(world)

    seen = seen_by_clerk(world.shop, request)
    assert (seen["status"], statuses(world)) == ("APPROVED", [("failed", "canceled")])
    assert [task["kind"] for task in seen["tasks"]] == ["PICKUP_FAILED"]
    label = seen_by_li(world.shop, request)["events"][-1]["label"]
    assert label == "上门取件未成功,可重新预约或自行寄回"
    sent = world.shop.as_li(make.SUBMIT, id=request["id"], input=SHIPPED, key=make.key())
    assert (sent.request["status"], make.tasks(world.shop, request)) == ("IN_TRANSIT", [])


def test_whose_time_is_over_is_put_before_staff(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.orders[0].steps.clear()  # nobody comes, and nobody says so
    world.clock.forward(hours=9)
    look(world)

    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]
    world.clock.forward(days=4)
    look(world)
    assert asked(world) == ["bOrder"]


def test_is_asked_about_although_a_callback_came_in_place_of_the_answer(world: World) -> None:
    """Whose time is over is put before staff, as ever."""
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("answer_lost", method="bOrder")
    book(world.shop, request)
    world.quiet()
    assert statuses(world) == [("booked", "expected")]
    world.couriers.orders[0].steps.clear()  # nobody comes, and nobody says so
    world.clock.forward(minutes=2)
    world.quiet()

    world.clock.forward(hours=9)
    look(world)

    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]


@pytest.mark.parametrize("fault", ["", "callback_before_answer", "callback_twice", "waybill_later"])
def test_is_fetched_and_every_step_is_told_by_the_courier(world: World, fault: str) -> None:
    """EC44: also where its callbacks come twice, or before the answer."""
    request = to_be_fetched(world.shop)
    if fault:
        world.couriers.faults.add(fault)
    book(world.shop, request)
    world.quiet()
    world.clock.forward(minutes=1)
    world.quiet()

    for step, status, parcel in (
        ("assigned", "AWAITING_PICKUP", "ASSIGNED"),
        ("collected", "IN_TRANSIT", "COLLECTED"),
        ("signed", "IN_TRANSIT", "SIGNED"),
    ):
        world.clock.forward(minutes=1)
        world.couriers.hurry_order(f"{request['number']}-P1", step)
        world.quiet()
        seen = seen_by_li(world.shop, request)
        assert (seen["status"], seen["deliveries"][0]["parcelStatus"]) == (status, parcel)
    assert [event["kind"] for event in seen["events"]].count("pick_up") == 1
    assert (asked(world), statuses(world)) == (["bOrder"], [("collected", "submitted")])


@pytest.mark.parametrize("trouble", ["away", "answer_lost", "server_error"])
def test_that_keeps_failing_is_put_before_staff(world: World, trouble: str) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.faults.add(trouble, 99, method="detail")
    for _ in range(9):
        world.clock.forward(minutes=31)
        world.work()

    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert [task["kind"] for task in tasks] == ["PICKUP_UNCERTAIN"]
    assert "pickup.look" in tasks[0]["detail"]

    world.couriers.faults.clear()
    world.clock.forward(hours=1)
    world.work()
    assert seen_by_clerk(world.shop, request)["tasks"] == []

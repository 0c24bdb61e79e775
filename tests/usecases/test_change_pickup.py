"""A pickup that is called off, booked anew, or told of by staff … (EC44)"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import PickupBooking
from tests import make
from tests.returning import SENDER, book, call_off, seen_by_clerk, seen_by_li, to_be_fetched
from tests.usecases.pickups import SHIPPED, asked, by_hand, confirm, statuses
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_is_called_off(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()

    canceled = call_off(world.shop, request).request
    world.work()

    assert canceled["status"] == "APPROVED"
    assert canceled["deliveries"][0]["pickup"]["status"] == "CANCELING"
    assert statuses(world) == [("canceled", "canceled")]
    assert asked(world) == ["bOrder", "cancel"]
    assert [event["kind"] for event in canceled["events"]][-2:] == ["book_pickup", "cancel_pickup"]


def test_that_never_left_the_house_is_called_off_without_a_call(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)

    call_off(world.shop, request)
    world.work()

    assert (statuses(world), asked(world)) == ([("canceled", "canceled")], [])


def test_that_did_not_arrive_while_it_was_called_off_is_over(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    PickupBooking.objects.update(asked_at=world.clock.now)  # the call is under way
    call_off(world.shop, request)
    PickupBooking.objects.update(asked_at=None)  # and comes back: no connection

    world.work()

    assert (statuses(world), asked(world)) == ([("canceled", "canceled")], [])


@pytest.mark.parametrize("trouble", ["away", "lost_before", "answer_lost", "server_error"])
def test_is_called_off_once_whatever_became_of_the_call(world: World, trouble: str) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.faults.add(trouble, 2, method="cancel")

    call_off(world.shop, request)
    for _ in range(3):
        world.work()
        world.clock.forward(minutes=11)

    assert statuses(world) == [("canceled", "canceled")]
    assert [step.code for step in world.couriers.orders[0].steps] == ["9"]


def test_is_called_off_although_nobody_knows_whether_it_was_booked(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add("answer_lost", method="bOrder")
    book(world.shop, request)
    world.work()

    call_off(world.shop, request)
    world.work()

    assert statuses(world) == [("canceled", "canceled")]
    assert [step.code for step in world.couriers.orders[0].steps] == ["9"]
    assert len(world.couriers.orders) == 1


def test_is_too_late_to_call_off_once_the_courier_has_it(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.hurry_order(f"{request['number']}-P1", "collected")
    world.couriers.move()  # and nobody told us

    call_off(world.shop, request)
    world.work()

    assert seen_by_li(world.shop, request)["status"] == "IN_TRANSIT"
    assert statuses(world) == [("collected", "submitted")]


def test_is_booked_anew_only_when_the_one_before_is_canceled_for_sure(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.faults.add("away", method="cancel")

    book(world.shop, request, 16)
    world.work()
    assert statuses(world) == [("canceling", "expected"), ("waiting", "expected")]
    book(world.shop, request, 18, courier="yto")
    assert statuses(world)[1:] == [("canceled", "canceled"), ("waiting", "expected")]

    world.clock.forward(minutes=1)
    world.work()
    assert [status for status, _ in statuses(world)] == ["canceled", "canceled", "booked"]
    assert asked(world) == ["bOrder", "cancel", "bOrder"]  # one was away
    assert seen_by_li(world.shop, request)["status"] == "AWAITING_PICKUP"
    shown = seen_by_li(world.shop, request)["deliveries"]
    assert [it["pickup"]["courier"] for it in shown] == ["yto"]


def test_is_not_booked_anew_when_the_courier_came_first(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    world.couriers.hurry_order(f"{request['number']}-P1", "collected")
    world.couriers.move()

    book(world.shop, request, 18)
    world.work()

    assert statuses(world) == [("collected", "submitted"), ("canceled", "canceled")]
    assert seen_by_li(world.shop, request)["status"] == "IN_TRANSIT"
    assert len(world.couriers.orders) == 1


@pytest.mark.parametrize("end", ["self-ship", "cancel", "close", "receive"])
def test_is_called_off_with_whatever_makes_it_needless(world: World, end: str) -> None:
    request = to_be_fetched(world.shop)
    booked = book(world.shop, request).request
    world.work()
    fitting = {"id": request["id"], "version": booked["version"]}

    match end:
        case "self-ship":
            answer = world.shop.as_li(make.SUBMIT, id=request["id"], input=SHIPPED, key=make.key())
        case "cancel":
            answer = world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())
        case "close":
            answer = world.shop.as_clerk(make.CLOSE, why="不再需要", **fitting)
        case _:
            answer = world.shop.as_clerk(make.RECEIVE, **fitting)
    assert answer.request["status"] in ("IN_TRANSIT", "CANCELED", "CLOSED", "RECEIVED")
    world.work()

    assert PickupBooking.objects.get().status == "canceled"
    assert asked(world) == ["bOrder", "cancel"]


def test_never_has_two_open_bookings(world: World) -> None:
    """Whatever customers and couriers do at once, at most one courier is under way."""
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    calls = [
        lambda: book(world.shop, request, 16),
        lambda: call_off(world.shop, request),
        world.work,
        lambda: book(world.shop, request, 18),
    ]
    for _ in range(2):
        together(calls)
        open_ones = Counter(
            PickupBooking.objects.filter(
                status__in=["asking", "booked", "assigned", "canceling"]
            ).values_list("request_id", flat=True)
        )
        assert set(open_ones.values()) <= {1}
    for _ in range(3):
        world.work()
        world.clock.forward(seconds=61)
    coming = [it for it in world.couriers.orders if [s.code for s in it.steps] != ["9"]]
    assert len(coming) <= 1
    assert world.clock.now - timedelta(hours=1) < PickupBooking.objects.latest("id").created_at


# --- told by staff


def test_is_arranged_by_staff_who_tell_of_it(world: World) -> None:
    request = by_hand(world)
    tasks = seen_by_clerk(world.shop, request)["tasks"]
    assert tasks == [{"kind": "PICKUP_BY_HAND", "detail": f"{request['number']}-P1"}]

    told = {"collected": True, "carrier": "sf", "waybill": "sf 1234567890123"}
    answer = confirm(world, request, **told).request

    assert (answer["status"], answer["tasks"]) == ("IN_TRANSIT", [])
    delivery = answer["deliveries"][0]
    assert (delivery["carrier"], delivery["waybillNo"]) == ("顺丰速运", "SF1234567890123")
    assert (answer["events"][-1]["kind"], answer["events"][-1]["actor"]) == ("pick_up", "STAFF")


SENDER_OF = """query($id: ID) { returnRequest(id: $id) { deliveries { pickup {
  sender { name phone province city area streetAddress } } } } }"""


@pytest.mark.parametrize("provider", ["manual", "kuaidi100"])
def test_says_whereto_only_to_staff_who_arrange_it(world: World, provider: str) -> None:
    shop = world.shop
    request = to_be_fetched(shop, provider)
    book(shop, request, consent={"version": f"{provider}-1"})
    world.work()

    def sender(ask: Any) -> Any:
        (delivery,) = ask(SENDER_OF, id=request["id"]).data["returnRequest"]["deliveries"]
        return delivery["pickup"]["sender"]

    by_staff = SENDER if provider == "manual" else None
    assert (sender(shop.as_clerk), sender(shop.as_li)) == (by_staff, None)
    confirm(world, request, collected=True)
    assert sender(shop.as_clerk) is None


def test_is_told_by_staff_to_have_failed(world: World) -> None:
    request = by_hand(world)

    answer = confirm(world, request, collected=False).request

    assert (answer["status"], statuses(world)) == ("APPROVED", [("failed", "canceled")])
    last = answer["events"][-1]
    assert (last["kind"], last["actor"]) == ("fail_pickup", "STAFF")


def test_is_called_off_at_the_courier_when_staff_give_it_up(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()

    assert confirm(world, request, collected=False).request["status"] == "APPROVED"
    world.work()

    assert (statuses(world), asked(world)) == ([("canceled", "canceled")], ["bOrder", "cancel"])


@pytest.mark.parametrize(
    ("told", "refusals"),
    [
        ({"version": 1}, [("VERSION_CONFLICT", "expectedVersion")]),
        ({"waybill": "运单"}, [("MALFORMED", "waybillNo")]),
        ({"carrier": "a" * 65}, [("TOO_LONG", "carrier")]),
    ],
)
def test_is_not_told_so(
    world: World, told: dict[str, Any], refusals: list[tuple[str, str]]
) -> None:
    request = by_hand(world)

    with nothing_changes(world):
        answer = confirm(world, request, **({"collected": True} | told))

    assert answer.refusals == refusals


def test_is_not_told_of_where_none_was_booked(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    for collected in (True, False):
        assert confirm(world, request, collected=collected).refusals == [("MOVE_NOT_ALLOWED", "id")]

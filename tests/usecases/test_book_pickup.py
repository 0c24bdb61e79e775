"""A courier comes to the door: offered, booked, booked anew, called off. EC44"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    GuestLookup,
    Parcel,
    PickupBooking,
    ReturnEvent,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.models.base import new_id
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from tests import make
from tests.returning import (
    BOOK,
    CONFIRM,
    SENDER,
    WINDOWS,
    book,
    call_off,
    enter_address,
    pickup,
    seen_by_clerk,
    seen_by_li,
    to_be_fetched,
)
from tests.usecases.allowed import with_rules
from tests.usecases.test_return_addresses import ASSIGN
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes, rows_stay
from tests.world import Answer, World

SHIPPED = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


def windows(world: World, request: dict[str, Any], **sender: str) -> Answer:
    return world.shop.as_li(WINDOWS, id=request["id"], sender=SENDER | sender)


def shop_pays(world: World) -> None:
    """For the way back, whatever the reason."""
    reasons = write_rules(rules_of(None))["reasons"]
    with_rules(world, reasons=[reason | {"freight": "merchant"} for reason in reasons])


def asked(world: World) -> list[str]:
    """What the courier was asked to do, in order; questions are left out."""
    return [call.method for call in world.couriers.calls if call.method in ("bOrder", "cancel")]


def statuses(world: World) -> list[tuple[str, str]]:
    """Every booking and its delivery, oldest first."""
    rows = PickupBooking.objects.select_related("delivery").order_by("id")
    return [(row.status, row.delivery.status) for row in rows]


def look(world: World) -> None:
    """Time passes until the courier is asked what became of it; nobody tells by himself."""
    world.clock.forward(minutes=31)
    world.couriers.move()
    world.work()


# --- what is offered


def test_is_offered_with_times_price_payer_and_consent(world: World) -> None:
    shop_pays(world)
    request = to_be_fetched(world.shop)

    with rows_stay(but=GuestLookup):
        found = windows(world, request).data["returnPickupWindows"]

    first = found["offers"][0]
    assert [(it["courier"], it["courierLabel"]) for it in found["offers"]] == [
        ("jd", "京东物流"),
        ("yto", "圆通速递"),
        ("yunda", "韵达速递"),
    ]
    assert first["windows"][0] == {
        "startsAt": "2026-11-23T11:00:00+08:00",
        "endsAt": "2026-11-23T13:00:00+08:00",
    }
    assert first["estimate"]["fen"] > 0
    assert (found["payer"], found["payerLabel"]) == ("MERCHANT", "商家承担")
    assert found["consent"]["version"] == "kuaidi100-1"
    assert "快递100" in found["consent"]["text"]
    assert "Kuaidi100" in found["consent"]["en"]
    assert "身份证件" in found["idNotice"]


@pytest.mark.parametrize(
    ("trouble", "province", "code"),
    [
        ("", "西藏自治区", "PICKUP_NOT_OFFERED"),
        ("away", "广东省", "COURIER_UNAVAILABLE"),
        ("answer_lost", "广东省", "COURIER_UNAVAILABLE"),
        ("balance_empty", "广东省", "COURIER_UNAVAILABLE"),
    ],
)
def test_is_not_offered(world: World, trouble: str, province: str, code: str) -> None:
    """The parcel can still be sent."""
    request = to_be_fetched(world.shop)
    if trouble:
        world.couriers.faults.add(trouble, method="querymkt")

    with rows_stay(but=GuestLookup):
        answer = windows(world, request, province=province)

    assert answer.body["errors"][0]["extensions"]["code"] == code
    sent = world.shop.as_li(make.SUBMIT, id=request["id"], input=SHIPPED, key=make.key())
    assert sent.request["status"] == "IN_TRANSIT"


@pytest.mark.parametrize("trouble", ["away", "answer_lost", "server_error"])
def test_is_offered_without_a_price_that_cannot_be_had(world: World, trouble: str) -> None:
    request = to_be_fetched(world.shop)
    world.couriers.faults.add(trouble, 3, method="price")

    found = windows(world, request).data["returnPickupWindows"]

    assert [it["estimate"] for it in found["offers"]] == [None] * 3


def test_is_no_affair_of_a_shop_without_couriers(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    assert "BOOK_PICKUP" not in [it["action"] for it in request["availableActions"]]

    with nothing_changes(world):
        answer = book(world.shop, request)

    assert answer.refusals == [("PICKUP_NOT_OFFERED", "id")]


def test_is_arranged_by_staff_where_no_provider_serves(world: World) -> None:
    request = to_be_fetched(world.shop)
    world.shop.add_courier("manual")

    found = windows(world, request, province="西藏自治区").data["returnPickupWindows"]

    assert found["consent"]["version"] == "manual-1"
    assert found["offers"][0]["estimate"] is None


# --- booking


def test_waits_for_the_courier(world: World) -> None:
    shop_pays(world)
    request = to_be_fetched(world.shop)

    booked = book(world.shop, request).request
    assert asked(world) == []  # rows first
    world.work()

    assert (booked["status"], booked["deliveries"][0]["pickup"]["status"]) == (
        "AWAITING_PICKUP",
        "ASKING",
    )
    seen = seen_by_li(world.shop, request)["deliveries"][0]
    assert (seen["method"], seen["status"], seen["carrier"]) == ("PICKUP", "EXPECTED", "京东物流")
    assert (seen["methodLabel"], seen["directionLabel"]) == ("上门取件", "退回商家")
    assert (seen["pickup"]["status"], seen["pickup"]["payer"]) == ("BOOKED", "MERCHANT")
    assert seen["pickup"]["payerLabel"] == booked["freightLabel"] == "商家承担"
    assert "身份证件" in seen["pickup"]["idNotice"]
    assert seen["pickup"]["quotedAmount"]["fen"] > 0
    order = world.couriers.order(f"{request['number']}-P1")
    assert seen["waybillNo"] == order.parcel.number
    assert asked(world) == ["bOrder"]
    row = PickupBooking.objects.get()
    assert (row.consent_version, row.consented_at) == ("kuaidi100-1", world.clock.now)


def test_keeps_people_sealed_and_out_of_the_history(world: World) -> None:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()

    kept = [
        str(value)
        for model in (PickupBooking, Parcel, ReverseDelivery, ReturnEvent)
        for row in model.objects.values()
        for value in row.values()
    ]
    secrets = [SENDER["name"], SENDER["phone"], SENDER["streetAddress"]]
    assert [text for text in kept if any(secret in text for secret in secrets)] == []


REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"consent": {"version": "kuaidi100-0"}}, [("CONSENT_REQUIRED", "input.consent.version")]),
    ({"consent": {"version": ""}}, [("CONSENT_REQUIRED", "input.consent.version")]),
    ({"courier": "sf"}, [("PICKUP_NOT_OFFERED", "input.courier")]),
    ({"window": {"startsAt": "2026-11-24T09:00:00", "endsAt": "2026-11-24T11:00:00"}},
     [("MALFORMED", "input.window")]),
    ({"window": {"startsAt": "9999-12-31T23:00:00Z", "endsAt": "9999-12-31T23:59:59Z"}},
     [("PICKUP_WINDOW_OVER", "input.window")]),
    ({"sender": SENDER | {"phone": "none"}}, [("MALFORMED", "input.sender.phone")]),
    ({"sender": SENDER | {"name": " ", "city": ""}},
     [("REQUIRED", "input.sender.name"), ("REQUIRED", "input.sender.city")]),
    ({"sender": SENDER | {"streetAddress": "路" * 100}},
     [("TOO_LONG", "input.sender.streetAddress")]),
    ({"sender": SENDER | {"name": "李\x00"}}, [("MALFORMED", "input.sender.name")]),
    ({"window": {"startsAt": "2026-11-23T09:00:00+08:00",
                 "endsAt": "2026-11-23T11:00:00+08:00"}},
     [("PICKUP_WINDOW_OVER", "input.window")]),
    ({"window": {"startsAt": "2026-12-23T09:00:00+08:00",
                 "endsAt": "2026-12-23T11:00:00+08:00"}},
     [("PICKUP_WINDOW_OVER", "input.window")]),
    ({"window": {"startsAt": "2026-11-24T11:00:00+08:00",
                 "endsAt": "2026-11-24T09:00:00+08:00"}},
     [("MALFORMED", "input.window")]),
    ({"window": {"startsAt": "2026-11-24T23:00:00+08:00",
                 "endsAt": "2026-11-25T01:00:00+08:00"}},
     [("MALFORMED", "input.window")]),
]  # fmt: skip


def test_is_refused(world: World) -> None:
    request = to_be_fetched(world.shop)

    for changes, refusals in REFUSED:
        with nothing_changes(world):
            answer = book(world.shop, request, **changes)
        assert answer.refusals == refusals, changes


@pytest.mark.parametrize("stage", [make.requested, make.received])
def test_is_not_open_before_the_approval_nor_after_the_goods_came(world: World, stage: Any) -> None:
    world.shop.add_courier()
    request = stage(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = book(world.shop, request)

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


@pytest.mark.parametrize("keys", [("one", "one"), ("one", "two")])
def test_twice_at_the_same_moment_is_once(world: World, keys: tuple[str, str]) -> None:
    request = to_be_fetched(world.shop)
    wanted = pickup(world.shop)

    def book(key: str) -> Answer:
        return world.shop.as_li(BOOK, id=request["id"], input=wanted, key=key)

    answers = together([partial(book, key) for key in keys])
    world.work()

    assert [answer.refusals for answer in answers] == [[], []]
    assert statuses(world) == [("booked", "expected")]
    assert asked(world) == ["bOrder"]


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


def test_has_a_number_that_no_other_ever_had(world: World) -> None:
    """Also where the one before went over to another return, with its pieces."""
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    call_off(world.shop, request)
    make.approved(world.shop, world.shop.order())
    PickupBooking.objects.update(request=ReturnRequest.objects.latest("id"))

    assert book(world.shop, request, 16).refusals == []

    assert PickupBooking.objects.latest("id").number == f"{request['number']}-P2"


def test_goes_to_the_address_that_was_told_when_it_was_booked(world: World) -> None:
    request = to_be_fetched(world.shop)
    version = book(world.shop, request).request["version"]
    other = enter_address(world.shop, name="另一仓")

    answer = world.shop.as_clerk(ASSIGN, id=request["id"], address=other["id"], version=version)

    assert [warning["code"] for warning in answer.payload["warnings"]] == ["PARCEL_UNDER_WAY"]


# --- calling it off, and booking anew


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


# --- told by staff


def confirm(world: World, request: dict[str, Any], **told: Any) -> Answer:
    version = seen_by_clerk(world.shop, request)["version"]
    return world.shop.as_clerk(CONFIRM, **({"id": request["id"], "version": version} | told))


def by_hand(world: World) -> dict[str, Any]:
    request = to_be_fetched(world.shop, "manual")
    book(world.shop, request, consent={"version": "manual-1"})
    world.work()
    return request


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


def test_is_not_booked_for_ever(world: World) -> None:
    """A courier is called each time."""
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    call_off(world.shop, request)
    for number in range(9):
        booking = PickupBooking.objects.select_related("delivery").latest("id")
        booking.delivery.pk, booking.delivery._state.adding = new_id(), True
        booking.delivery.save()
        booking.pk, booking._state.adding = new_id(), True
        booking.delivery, booking.number = booking.delivery, f"before {number}"
        booking.save()

    with nothing_changes(world):
        answer = book(world.shop, request)

    assert answer.refusals == [("TOO_MANY_PICKUPS", "id")]

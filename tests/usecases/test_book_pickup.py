"""A pickup that is offered and booked … (EC44)"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    CountedTry,
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
    SENDER,
    WINDOWS,
    book,
    call_off,
    enter_address,
    pickup,
    seen_by_li,
    to_be_fetched,
)
from tests.usecases.allowed import with_rules
from tests.usecases.pickups import SHIPPED, asked, statuses
from tests.usecases.test_return_addresses import ASSIGN
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes, rows_stay
from tests.world import Answer, World


def windows(world: World, request: dict[str, Any], **sender: str) -> Answer:
    return world.shop.as_li(WINDOWS, id=request["id"], sender=SENDER | sender)


def shop_pays(world: World) -> None:
    """For the way back, whatever the reason."""
    reasons = write_rules(rules_of(None))["reasons"]
    with_rules(world, reasons=[reason | {"freight": "merchant"} for reason in reasons])


# --- what is offered


def test_is_offered_with_times_price_payer_and_consent(world: World) -> None:
    shop_pays(world)
    request = to_be_fetched(world.shop)

    with rows_stay(but=CountedTry):
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

    with rows_stay(but=CountedTry):
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

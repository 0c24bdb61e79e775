"""The customer ships and tells the waybill number, before or after approval, and may correct it."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, Parcel, ReturnEvent, ReverseDelivery
from saleor_wechat_returns.secretbox import blind_index
from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


def submit(world: World, request: dict[str, Any], **changes: Any) -> Answer:
    return world.shop.as_li(make.SUBMIT, id=request["id"], input=PARCEL | changes, key=make.key())


def test_sends_the_return_on_its_way(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    sent = submit(world, request).request

    assert (sent["status"], sent["version"]) == ("IN_TRANSIT", 3)
    assert sent["deliveries"] == [PARCEL | {"status": "SUBMITTED"}]


def test_before_approval_only_keeps_the_number(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    sent = submit(world, request).request

    assert (sent["status"], sent["version"]) == ("REQUESTED", 2)
    assert sent["deliveries"] == [PARCEL | {"status": "SUBMITTED"}]


def test_corrects_a_number(world: World) -> None:
    """EC42."""
    request = make.in_transit(world.shop, world.shop.order())

    corrected = submit(world, request, waybillNo="SF1234567890124").request

    assert corrected["deliveries"] == [
        PARCEL | {"waybillNo": "SF1234567890124", "status": "SUBMITTED"}
    ]
    assert corrected["version"] == request["version"] + 1
    assert ReverseDelivery.objects.get().parcel.waybill_index == blind_index("SF1234567890124")


def test_takes_the_same_number_for_two_returns(world: World) -> None:
    """EC42: two returns in one box."""
    order = world.shop.order()
    first, second = (make.approved(world.shop, order) for _ in range(2))

    submit(world, first)

    assert submit(world, second).request["status"] == "IN_TRANSIT"


def test_stores_the_number_sealed(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    submit(world, request)

    row = Parcel.objects.get()
    everything = [
        str(value)
        for model in (Parcel, ReverseDelivery, ReturnEvent)
        for found in model.objects.values()
        for value in found.values()
    ]
    assert not any("1234567890123" in text for text in everything)
    assert b"1234567890123" not in bytes(row.waybill_sealed)
    assert row.sealed_key_id == "tests"
    assert row.waybill_index == blind_index("SF1234567890123")


def test_shows_the_number_to_the_customer_and_staff_only(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())

    for ask in (world.shop.as_li, world.shop.as_clerk):
        seen = ask(make.READ, id=request["id"]).data["returnRequest"]
        assert seen["deliveries"][0]["waybillNo"] == "SF1234567890123"
    for ask in (world.shop.as_wang, world.other_shop.as_clerk):
        assert ask(make.READ, id=request["id"]).data == {"returnRequest": None}


def test_finds_the_number_however_it_is_typed(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    submit(world, request, waybillNo=" sf1234567890123 ")

    assert ReverseDelivery.objects.get().parcel.waybill_index == blind_index("SF1234567890123")


def test_takes_off_space_around_both(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    sent = submit(world, request, carrier=" 顺丰速运 ", waybillNo=" SF1234567890123 ").request

    assert sent["deliveries"] == [PARCEL | {"status": "SUBMITTED"}]
    assert ReturnEvent.objects.get(kind="submit_delivery").data == {"carrier": "顺丰速运"}


def test_queues_nothing(world: World) -> None:
    submit(world, make.approved(world.shop, world.shop.order()))

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("waybill", ["1234", "A" * 64, "JD-0123-4567-1-1-"])
def test_takes_as_a_waybill_number(world: World, waybill: str) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert (
        submit(world, request, waybillNo=waybill).request["deliveries"][0]["waybillNo"] == waybill
    )


@pytest.mark.parametrize(
    "waybill",
    ["", "   ", "123", "1" * 65, "SF 123456", "SF_123456", "运单一二三四", "SF12\x003456",
     "\ud800SF123456", "１２３４５６", "----", "<script>", "1" * 100_000],
)  # fmt: skip
def test_refuses_as_a_waybill_number(world: World, waybill: str) -> None:
    request = make.approved(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = ask_escaped(
            world.shop,
            make.SUBMIT,
            id=request["id"],
            input=PARCEL | {"waybillNo": waybill},
            key="k",
        )

    assert answer.refusals == [("MALFORMED", "waybillNo")]


@pytest.mark.parametrize(
    ("carrier", "code"),
    [
        ("", "REQUIRED"),
        ("  ", "REQUIRED"),
        ("快" * 65, "TOO_LONG"),
        ("a\x00b", "MALFORMED"),
        ("a\nb", "MALFORMED"),
        ("a\ud800", "MALFORMED"),
        ("\u202eabc", "MALFORMED"),
    ],
    ids=["empty", "space", "65 characters", "NUL", "line break", "lone surrogate", "right to left"],
)
def test_refuses_as_a_carrier(world: World, carrier: str, code: str) -> None:
    request = make.approved(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = ask_escaped(
            world.shop, make.SUBMIT, id=request["id"], input=PARCEL | {"carrier": carrier}, key="k"
        )

    assert answer.refusals == [(code, "carrier")]


def test_refuses_with_every_reason_at_once(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = world.shop.as_li(
            make.SUBMIT, id=request["id"], input={"carrier": "", "waybillNo": ""}, key=""
        )

    assert answer.refusals == [
        ("MALFORMED", "idempotencyKey"),
        ("REQUIRED", "carrier"),
        ("MALFORMED", "waybillNo"),
    ]


def test_is_no_part_of_a_return_of_money_alone(world: World) -> None:
    """Nothing has to come back, so no button is drawn and no parcel is taken."""
    request = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")
    assert [a["action"] for a in request["availableActions"]] == ["UPDATE", "CANCEL"]

    with nothing_changes(world):
        answer = submit(world, request)

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]

"""The customer ships and tells the waybill number, before or after approval, and may correct it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    IdempotentCall,
    OutboxMessage,
    Parcel,
    ReturnEvent,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.secretbox import blind_index
from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases import parcels
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


WARN = """mutation($id: ID!, $input: ReturnDeliveryInput!, $key: String!) {
  returnDeliverySubmit(id: $id, input: $input, idempotencyKey: $key) {
    returnRequest { status } warnings { code label } errors { field code } } }"""
DELIVERIES = "query($id: ID) { returnRequest(id: $id) { deliveries { id } } }"


def delivery_ids(world: World, request: dict[str, Any]) -> list[str]:
    found = world.shop.as_li(DELIVERIES, id=request["id"]).data["returnRequest"]["deliveries"]
    return [delivery["id"] for delivery in found]


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

    corrected = submit(
        world, request, waybillNo="SF1234567890124", replacesId=delivery_ids(world, request)[0]
    ).request

    assert corrected["deliveries"] == [
        PARCEL | {"waybillNo": "SF1234567890124", "status": "SUBMITTED"}
    ]
    assert corrected["version"] == request["version"] + 1
    assert [it["status"] for it in make.read(world.shop, request)["deliveries"]] == [
        "CANCELED",
        "SUBMITTED",
    ]


@pytest.mark.parametrize("heard", ["unknown", "assigned", "collected", "signed"])
def test_corrects_a_number_until_its_courier_has_scanned_it(world: World, heard: str) -> None:
    request = make.in_transit(world.shop, world.shop.order())
    Parcel.objects.update(status=heard)
    replaced = delivery_ids(world, request)[0]

    answer = submit(world, request, waybillNo="SF1234567890124", replacesId=replaced)

    early = heard in ("unknown", "assigned")
    assert answer.refusals == ([] if early else [("DELIVERY_UNDER_WAY", "replacesId")])


def test_corrects_only_a_parcel_of_this_return(world: World) -> None:
    order = world.shop.order()
    request, other = (make.in_transit(world.shop, order) for _ in range(2))

    for id in (delivery_ids(world, other)[0], "x"):
        with nothing_changes(world):
            answer = submit(world, request, waybillNo="SF1234567890124", replacesId=id)
        assert answer.refusals == [("NOT_FOUND", "replacesId")]


def test_adds_another_parcel(world: World) -> None:
    """EC43"""
    request = make.in_transit(world.shop, world.shop.order())

    sent = submit(world, request, carrier="ZTO Express", waybillNo="731234567890").request

    assert sent["deliveries"] == [
        PARCEL | {"status": "SUBMITTED"},
        {"carrier": "中通快递", "waybillNo": "731234567890", "status": "SUBMITTED"},
    ]
    assert list(Parcel.objects.order_by("id").values_list("courier", flat=True)) == ["sf", "zto"]


def test_counts_the_same_number_once(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())

    with nothing_changes(world, but=IdempotentCall):
        again = submit(world, request, waybillNo="sf 1234 5678 90123").request

    assert (again["version"], len(again["deliveries"])) == (request["version"], 1)


def test_takes_ten_parcels(world: World) -> None:
    """EC43"""
    request = make.in_transit(world.shop, world.shop.order())
    for number in range(9):
        submit(world, request, waybillNo=f"SF000000000000{number}")

    with nothing_changes(world):
        answer = submit(world, request, waybillNo="SF0000000000009")

    assert answer.refusals == [("TOO_MANY_PARCELS", "waybillNo")]


def test_is_not_corrected_for_ever(world: World) -> None:
    """Each number is asked about, and paid for."""
    request = make.in_transit(world.shop, world.shop.order())
    (id,) = delivery_ids(world, request)
    it = ReverseDelivery.objects.get()
    former = {"shop": it.shop, "request": it.request, "parcel": it.parcel, "status": "canceled"}
    ReverseDelivery.objects.bulk_create(ReverseDelivery(**former) for _ in range(29))

    with nothing_changes(world):
        answer = submit(world, request, waybillNo="SF0000000000099", replacesId=id)

    assert answer.refusals == [("TOO_MANY_PARCELS", "waybillNo")]


def test_is_over_with_the_return(world: World) -> None:
    """EC41"""
    request = make.approved(world.shop, world.shop.order())
    world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())

    with nothing_changes(world):
        answer = submit(world, request)

    assert answer.refusals == [("RETURN_OVER", "id")]
    assert answer.payload["errors"][0]["message"].startswith("该售后单已结束")


@pytest.mark.parametrize(
    ("parcel", "warnings"),
    [
        ({}, []),
        ({"carrier": "sf"}, []),
        ({"carrier": "邻居的货车", "waybillNo": "SF1234567890123"}, []),
        ({"waybillNo": "731234567890123456789"}, ["WAYBILL_LOOKS_WRONG"]),
        ({"carrier": "JD Logistics"}, ["CARRIER_LOOKS_WRONG"]),
    ],
)
def test_warns_of_what_looks_wrong_and_takes_it(
    world: World, parcel: dict[str, str], warnings: list[str]
) -> None:
    """EC42"""
    request = make.approved(world.shop, world.shop.order())

    answer = world.shop.as_li(WARN, id=request["id"], input=PARCEL | parcel, key=make.key())

    assert answer.request == {"status": "IN_TRANSIT"}
    assert [warning["code"] for warning in answer.payload["warnings"]] == warnings


def test_takes_the_same_number_for_two_returns(world: World) -> None:
    """EC42: two returns in one box."""
    order = world.shop.order()
    first, second = (make.approved(world.shop, order) for _ in range(2))
    submit(world, first)

    answer = world.shop.as_li(WARN, id=second["id"], input=PARCEL, key=make.key())

    assert answer.request == {"status": "IN_TRANSIT"}
    assert [warning["code"] for warning in answer.payload["warnings"]] == ["WAYBILL_IN_USE"]
    assert Parcel.objects.count() == 1
    assert make.tasks(world.shop, second) == []


def test_shows_staff_a_number_of_somebody_else(world: World) -> None:
    """EC42: whose it is, the customer is never told."""
    of_li = make.in_transit(world.shop, world.shop.order())
    order = world.shop.order(user=world.shop.wang)
    asked = world.shop.as_wang(make.CREATE, input=make.wanted(order), key=make.key()).request

    answer = world.shop.as_wang(WARN, id=asked["id"], input=PARCEL, key=make.key())

    assert answer.payload["warnings"] == []
    shared = ("PARCEL_SHARED", f"also named by {of_li['number']}")
    assert make.tasks(world.shop, asked) == [shared]
    replaced = world.shop.as_wang(DELIVERIES, id=asked["id"]).data["returnRequest"]["deliveries"]
    correct = PARCEL | {"waybillNo": "SF1234567890124", "replacesId": replaced[0]["id"]}
    world.shop.as_wang(make.SUBMIT, id=asked["id"], input=correct, key=make.key())
    assert make.tasks(world.shop, asked) == []


def test_corrects_somebody_elses_number_though_its_courier_has_it(world: World) -> None:
    """EC42: and the refusal would tell where somebody else's parcel is."""
    world.shop.add_courier()
    parcels.sent(world.shop)
    wanted = make.wanted(world.shop.order(user=world.shop.wang))
    asked = world.shop.as_wang(make.CREATE, input=wanted, key=make.key()).request
    mistyped = {"carrier": "jd", "waybillNo": parcels.NUMBER}
    world.shop.as_wang(make.SUBMIT, id=asked["id"], input=mistyped, key=make.key())
    parcels.let_pass(world, hours=1)
    (mine,) = world.shop.as_wang(DELIVERIES, id=asked["id"]).data["returnRequest"]["deliveries"]

    correct = PARCEL | {"replacesId": mine["id"]}
    answer = world.shop.as_wang(make.SUBMIT, id=asked["id"], input=correct, key=make.key())

    assert answer.refusals == []
    assert make.tasks(world.shop, asked) == []


def test_shows_staff_a_number_of_a_return_long_over(world: World) -> None:
    """EC42"""
    order = world.shop.order()
    old = make.in_transit(world.shop, order)
    close = {"id": old["id"], "version": old["version"], "why": "包裹丢失"}
    world.shop.as_clerk(make.CLOSE, **close)
    new = make.approved(world.shop, order)
    ReturnRequest.objects.filter(number=old["number"]).update(
        updated_at=world.clock.now - timedelta(days=31)
    )

    submit(world, new)

    assert make.tasks(world.shop, new)[0][0] == "PARCEL_SHARED"


def test_knows_carriers_by_name_and_by_their_numbers(world: World) -> None:
    query = """query($no: String!) {
      returnCarriers { key label en: label(languageCode: EN) }
      returnCarrierGuess(waybillNo: $no) { key } }"""

    found = world.shop.ask(query, {"no": " yt 1234567890123"}).data
    nothing = world.shop.ask(query, {"no": "1" * 10_000}).data["returnCarrierGuess"]

    assert found["returnCarriers"][0] == {"key": "sf", "label": "顺丰速运", "en": "SF Express"}
    assert len(found["returnCarriers"]) == 17
    assert [it["key"] for it in found["returnCarrierGuess"]] == ["yto"]
    assert nothing == []


def test_stores_the_number_sealed(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    submit(world, request)

    row = Parcel.objects.get()
    everything = [
        str(value)
        for model in (Parcel, ReturnEvent)
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

    assert Parcel.objects.get().waybill_index == blind_index("SF1234567890123")


def test_takes_off_space_around_both(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    sent = submit(world, request, carrier=" 顺丰速运 ", waybillNo=" SF1234567890123 ").request

    assert sent["deliveries"] == [PARCEL | {"status": "SUBMITTED"}]
    assert ReturnEvent.objects.get(kind="submit_delivery").data == {"carrier": "顺丰速运"}


def test_queues_nothing(world: World) -> None:
    submit(world, make.approved(world.shop, world.shop.order()))

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("waybill", ["1234", "A" * 64, "JD-0123-4567-1-1-", "SF 123456"])
def test_takes_as_a_waybill_number(world: World, waybill: str) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert submit(world, request, waybillNo=waybill).request["deliveries"][0][
        "waybillNo"
    ] == waybill.replace(" ", "")


@pytest.mark.parametrize(
    "waybill",
    ["", "   ", "123", "1" * 65, "SF_123456", "运单一二三四", "SF12\x003456",
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

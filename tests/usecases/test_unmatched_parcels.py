"""A parcel of nobody (无主件) …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import Evidence, ReturnEvent, ReverseDelivery, UnmatchedParcel
from saleor_wechat_returns.secretbox import blind_index
from saleor_wechat_returns.usecases.erase_evidence import erase_due
from tests import evidence, make
from tests.graphql.test_cost import statements
from tests.parcels import FIND, GIVE_UP, LIST, MATCH, TAKE_IN, as_packer, taken_in
from tests.usecases import parcels, stages
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World

NUMBER = "YT8888000011112"
ABOUT = {"carrier": "圆通速递", "waybillNo": NUMBER, "note": "一件卫衣,无退货单"}


def photo(world: World) -> str:
    """Taken in the warehouse."""

    def ask(query: str, **variables: Any) -> Any:
        return as_packer(world.shop, query, **variables)

    ticket = evidence.ticket(world.shop, ask=ask)
    return evidence.send(world.shop, ticket, evidence.picture()).id


def match(shop: TestShop, parcel: dict[str, Any], request: dict[str, Any]) -> Any:
    return as_packer(shop, MATCH, id=parcel["id"], request=request["id"])


def listed(shop: TestShop, *, is_open: bool) -> list[str]:
    data = as_packer(shop, LIST, open=is_open).data["returnUnmatchedParcels"]
    return [edge["node"]["id"] for edge in data["edges"]]


def test_is_written_down_and_found_again(world: World) -> None:
    parcel = taken_in(world.shop, **ABOUT)

    assert parcel["waybillNo"] == NUMBER
    assert (parcel["suggestions"], parcel["returnRequestId"]) == ([], None)
    assert listed(world.shop, is_open=True) == [parcel["id"]]
    found = as_packer(world.shop, FIND, code=NUMBER.lower()).data["returnFind"]
    assert [it["id"] for it in found["unmatchedParcels"]] == [parcel["id"]]
    row = UnmatchedParcel.objects.get()
    assert (row.received_by, row.waybill_index) == (world.shop.packer.id, blind_index(NUMBER))
    assert NUMBER.encode() not in bytes(row.waybill_sealed)


def test_scanned_twice_is_one(world: World) -> None:
    first, second = taken_in(world.shop, **ABOUT), taken_in(world.shop, **ABOUT)

    assert first["id"] == second["id"]


def test_without_any_number_is_each_its_own(world: World) -> None:
    taken_in(world.shop, note="没有面单")
    taken_in(world.shop, note="没有面单")

    assert UnmatchedParcel.objects.count() == 2


def test_whose_number_one_return_waits_for_is_matched_at_once(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())

    parcel = taken_in(world.shop, waybillNo="sf1234567890123")

    assert (parcel["returnNumber"], parcel["endedAt"] is None) == (request["number"], False)
    received = make.read(world.shop, request)
    assert (received["status"], received["deliveries"][0]["status"]) == ("RECEIVED", "RECEIVED")


def test_is_one_of_several_of_its_return(world: World) -> None:
    """EC46: nobody guesses what was in it; what is here is said first."""
    order = world.shop.order()
    request = make.in_transit(world.shop, order, {0: 2})
    second = {"carrier": "圆通速递", "waybillNo": NUMBER}
    request = world.shop.as_li(make.SUBMIT, id=request["id"], input=second, key="k").request
    parcel = taken_in(world.shop, **ABOUT)
    assert (parcel["endedAt"], len(parcel["suggestions"])) == (None, 1)

    with nothing_changes(world):
        answer = match(world.shop, parcel, request)
    assert answer.refusals == [("RECEIVE_INSTEAD", "returnRequestId")]

    ids = [it["id"] for it in parcels.read(world.shop, request)["deliveries"]]
    one = [{"orderLineId": order.lines[0].id, "quantity": 1}]
    call = {"id": request["id"], "version": request["version"]}
    world.shop.as_clerk(make.RECEIVE, lines=one, parcels=ids[1:], **call).request  # noqa: B018
    assert match(world.shop, parcel, request).payload["errors"] == []
    assert [it["status"] for it in make.read(world.shop, request)["deliveries"]] == ["RECEIVED"]


def test_that_two_returns_wait_for_suggests_both(world: World) -> None:
    """EC42: they came in one box; whoever opens it receives each."""
    first = make.in_transit(world.shop, world.shop.order())
    second = make.in_transit(world.shop, world.shop.order())

    parcel = taken_in(world.shop, waybillNo="SF1234567890123")

    numbers = [it["number"] for it in parcel["suggestions"]]
    assert (numbers, parcel["endedAt"]) == ([second["number"], first["number"]], None)


def test_is_matched_by_hand_and_received(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    parcel = taken_in(world.shop, **ABOUT)

    matched = match(world.shop, parcel, request).payload["unmatchedParcel"]

    assert (matched["returnNumber"], matched["returnRequestId"]) == (
        request["number"],
        request["id"],
    )
    received = make.read(world.shop, request)
    assert received["status"] == "RECEIVED"
    assert received["deliveries"] == [
        {"carrier": "圆通速递", "waybillNo": NUMBER, "status": "RECEIVED"}
    ]
    event = ReturnEvent.objects.get(kind="receive")
    assert (event.actor, event.actor_id) == ("staff", world.shop.packer.id)
    assert listed(world.shop, is_open=True) == []
    assert listed(world.shop, is_open=False) == [parcel["id"]]


def test_may_be_the_second_of_a_return_that_is_here(world: World) -> None:
    request = make.received(world.shop, world.shop.order())
    parcel = taken_in(world.shop, **ABOUT)

    match(world.shop, parcel, request)

    received = make.read(world.shop, request)
    assert received["status"] == "RECEIVED"
    assert [it["status"] for it in received["deliveries"]] == ["RECEIVED", "RECEIVED"]
    assert received["events"][-1]["kind"] == "parcel_matched"


def test_was_given_up_and_comes_after_all(world: World) -> None:
    """EC43"""
    request = make.in_transit(world.shop, world.shop.order())
    ReverseDelivery.objects.update(status="lost")

    parcel = taken_in(world.shop, waybillNo="SF1234567890123")

    assert parcel["returnNumber"] == request["number"]
    received = make.read(world.shop, request)
    assert (received["status"], received["deliveries"][0]["status"]) == ("RECEIVED", "RECEIVED")


def test_of_several_parcels_leaves_it_to_staff_what_was_in_which(world: World) -> None:
    """EC43: the other is still under way."""
    request = make.in_transit(world.shop, world.shop.order())

    match(world.shop, taken_in(world.shop, **ABOUT), request)

    matched = make.read(world.shop, request)
    statuses = [it["status"] for it in matched["deliveries"]]
    assert (matched["status"], statuses) == ("IN_TRANSIT", ["SUBMITTED", "SUBMITTED"])
    assert matched["events"][-1]["kind"] == "parcel_matched"


def test_without_a_number_makes_no_delivery(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    match(world.shop, taken_in(world.shop, note="没有面单"), request)

    assert make.read(world.shop, request)["status"] == "RECEIVED"
    assert not ReverseDelivery.objects.exists()


@pytest.mark.parametrize("stage", ["REQUESTED", "REJECTED", "CANCELED", "CLOSED", "REFUNDING"])
def test_is_not_for_a_return_that_waits_for_none(world: World, stage: str) -> None:
    order = world.shop.order()
    request = stages.at(stage, world, order)
    parcel = taken_in(world.shop, **ABOUT)

    with nothing_changes(world):
        answer = match(world.shop, parcel, request)

    assert answer.refusals == [("PARCEL_NOT_EXPECTED", "returnRequestId")]


def test_is_given_up_with_a_word_why(world: World) -> None:
    parcel = taken_in(world.shop, **ABOUT)

    given_up = as_packer(world.shop, GIVE_UP, id=parcel["id"], note=" 已退回寄件人 ").payload

    assert given_up["unmatchedParcel"]["endedNote"] == "已退回寄件人"
    assert UnmatchedParcel.objects.get().ended_by == world.shop.packer.id


def test_ends_once(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    parcel = taken_in(world.shop, **ABOUT)
    as_packer(world.shop, GIVE_UP, id=parcel["id"], note="已退回寄件人")

    with nothing_changes(world):
        answer = match(world.shop, parcel, request)

    assert answer.refusals == [("PARCEL_MATCHED", "id")]


def test_may_come_again_under_the_same_number(world: World) -> None:
    first = taken_in(world.shop, **ABOUT)
    as_packer(world.shop, GIVE_UP, id=first["id"], note="已退回寄件人")

    assert taken_in(world.shop, **ABOUT)["id"] != first["id"]


def test_of_another_shop_is_not_there(world: World) -> None:
    parcel = taken_in(world.shop, **ABOUT)
    request = make.approved(world.other_shop, world.other_shop.order())

    answer = match(world.other_shop, parcel, request)

    assert answer.refusals == [("NOT_FOUND", "id")]


def test_keeps_its_photos_and_hands_them_to_its_return(world: World) -> None:
    taken = photo(world)
    parcel = taken_in(world.shop, **ABOUT, evidence=[{"id": taken}])
    world.clock.forward(days=3)
    assert erase_due(now=world.clock.now) == 0
    request = make.approved(world.shop, world.shop.order())

    match(world.shop, parcel, request)

    row = Evidence.objects.get()
    assert row.attached_at == world.clock.now
    assert [it["id"] for it in evidence.shown(world.shop, request)] == [taken]


def test_loses_its_photos_a_day_after_it_was_given_up(world: World) -> None:
    parcel = taken_in(world.shop, **ABOUT, evidence=[{"id": photo(world)}])
    world.clock.forward(days=3)
    as_packer(world.shop, GIVE_UP, id=parcel["id"], note="已退回寄件人")
    assert erase_due(now=world.clock.now) == 0

    world.clock.forward(days=1, seconds=1)

    assert erase_due(now=world.clock.now) == 1


def test_has_photos_that_are_of_nothing_else(world: World) -> None:
    taken = photo(world)
    taken_in(world.shop, **ABOUT, evidence=[{"id": taken}])

    with nothing_changes(world):
        answer = as_packer(
            world.shop, TAKE_IN, input={"note": "另一件", "evidence": [{"id": taken}]}
        )

    assert answer.refusals == [("EVIDENCE_ATTACHED", "input.evidence.id")]


BAD = {
    "nothing is said of it": ({}, ("REQUIRED", "input.note")),
    "a number that is none": ({"waybillNo": "运单号"}, ("MALFORMED", "input.waybillNo")),
    "a long carrier": ({"carrier": "x" * 65, "note": "x"}, ("TOO_LONG", "input.carrier")),
    "a long note": ({"note": "x" * 1001}, ("TOO_LONG", "input.note")),
    "no text": ({"note": "a\x00"}, ("MALFORMED", "input.note")),
}


@pytest.mark.parametrize(("about", "refusal"), BAD.values(), ids=BAD.keys())
def test_is_refused_where(world: World, about: Any, refusal: Any) -> None:
    with nothing_changes(world):
        answer = as_packer(world.shop, TAKE_IN, input=about)

    assert answer.refusals == [refusal]


def test_is_listed_at_a_price_that_does_not_grow(world: World) -> None:
    """With the returns that wait for each."""
    shop, counts = world.shop, []
    for number in ("SF1234567890123", "SF1234567890124", "SF1234567890125"):
        for _ in range(2):
            request = make.approved(shop, shop.order())
            named = {"carrier": "顺丰速运", "waybillNo": number}
            shop.as_li(make.SUBMIT, id=request["id"], input=named, key=make.key())
        parcel = taken_in(shop, waybillNo=number)
        counts.append(statements(lambda: listed(shop, is_open=True)))

    data = as_packer(shop, LIST, open=True).data["returnUnmatchedParcels"]["edges"]
    assert [len(edge["node"]["suggestions"]) for edge in data] == [2] * 3
    assert len(parcel["suggestions"]) == 2
    assert counts[1:] == counts[:1] * 2

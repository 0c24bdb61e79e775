"""Compensation for the way back (运费补偿) …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund
from tests import evidence, make
from tests.usecases.allowed import with_rules
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once
from tests.usecases.timers import strike
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, TestShop, World

COMPENSATE = f"""mutation($id: ID!, $version: Int!, $fen: Int!, $note: String = "圆通 12 元") {{
  returnFreightCompensate(id: $id, expectedVersion: $version, amountFen: $fen, note: $note) {{
    returnRequest {{ {make.FIELDS} freightAmount {{ fen }} }}
    errors {{ field code message en: message(languageCode: EN) most {{ fen }} }} }} }}"""
LABELS = "query($id: ID!) { returnRequest(id: $id) { freightAmount { fen } events { label } } }"
HOODIE_FEN, SHIPPING_FEN = 19900, 1200


def compensate(shop: TestShop, request: dict[str, Any], fen: int, **more: Any) -> Answer:
    return shop.as_clerk(COMPENSATE, id=request["id"], version=request["version"], fen=fen, **more)


def at_the_shops_cost(world: World, quantities: dict[int, int] | None = None) -> Any:
    """An order, and a return of it that the customer sent and the shop pays for."""
    order = world.shop.order()
    fault = evidence.of_fault(world.shop)
    return order, make.received(world.shop, order, quantities, **fault)


def inspect(shop: TestShop, order: Any, request: dict[str, Any], accepted: int = 1) -> Any:
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": accepted}]
    return shop.as_clerk(make.INSPECT, id=request["id"], version=request["version"], lines=lines)


def test_goes_back_with_the_refund(world: World) -> None:
    order, request = at_the_shops_cost(world)

    told = compensate(world.shop, request, 1200).request

    assert (told["freightAmount"]["fen"], told["promisedAmount"]["fen"]) == (1200, 22300)
    seen = world.shop.as_li(LABELS, id=request["id"]).data["returnRequest"]
    events, told_li = seen["events"], seen["freightAmount"]
    assert told_li == {"fen": 1200}
    assert events[-1]["label"] == "运费补偿 12.00 元:圆通 12 元"
    inspect(world.shop, order, told)
    world.run()
    assert_paid_once(world.shop, order, request, HOODIE_FEN + SHIPPING_FEN + 1200)


def test_is_promised_again_with_an_appeal(world: World) -> None:
    """EC48: all was refused at the inspection, wrongly: he gets what he was told before."""
    order, request = at_the_shops_cost(world)
    request = compensate(world.shop, request, 1200).request
    refused = inspect(world.shop, order, request, accepted=0).request

    appealed = make.appeal(world.shop, refused).request
    granted = make.resolve(world.shop, appealed, granted=True).request
    inspect(world.shop, order, granted)
    world.run()

    assert appealed["promisedAmount"]["fen"] == granted["promisedAmount"]["fen"] == 22300
    assert_paid_once(world.shop, order, request, HOODIE_FEN + SHIPPING_FEN + 1200)


def test_is_not_promised_again_where_others_took_the_money(world: World) -> None:
    order, request = at_the_shops_cost(world)
    request = compensate(world.shop, request, 1200).request
    refused = inspect(world.shop, order, request, accepted=0).request
    make.requested(world.shop, order, {0: 1, 1: 3})

    appealed = make.appeal(world.shop, refused).request

    assert appealed["promisedAmount"]["fen"] == HOODIE_FEN + SHIPPING_FEN


def test_can_be_changed_and_taken_back(world: World) -> None:
    _, request = at_the_shops_cost(world)
    request = compensate(world.shop, request, 1200).request

    request = compensate(world.shop, request, 800).request
    assert (request["freightAmount"]["fen"], request["promisedAmount"]["fen"]) == (800, 21900)

    request = compensate(world.shop, request, 0).request
    assert (request["freightAmount"]["fen"], request["promisedAmount"]["fen"]) == (0, 21100)


def test_is_not_more_than_the_rules_give(world: World) -> None:
    _, request = at_the_shops_cost(world)

    with nothing_changes(world):
        answer = compensate(world.shop, request, 2501)

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("FREIGHT_TOO_HIGH", "amountFen")
    assert error["most"] == {"fen": 2500}
    assert error["message"] == "超过店铺规定的运费补偿上限。最多 25.00 元。"
    assert error["en"].endswith("25.00 yuan at most.")


def test_is_not_more_than_was_paid(world: World) -> None:
    """All of the order comes back: nothing is left on its payment."""
    order = world.shop.order()
    fault = evidence.of_fault(world.shop)
    request = make.received(world.shop, order, {0: 2, 1: 3}, **fault)

    with nothing_changes(world):
        answer = compensate(world.shop, request, 100)

    assert answer.refusals == [("FREIGHT_NOT_ON_PAYMENT", "amountFen")]
    assert answer.payload["errors"][0]["most"] == {"fen": 0}


def test_of_all_that_is_left_pays_back_what_was_paid_and_not_a_fen_more(world: World) -> None:
    with_rules(world, most_freight_fen=100_000)
    order = world.shop.order()
    fault = evidence.of_fault(world.shop)
    request = make.received(world.shop, order, {0: 2, 1: 2}, **fault)
    most = compensate(world.shop, request, 100_000).payload["errors"][0]["most"]["fen"]
    assert most == 9990  # the shirt that stays

    told = compensate(world.shop, request, most).request
    lines = [{"orderLineId": order.lines[at].id, "acceptedQuantity": 2} for at in (0, 1)]
    world.shop.as_clerk(make.INSPECT, id=told["id"], version=told["version"], lines=lines)
    world.run()

    assert_paid_once(world.shop, order, request, 70970, pieces=4)
    assert order.transactions[0].charged == 0


def test_leaves_what_other_returns_were_promised(world: World) -> None:
    """Two hoodies and two shirts, and the shipping: one shirt is left, 99.90 of 709.70."""
    order = world.shop.order()
    shop, fault = world.shop, evidence.of_fault(world.shop)
    request = make.received(shop, order, {0: 2}, **fault)
    make.requested(shop, order, {1: 2})
    make.requested(shop, order, {1: 1}, kind="REFUND_ONLY")

    answer = compensate(shop, request, 100)

    assert answer.refusals == [("FREIGHT_NOT_ON_PAYMENT", "amountFen")]


def test_is_none_where_the_customer_pays(world: World) -> None:
    request = make.received(world.shop, world.shop.order())

    with nothing_changes(world):
        assert compensate(world.shop, request, 100).refusals == [("FREIGHT_NOT_OWED", "id")]


def test_is_none_where_nothing_was_sent_by_the_customer(world: World) -> None:
    fault = evidence.of_fault(world.shop)
    request = make.approved(world.shop, world.shop.order(), **fault)
    came = world.shop.as_clerk(make.RECEIVE, id=request["id"], version=request["version"]).request

    with nothing_changes(world):
        assert compensate(world.shop, came, 100).refusals == [("FREIGHT_NOT_OWED", "id")]


def test_is_in_what_the_customer_is_asked_to_agree_to(world: World) -> None:
    """EC48: one of two hoodies is refused, so it is an offer first."""
    order, request = at_the_shops_cost(world, {0: 2})
    request = compensate(world.shop, request, 1200).request

    inspect(world.shop, order, request)

    (offer,) = make.read_talk(world.shop, request)["offers"]
    assert offer["amount"]["fen"] == HOODIE_FEN + SHIPPING_FEN + 1200
    make.accept(world.shop, {"offers": [offer]})
    world.run()
    assert_money_moved_once(world.shop, order.transactions[0], offer["amount"]["fen"])


def offered(world: World) -> tuple[Any, dict[str, Any]]:
    """One of two hoodies is refused, and nobody thought of the freight: 199 and the shipping."""
    order, request = at_the_shops_cost(world, {0: 2})
    return order, inspect(world.shop, order, request).request


def offers(world: World, request: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Status, fen in all, and fen of the pieces; newest first."""
    found = make.read_talk(world.shop, request)["offers"]
    pieces = [sum(line["amount"]["fen"] for line in offer["lines"]) for offer in found]
    return [
        (offer["status"], offer["amount"]["fen"], fen)
        for offer, fen in zip(found, pieces, strict=True)
    ]


def test_thought_of_late_is_offered_on_top(world: World) -> None:
    """EC48: the same pieces, the same time, and more money; never less than was offered."""
    order, request = offered(world)
    before = make.read_talk(world.shop, request)["offers"][0]
    world.clock.forward(hours=5)

    told = compensate(world.shop, request, 1200).request

    assert (told["status"], told["freightAmount"]["fen"]) == ("INSPECTED", 1200)
    assert offers(world, request) == [("OPEN", 22300, 19900), ("WITHDRAWN", 21100, 19900)]
    after = make.read_talk(world.shop, request)["offers"][0]
    same = ("kind", "shippingAmount", "note", "expiresAt")
    assert [after[name] for name in same] == [before[name] for name in same]
    old = make.accept(world.shop, {"offers": [before]})
    assert old.refusals == [("OFFER_ENDED", "offerId")]
    make.agree(world.shop, request)
    world.run()
    assert_paid_once(world.shop, order, request, 22300, pieces=1)


def test_that_was_offered_is_only_raised(world: World) -> None:
    _, request = offered(world)
    request = compensate(world.shop, request, 800).request

    with nothing_changes(world):
        less = compensate(world.shop, request, 700)
        none = compensate(world.shop, request, 0)

    assert less.refusals == none.refusals == [("FREIGHT_BELOW_OFFER", "amountFen")]
    told = compensate(world.shop, request, 800).request  # a second tap
    assert [status for status, _, _ in offers(world, told)] == ["OPEN", "WITHDRAWN"]


@pytest.mark.parametrize("hours", [47.9, 48, 60])
def test_thought_of_at_the_last_moment_is_paid_by_the_clock(world: World, hours: float) -> None:
    """EC50: also where the offer is over already and the clock has not come by."""
    order, request = offered(world)
    world.clock.forward(hours=hours)

    assert compensate(world.shop, request, 1200).refusals == []
    assert offers(world, request)[0][:2] == ("OPEN", 22300)
    strike(world, hours=0.2)
    world.run()

    ended = [status for status, _, _ in offers(world, request)]
    assert ended == ["EXPIRED", "WITHDRAWN" if hours < 48 else "EXPIRED"]
    assert_paid_once(world.shop, order, request, 22300, pieces=1)


def test_thought_of_while_the_appeal_is_open_is_paid_with_what_stands(world: World) -> None:
    """EC48: granted, it is promised with all pieces; denied, it is paid with some."""
    order, request = offered(world)
    appealed = make.appeal(world.shop, compensate(world.shop, request, 800).request).request
    told = compensate(world.shop, appealed, 1200).request
    assert (told["status"], told["promisedAmount"]["fen"]) == ("APPEALED", 42200)
    assert compensate(world.shop, told, 0).refusals == [("FREIGHT_BELOW_OFFER", "amountFen")]

    denied = make.resolve(world.shop, told, granted=False).request
    world.run()

    assert_paid_once(world.shop, order, denied, 22300, pieces=1)


@pytest.mark.parametrize("attempt", range(2))
def test_added_while_the_customer_agrees_is_one_of_both(world: World, attempt: int) -> None:
    """EC51: he agreed to what he saw, or reads that there is more."""
    order, request = offered(world)
    seen = make.read_talk(world.shop, request)
    calls = [partial(make.accept, world.shop, seen), partial(compensate, world.shop, request, 1200)]

    answers = together(calls[attempt:] + calls[:attempt])

    agreed, added = answers[attempt:] + answers[:attempt]
    assert (agreed.refusals, added.refusals) in (
        ([], [("VERSION_CONFLICT", "expectedVersion")]),
        ([("OFFER_ENDED", "offerId")], []),
    )
    make.agree(world.shop, request)
    world.run()
    assert_paid_once(world.shop, order, request, 21100 if added.refusals else 22300, pieces=1)


def test_thought_of_late_is_not_more_than_was_paid(world: World) -> None:
    """All may still be owed, if the customer appeals."""
    order = world.shop.order()
    fault = evidence.of_fault(world.shop)
    request = make.received(world.shop, order, {0: 2, 1: 3}, **fault)
    lines = [
        {"orderLineId": order.lines[0].id, "acceptedQuantity": 1},
        {"orderLineId": order.lines[1].id, "acceptedQuantity": 3},
    ]
    call = {"id": request["id"], "version": request["version"], "lines": lines}
    request = world.shop.as_clerk(make.INSPECT, **call).request

    with nothing_changes(world):
        answer = compensate(world.shop, request, 100)

    assert answer.refusals == [("FREIGHT_NOT_ON_PAYMENT", "amountFen")]


def test_ends_with_the_return_that_is_refused(world: World) -> None:
    order, request = at_the_shops_cost(world)
    request = compensate(world.shop, request, 1200).request

    inspect(world.shop, order, request, accepted=0)

    refused = make.read(world.shop, request)
    assert (refused["status"], refused["refunds"]) == ("REJECTED", [])
    assert not Refund.objects.exists()


@pytest.mark.parametrize("stage", ["APPROVED", "REFUNDING"])
def test_is_for_what_was_sent_and_is_not_paid_yet(world: World, stage: str) -> None:
    order = world.shop.order()
    fault = evidence.of_fault(world.shop)
    request = make.approved(world.shop, order, **fault)
    if stage == "REFUNDING":
        request = make.inspected(world.shop, order, {1: 1}, **evidence.of_fault(world.shop))

    with nothing_changes(world):
        assert compensate(world.shop, request, 100).refusals == [("MOVE_NOT_ALLOWED", "id")]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"fen": -1}, ("MALFORMED", "amountFen")),
        ({"note": "x" * 301}, ("TOO_LONG", "note")),
        ({"version": 1}, ("VERSION_CONFLICT", "expectedVersion")),
    ],
)
def test_is_asked_for_as_it_should_be(world: World, change: Any, refusal: Any) -> None:
    _, request = at_the_shops_cost(world)
    fitting = {"id": request["id"], "version": request["version"], "fen": 100}

    with nothing_changes(world):
        answer = world.shop.as_clerk(COMPENSATE, **(fitting | change))

    assert answer.refusals == [refusal]

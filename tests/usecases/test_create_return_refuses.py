"""Input that cannot be a return: every reason is said at once, and nothing happens."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases.unchanged import nothing_changes
from tests.world import World

MOST_INT = 2**31 - 1


def line(order_line_id: str, quantity: int = 1) -> dict[str, Any]:
    return {"orderLineId": order_line_id, "quantity": quantity}


def refusals(world: World, order: Any, *, reads: int = 0, key: str = "k", **changes: Any) -> Any:
    with nothing_changes(world, reads=reads):
        answer = ask_escaped(world.shop, make.CREATE, input=make.wanted(order, **changes), key=key)
    assert answer.payload["returnRequest"] is None
    return answer.refusals


@pytest.mark.parametrize("quantity", [0, -1, -MOST_INT - 1])
def test_a_quantity_below_one(world: World, quantity: int) -> None:
    """EC4."""
    order = world.shop.order()

    refused = refusals(world, order, lines=[line(order.lines[0].id, quantity)])

    assert refused == [("QUANTITY_NOT_POSITIVE", "lines.quantity")]


@pytest.mark.parametrize("quantity", [3, MOST_INT])
def test_more_pieces_than_were_delivered(world: World, quantity: int) -> None:
    order = world.shop.order()

    refused = refusals(world, order, reads=1, lines=[line(order.lines[0].id, quantity)])

    assert refused == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]


@pytest.mark.parametrize("quantity", [MOST_INT + 1, -MOST_INT - 2, 10**400, 1.5, "1", True, None])
def test_what_is_no_whole_number(world: World, quantity: Any) -> None:
    """EC4."""
    order = world.shop.order()

    with nothing_changes(world):
        answer = world.shop.as_li(
            make.CREATE,
            input=make.wanted(order, lines=[line(order.lines[0].id, quantity)]),
            key="k",
        )

    assert answer.status == 200
    (error,) = answer.body["errors"]
    assert "input.lines[0].quantity" in error["message"]
    assert answer.body["data"] is None


def test_no_line(world: World) -> None:
    """EC5."""
    assert refusals(world, world.shop.order(), lines=[]) == [("LINES_EMPTY", "lines")]


def test_more_than_100_lines(world: World) -> None:
    lines = [line(f"line{position}") for position in range(101)]

    assert refusals(world, world.shop.order(), lines=lines) == [("TOO_MANY", "lines")]


def test_the_same_line_twice(world: World) -> None:
    """EC3."""
    order = world.shop.order()
    twice = order.lines[0].id
    lines = [line(twice), line(order.lines[1].id), line(twice)]

    with nothing_changes(world):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order, lines=lines), key="k")

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("LINE_REPEATED", "lines.orderLineId")
    assert error["lines"] == [twice]


@pytest.mark.parametrize("whose", ["another order", "the other shop", "nobody"])
def test_a_line_that_is_not_in_the_order(world: World, whose: str) -> None:
    """EC6."""
    order = world.shop.order()
    foreign = {
        "another order": world.shop.order().lines[0].id,
        "the other shop": world.other_shop.order().lines[0].id,
        "nobody": "T3JkZXJMaW5lOjA=",
    }[whose]

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(
            make.CREATE, input=make.wanted(order, lines=[line(foreign)]), key="k"
        )

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("LINE_NOT_IN_ORDER", "lines.orderLineId")
    assert error["lines"] == [foreign]


NO_IDS = {
    "empty": "",
    "space": "a b",
    "129 characters": "a" * 129,
    "100 KB": "a" * 100_000,
    "NUL": "a\x00b",
    "lone surrogate": "a\ud800",
    "emoji": "👕",
    "right to left": "\u202eabc",
    "line break": "a\nb",
}


@pytest.mark.parametrize("text", NO_IDS.values(), ids=NO_IDS.keys())
def test_what_is_no_line_id(world: World, text: str) -> None:
    refused = refusals(world, world.shop.order(), lines=[line(text)])

    assert refused == [("MALFORMED", "lines.orderLineId")]


NO_ORDER_IDS = NO_IDS | {
    "plain word": "nonsense",
    "no base64": "T3JkZXI6%%%",
    "a line's id": "T3JkZXJMaW5lOmE1NDM4YjY2LTE0YjItNGM3Mi05ZjYzLTIwZjYxYzI4ZTBmNg==",
    "no key": "T3JkZXI6",
    "neither uuid nor number": "T3JkZXI6YWJj",
    "not UTF-8": "T3JkZXI6//8=",
}


@pytest.mark.parametrize("text", NO_ORDER_IDS.values(), ids=NO_ORDER_IDS.keys())
def test_what_is_no_order_id(world: World, text: str) -> None:
    refused = refusals(world, world.shop.order(), orderId=text)

    assert refused == [("MALFORMED", "orderId")]


@pytest.mark.parametrize(
    ("note", "code"),
    [("长" * 1001, "TOO_LONG"), ("a\x00b", "MALFORMED"), ("a\ud800", "MALFORMED")],
    ids=["1001 characters", "NUL", "lone surrogate"],
)
def test_a_note_that_cannot_be_kept(world: World, note: str, code: str) -> None:
    assert refusals(world, world.shop.order(), note=note) == [(code, "note")]


@pytest.mark.parametrize(
    "reason", ["", "SIZE_DOES_NOT_FIT", "because", "a\x00", "\ud800", "x" * 10**5]
)
def test_an_unknown_reason(world: World, reason: str) -> None:
    assert refusals(world, world.shop.order(), reason=reason) == [("REASON_UNKNOWN", "reason")]


@pytest.mark.parametrize("kind", ["EXCHANGE", "return_and_refund", "", None, 1])
def test_an_unknown_kind(world: World, kind: Any) -> None:
    with nothing_changes(world):
        answer = world.shop.as_li(
            make.CREATE, input=make.wanted(world.shop.order(), kind=kind), key="k"
        )

    assert answer.status == 200
    (error,) = answer.body["errors"]
    assert "input.kind" in error["message"]
    assert answer.body["data"] is None


@pytest.mark.parametrize("key", ["", "k" * 65, "a\nb", "键", "\x00", "\ud800"])
def test_what_is_no_idempotency_key(world: World, key: str) -> None:
    assert refusals(world, world.shop.order(), key=key) == [("MALFORMED", "idempotencyKey")]


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "idempotencyKey": ({"key": ""}, ("MALFORMED", "idempotencyKey")),
    "reason": ({"reason": "because"}, ("REASON_UNKNOWN", "reason")),
    "note": ({"note": "长" * 1001}, ("TOO_LONG", "note")),
    "orderId": ({"orderId": "?"}, ("MALFORMED", "orderId")),
    "lines": ({"lines": []}, ("LINES_EMPTY", "lines")),
}


@pytest.mark.parametrize("fields", list(itertools.combinations(FAULTS, 2)), ids="+".join)
def test_two_faults_with_both_reasons(world: World, fields: tuple[str, str]) -> None:
    changes: dict[str, Any] = {}
    for field in fields:
        changes |= FAULTS[field][0]

    refused = refusals(world, world.shop.order(), **changes)

    assert refused == [FAULTS[field][1] for field in fields]


def test_everything_wrong_with_every_reason(world: World) -> None:
    order = world.shop.order()
    lines = [line("?\n"), line("a", 0), line("a", 1), line(order.lines[0].id, -1)]

    refused = refusals(
        world, order, key="", reason="because", note="长" * 1001, orderId="?", lines=lines
    )

    assert refused == [
        ("MALFORMED", "idempotencyKey"),
        ("REASON_UNKNOWN", "reason"),
        ("TOO_LONG", "note"),
        ("MALFORMED", "orderId"),
        ("LINE_REPEATED", "lines.orderLineId"),
        ("MALFORMED", "lines.orderLineId"),
        ("QUANTITY_NOT_POSITIVE", "lines.quantity"),
        ("QUANTITY_NOT_POSITIVE", "lines.quantity"),
    ]


def test_every_bad_line_with_its_own_reason(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order, {0: 1})
    lines = [line(order.lines[0].id, 2), line(order.lines[1].id, 4), line("T3JkZXJMaW5lOjA=")]

    refused = refusals(world, order, reads=1, lines=lines)

    assert refused == [
        ("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity"),
        ("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity"),
        ("LINE_NOT_IN_ORDER", "lines.orderLineId"),
    ]

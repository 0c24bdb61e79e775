"""Nonsense that Saleor itself has signed …"""

from __future__ import annotations

from typing import Any

import pytest

from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.saleor_posts import changed, post, refund_asked, without
from tests.world import World

NO_JSON = [b"", b"{", b"\xff", b"nonsense", b"[" * 100_000]
NO_OBJECT: list[Any] = [None, True, 1, "text", [], [{}]]
MISSING = [
    "issuedAt",
    "recipient",
    "recipient.id",
    "action",
    "action.amount",
    "action.currency",
    "grantedRefund",
    "grantedRefund.id",
    "grantedRefund.amount",
    "grantedRefund.amount.currency",
    "transaction",
    "transaction.id",
    "transaction.order",
]
NO_IDS: list[Any] = [None, 1, {}, [], "", "a b", "x" * 129, "\x00", "退款"]
NO_TIMES: list[Any] = [None, 0, {}, "", "yesterday", "2026-11-23T02:00:00", "9" * 1000]


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
@pytest.mark.parametrize("to", ["refund-requested", "order-updated"])
def test_is_refused_when_it_is_no_json(world: World, to: str, body: bytes) -> None:
    assert_refused(world, body, to=to)


@pytest.mark.parametrize("event", NO_OBJECT, ids=range(len(NO_OBJECT)))
@pytest.mark.parametrize("to", ["refund-requested", "order-updated"])
def test_is_refused_when_it_is_no_object(world: World, to: str, event: Any) -> None:
    assert_refused(world, event, to=to)


def test_is_refused_when_anything_is_missing(world: World) -> None:
    order, request, event = refund_asked(world.shop)

    for path in MISSING:
        assert_refused(world, without(event, path))

    world.run()
    assert_paid_once(world.shop, order, request, 19900)


@pytest.mark.parametrize("version", ["3.99", "4.0.0", "", None, {"major": 4}])
def test_is_none_when_a_newer_saleor_says_more_than_we_know(world: World, version: Any) -> None:
    """EC40: an event of a version yet to come, with things in it that nobody here has seen."""
    order, request, event = refund_asked(world.shop)
    more = {"version": version, "somethingNew": {"id": 1}}
    event["transaction"]["moreOfIt"] = [more]

    answer = post(world.shop, {**event, **more}, Saleor_Schema_Version=str(version))

    assert (answer.status_code, set(answer.json())) == (200, {"pspReference"})
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


@pytest.mark.parametrize("to", ["refund-requested", "order-updated"])
def test_is_refused_when_it_is_another_event(world: World, to: str) -> None:
    """EC40: what a subscription does not know, Saleor sends without its contents."""
    assert_refused(world, {"issuedAt": world.clock.now.isoformat()}, to=to)


def test_is_refused_when_a_part_is_no_object(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    for path in ("recipient", "action", "transaction", "grantedRefund.amount"):
        for value in NO_OBJECT:
            assert_refused(world, changed(event, path, value))


def test_is_refused_when_an_id_is_none(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    for path in ("recipient.id", "transaction.id", "grantedRefund.id"):
        for value in NO_IDS:
            assert_refused(world, changed(event, path, value))


def test_is_refused_when_the_time_is_none(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    for value in NO_TIMES:
        assert_refused(world, changed(event, "issuedAt", value))


def test_is_refused_when_the_order_is_none(world: World) -> None:
    for value in (None, "text", {}, {"id": None}, {"id": "\x00"}):
        event = {"issuedAt": world.clock.now.isoformat(), "order": value}
        assert_refused(world, event, to="order-updated")


def assert_refused(world: World, event: Any, *, to: str = "refund-requested") -> None:
    """No repeat could help, so no 5xx; and no traceback."""
    with nothing_changes(world):
        answer = post(world.shop, event, to=to)

    assert answer.status_code == 400
    assert answer.json()["result"] == "REFUND_FAILURE"
    repeat = "a repeat without its content"
    assert answer.json()["message"].startswith(
        f"Nothing was paid: {repeat if event == b'' else 'unreadable: no '}"
    )

"""The demo says that the money arrived once only where it did, and what it prints can be pasted."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import parse, validate

from saleor_wechat_returns.demo import (
    buying,
    disputing,
    fetching,
    invitation,
    pictures,
    returning,
)
from saleor_wechat_returns.demo.comparing import compare
from saleor_wechat_returns.graphql.schema import schema
from saleor_wechat_returns.sandbox.saleor.schema import schema_for
from tests import make
from tests.usecases import dashboard, payer
from tests.world import TestShop, World

Told = tuple[World, Any, dict[str, Any]]


@pytest.fixture
def told(world: World) -> Told:
    """The story, told to its end."""
    shop = world.shop
    order = _buy(shop)
    request = make.inspected(shop, order, returning.PIECES)
    world.run(minutes=30)
    seen = shop.as_clerk(returning.READ, id=request["id"]).data["returnRequest"]
    return world, order, seen


def _buy(shop: TestShop) -> Any:
    shop.saleor.world.allow_unpaid_orders = True
    checkout = payer.fill(shop, [buying.HOODIES, buying.SHIRTS])
    deposit = payer.begin(shop, checkout, str(buying.DEPOSIT))
    payer.pay(shop, deposit)
    payer.carry_on(shop, deposit)
    order = shop.saleor.shopper(shop.li).complete(checkout)
    balance = payer.begin(shop, order.id)
    payer.pay(shop, balance)
    payer.carry_on(shop, balance)
    dashboard.ship(shop, order, {0: 2, 1: 3})
    return order


def test_agrees_when_both_payments_gave_money_back_once(told: Told) -> None:
    world, order, request = told

    agrees = compare(world.wechat, order, request)

    assert agrees
    deposit, balance = order.transactions
    assert world.wechat.refunded_fen(deposit.psp_reference) == 8810
    assert world.wechat.refunded_fen(balance.psp_reference) == 50970


def test_objects_when_one_side_says_otherwise(told: Told) -> None:
    world, order, request = told
    deposit, balance = order.transactions
    paid = world.wechat.payments[deposit.psp_reference]
    lies: list[tuple[Any, str, Any]] = [
        (paid, "refunds", paid.refunds * 2),
        (paid.refunds[0], "success_at", None),
        (balance, "refunded", balance.refunded / 2),
        (balance, "refund_pending", balance.refunded),
        (order.granted_refunds[1], "status", "PENDING"),
        (order, "status", "FULFILLED"),
    ]

    for source, name, lie in lies:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(source, name, lie)
            assert not compare(world.wechat, order, request), name
    assert not compare(world.wechat, order, request | {"status": "REFUNDING"})
    assert compare(world.wechat, order, request)


@pytest.mark.parametrize(
    "document",
    [
        invitation.MINE,
        invitation.CREATE % ("order", "line"),
        invitation.APPROVE,
        invitation.PICKUP,
        invitation.GUEST % ("2", invitation.GUESTS_PHONE),
        invitation.LOG_IN % "code",
    ],
)
def test_prints_what_our_api_takes(document: str) -> None:
    assert validate(schema.graphql_schema, parse(document)) == []


def test_prints_what_saleor_takes() -> None:
    assert validate(schema_for("3.23"), parse(invitation.ORDER % "order")) == []


def test_sees_a_dispute_that_did_not_go_as_told() -> None:
    """Of a return that was made up: everything holds, or one thing of it does not."""
    paid = SimpleNamespace(refunded=Decimal("111.90"))
    order = SimpleNamespace(transactions=[paid], total=Decimal("111.90"))
    event = {"at": "2026-11-26T12:00:00+00:00", "label": "…(附凭证 2 件)", "en": "…"}
    told: dict[str, Any] = {
        "number": "R1",
        "status": "REFUNDED",
        "refunds": [{"amount": {"amount": "111.90"}}],
        "evidence": [{"status": "READY", "safety": "PASSED"}] * 3,
        "events": [event | {"kind": kind} for kind in disputing.EVENTS],
    }
    lies: list[dict[str, Any]] = [
        {"status": "REFUNDING"},
        {"refunds": [{"amount": {"amount": "30.00"}}]},
        {"evidence": [{"status": "READY", "safety": "UNCHECKED"}] * 3},
        {"events": told["events"][:-1]},
        {"events": told["events"][::-1]},
        {"events": [one | {"label": "…"} for one in told["events"]]},
    ]

    assert disputing.verdict(order, told)
    assert not any(disputing.verdict(order, told | lie) for lie in lies)


@pytest.mark.parametrize(
    "document",
    [
        getattr(disputing, name)
        for name in ("CHECKLIST", "CREATE", "ASK", "REPLY", "OFFER", "DECLINE", "REJECT", "READ")
    ]
    + [disputing.APPEAL, disputing.RESOLVE, pictures.TICKET],
)
def test_disputes_in_what_our_api_takes(document: str) -> None:
    assert validate(schema.graphql_schema, parse(document)) == []


def test_sees_a_parcel_whose_way_was_not_told() -> None:
    def seen(*statuses: str) -> dict[str, Any]:
        events = [{"status": status} for status in reversed(statuses)]
        return {"deliveries": [{"waybillNo": "JD1", "events": events}]}

    whole = fetching.WAY
    assert fetching.is_told_whole(seen("BOOKED", whole[0], *whole, "UNKNOWN"))
    assert not fetching.is_told_whole(seen(*whole[:-1]))
    assert not fetching.is_told_whole(seen(*whole[1:]))
    assert not fetching.is_told_whole(seen(*reversed(whole)))

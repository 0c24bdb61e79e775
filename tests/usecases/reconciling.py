"""A morning after: yesterday compared with the bills, and what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from saleor_wechat_returns import outbox
from saleor_wechat_returns.models import Difference, Reconciliation, WechatPayment
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.effects import EFFECTS, on_stuck
from saleor_wechat_returns.usecases.reconciliation import begin
from tests.usecases import dashboard, payer
from tests.world import MCHID, STARTS_AT, TestShop, World

DAY = STARTS_AT.date()  # ten in the morning, in Beijing


def bought(shop: TestShop, lines: list[LineSpec] | None = None) -> Any:
    """An order paid in the mini-program through this app, and shipped."""
    checkout = payer.fill(shop, lines)
    payment = payer.begin(shop, checkout)
    payer.pay(shop, payment)
    assert payer.carry_on(shop, payment).event_type == "CHARGE_SUCCESS"
    order = shop.saleor.shopper(shop.li).complete(checkout)
    dashboard.ship(shop, order, {0: order.lines[0].quantity})
    shop.world.quiet()
    return order


def number_of(order: Any) -> str:
    """The out_trade_no behind an order's one payment."""
    return WechatPayment.objects.get(transaction_id=order.transactions[0].id).out_trade_no


def next_morning(world: World) -> None:
    """Half past ten in Beijing, a day later; whatever is due at night is done."""
    world.run(minutes=5)
    world.clock.now = STARTS_AT + timedelta(days=1, minutes=30)


def compared(shop: TestShop, day: date = DAY, *, minutes: float = 10) -> Reconciliation:
    """The day, compared now."""
    run = begin(shop.row, MCHID, day, now=shop.world.clock())
    shop.world.run(minutes=minutes)
    run.refresh_from_db()
    assert run.status == "done"
    return run


def compared_only(shop: TestShop) -> Reconciliation:
    """The first step alone: the bills are compared, nobody was asked about what they show."""
    run = begin(shop.row, MCHID, DAY, now=shop.world.clock())
    assert outbox.drain(EFFECTS, on_stuck, most=1) == 1
    run.refresh_from_db()
    return run


def differences(run: Reconciliation) -> list[tuple[str, str, str]]:
    """Kind, number and state of each, oldest first."""
    rows = Difference.objects.filter(reconciliation=run).order_by("pk")
    return [(row.kind, row.number, row.state) for row in rows]


def amounts(run: Reconciliation) -> list[tuple[int | None, int | None]]:
    rows = Difference.objects.filter(reconciliation=run).order_by("pk")
    return [(row.ours_fen, row.theirs_fen) for row in rows]

"""The end of the story: what Saleor, WeChat Pay and the service say of the same money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..sandbox.wechat_pay import WechatPaySandbox
from . import voice
from .buying import DEPOSIT, HOODIES, SHIRTS
from .returning import PIECES, name_of

REFUNDS = "/v3/refund/domestic/refunds"


def compare(wechat: WechatPaySandbox, order: Any, request: dict[str, Any]) -> bool:
    """Print every check; True if all hold. `order`: as the simulated Saleor holds it."""
    owed = _owed(order)
    checks: dict[str, bool] = {}
    for transaction, owes in zip(order.transactions, owed, strict=True):
        checks |= _of_payment(wechat, order, transaction, owes)
    grants = order.granted_refunds
    requests = [call for call in wechat.calls if call.path == REFUNDS]
    granted = " and ".join(f"{grant.amount:.2f} {grant.status}" for grant in grants)
    given = sum(Decimal(refund["amount"]["amount"]) for refund in request["refunds"])
    checks |= {
        f"WeChat Pay: {len(wechat.refunds)} refunds, {len(requests)} requests for them": (
            len(wechat.refunds) == len(requests) == len(owed)
        ),
        f"Saleor: granted {granted}; order {order.status}": (
            [(grant.amount, grant.status) for grant in grants]
            == [(yuan, "SUCCESS") for yuan in reversed(owed)]
            and order.status == "PARTIALLY_RETURNED"
        ),
        f"returns app: {request['number']} {request['status']}, {given:.2f} yuan": (
            request["status"] == "REFUNDED" and given == sum(owed)
        ),
    }
    voice.verdict(checks)
    return all(checks.values())


def _owed(order: Any) -> tuple[Decimal, Decimal]:
    """What deposit and balance must give back: the newest money first."""
    prices = (Decimal(HOODIES.unit_price), Decimal(SHIRTS.unit_price))
    owed = sum((prices[at] * quantity for at, quantity in PIECES.items()), Decimal(0))
    balance = min(owed, order.total - DEPOSIT)
    return owed - balance, balance


def _of_payment(
    wechat: WechatPaySandbox, order: Any, transaction: Any, owes: Decimal
) -> dict[str, bool]:
    """Saleor's totals of one payment, and WeChat Pay's refunds of it."""
    _, english = name_of(order, transaction)
    payment = wechat.payments[transaction.psp_reference]
    paid = _yuan(payment.total_fen)
    arrived = [_yuan(refund.refund_fen) for refund in payment.refunds if refund.success_at]
    charged, refunded = transaction.charged, transaction.refunded
    pending = transaction.charge_pending + transaction.refund_pending
    back = " + ".join(f"{yuan:.2f}" for yuan in arrived) or "nothing"
    return {
        f"{english}  WeChat Pay: {paid:.2f} paid, {back} back   Saleor: {charged:.2f} charged,"
        f" {refunded:.2f} refunded, {pending:.2f} pending": (
            arrived == [owes]
            and len(payment.refunds) == 1
            and (charged, refunded, pending) == (paid - owes, owes, 0)
        )
    }


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100

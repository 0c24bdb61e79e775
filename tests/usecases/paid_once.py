"""The one thing that must always be true in the end: paid once, counted once, nothing left over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from saleor_wechat_returns.models import InspectedPieces, OutboxMessage, Refund
from tests import make
from tests.world import TestShop


def assert_paid_once(
    shop: TestShop, order: Any, request: dict[str, Any], fen: int, *, pieces: int = 1
) -> None:
    """One return of one order, refunded from its one payment, on both sides and in our rows."""
    (transaction,) = order.transactions
    assert_money_moved_once(shop, transaction, fen)
    (returned,) = [f for f in order.fulfillments if f.status == "RETURNED"]
    assert sum(line.quantity for line in returned.lines) == pieces
    assert [(g.status, g.amount) for g in order.granted_refunds] == [("SUCCESS", yuan(fen))]
    assert_settled(shop, request)


def assert_money_moved_once(shop: TestShop, transaction: Any, fen: int) -> None:
    """One refund of `fen` at WeChat Pay, and one in Saleor's totals."""
    wechat = shop.world.wechat
    paid = [r for r in wechat.refunds if r.transaction_id == transaction.psp_reference]
    assert [(refund.status, refund.refund_fen) for refund in paid] == [("SUCCESS", fen)]
    assert wechat.refunded_fen(transaction.psp_reference) == fen
    assert (transaction.refunded, transaction.refund_pending) == (yuan(fen), 0)
    successes = [e for e in transaction.events if e.type == "REFUND_SUCCESS"]
    assert [(e.psp_reference, e.amount) for e in successes] == [(paid[0].out_refund_no, yuan(fen))]


def assert_settled(shop: TestShop, request: dict[str, Any]) -> None:
    """Our own rows: refunded, counted, nothing left to do but to send refused pieces back."""
    done = make.read(shop, request)
    refused = InspectedPieces.objects.filter(
        line__request__number=request["number"], disposition="send_back", superseded_at=None
    )
    left = ["SEND_BACK_DUE"] if refused.exists() else []
    assert (done["status"], [task["kind"] for task in done["tasks"]]) == ("REFUNDED", left)
    for refund in Refund.objects.filter(request__number=request["number"]):
        assert (refund.status, refund.running, refund.failure) == ("succeeded", False, "")
        assert refund.counted_at is not None
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100

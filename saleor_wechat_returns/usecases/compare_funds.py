"""A day's fund-flow bill against its trade bill, and what was paid back outside WeChat Pay."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from ..domain.differences import DifferenceKind
from ..domain.lifecycle import RefundStatus
from ..models import Reconciliation, Refund, WechatMerchant
from ..models.ledger import PaymentOwner
from ..wechat.bill_rows import FundRow
from .differences import Found, note
from .own_side import bounds_of, chunks, numbers_of
from .shops import merchant_for

# What of an account's movements stands in the trade bill as well: payments and refunds.
TRADE = frozenset({"交易", "退款"})


def compare_funds(run: Reconciliation, rows: Iterable[FundRow], numbers: set[str]) -> None:
    """Did the account move as the trade bill says? One difference for all that did not.

    Presence only: a refund goes out less the fee that comes back. Fees, withdrawals and the like
    stand in no trade bill. Empties `numbers`.
    """
    more: list[str] = []
    for chunk in chunks(row for row in rows if row.business in TRADE):
        moved = {row.number for row in chunk}
        more += sorted(numbers_of(run, moved - numbers))
        numbers -= moved
    with transaction.atomic():
        for kind, left in (
            (DifferenceKind.FUNDS_LACK, sorted(numbers)),
            (DifferenceKind.FUNDS_HAVE_MORE, more),
        ):
            if left:
                detail = f"{len(left)}: " + ", ".join(left[:12])
                note(run, Found(kind, run.mchid, detail=detail))


def note_settled(run: Reconciliation) -> None:
    """What staff paid back by other means that day stands in no bill, and says so itself."""
    settled = Refund.objects.filter(
        shop=run.shop, status=RefundStatus.SETTLED, settled_at__range=bounds_of(run)
    )
    with transaction.atomic():
        beside = ("request", "order", "payment", "taken__merchant")
        for refund in settled.select_related(*beside).order_by("pk"):
            merchant = _merchant_of(refund)
            if merchant is None or merchant.mchid != run.mchid:
                continue
            payment = refund.payment
            is_ours = payment.owner == PaymentOwner.OURS if payment else refund.taken is not None
            note(
                run,
                Found(
                    DifferenceKind.SETTLED_BY_HAND,
                    refund.number,
                    refund.amount_fen,
                    0,
                    "" if is_ours else "Saleor's total stays as it is: the payment is not ours",
                    explanation=f"{refund.settled_reference} {refund.settled_note}".strip(),
                ),
            )


def _merchant_of(refund: Refund) -> WechatMerchant | None:
    if refund.taken is not None:
        return refund.taken.merchant
    return merchant_for(refund.shop, refund.of_order.channel)

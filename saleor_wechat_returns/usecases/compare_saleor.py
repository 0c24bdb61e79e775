"""Saleor's transactions of a day against what WeChat Pay paid and gave back.

Reads the transactions that the day touched, a few at a time, in the order of their ids. Refused:
repeated, staff see that the day is not done. Away, or answer lost: repeated; a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Collate

from ..domain.differences import DifferenceKind
from ..domain.lifecycle import RefundStatus
from ..models import Payment, Reconciliation, Refund
from ..models.refunds import WechatRefundStatus
from ..saleor.payloads import TransactionFacts, transaction_facts
from .differences import Found, note, rewrite
from .own_side import bounds_of, own_payments, own_refunds
from .shops import saleor_of

# A lease lasts five minutes, and a slow Saleor may take 15 s for each.
AT_ONCE = 10

# What bears a refund: a payment of its order, or one that no order came of.
BEARERS = ("payment", "taken")


@dataclass(frozen=True, slots=True)
class Expected:
    """What WeChat Pay's side of a transaction amounts to."""

    paid_fen: int
    refunded_by_then_fen: int  # until the end of the day
    refunded_fen: int  # until now, and what staff settled and Saleor was told


def compare_some(run: Reconciliation) -> bool:
    """The next transactions; whether there may be more."""
    saleor = saleor_of(run.shop)
    ids = _touched_after(run, run.cursor)
    for transaction_id in ids:
        there = transaction_facts(saleor.read("TransactionTotals", {"id": transaction_id}))
        with transaction.atomic():
            for found in _differences(transaction_id, _expected(run, transaction_id), there):
                note(run, found)
        rewrite(run, cursor=transaction_id)
    return len(ids) == AT_ONCE


def _touched_after(run: Reconciliation, cursor: str) -> list[str]:
    """Transactions paid or refunded that day, as WeChat Pay counts days or as we do."""
    payments, refunds = own_payments(run), own_refunds(run)
    day = bounds_of(run)
    found = {
        *_first(payments.filter(billed_on=run.day), "transaction_id", cursor),
        *_first(payments.filter(success_at__range=day), "transaction_id", cursor),
    }
    for field in (f"refund__{of}__transaction_id" for of in BEARERS):
        found |= {
            *_first(refunds.filter(billed_on=run.day), field, cursor),
            *_first(refunds.filter(success_at__range=day), field, cursor),
        }
    return sorted(found)[:AT_ONCE]


def _first(rows: QuerySet[Any], field: str, cursor: str) -> Iterable[str]:
    """The order of bytes, whatever the database's language."""
    found = rows.annotate(transaction=Collate(F(field), "C")).filter(transaction__gt=cursor)
    ids = found.order_by("transaction").values_list("transaction", flat=True).distinct()
    return list(ids[:AT_ONCE])


def _expected(run: Reconciliation, transaction_id: str) -> Expected:
    """Refunds of all attempts and origins: each is an attempt that WeChat Pay has paid."""
    paid = own_refunds(run).filter(
        Q(refund__payment__transaction_id=transaction_id)
        | Q(refund__taken__transaction_id=transaction_id)
    )
    _, ends = bounds_of(run)
    # Where Saleor knew of the money already, it was told nothing under a number of ours; and what
    # was settled with a refund made in the portal is among the paid ones.
    settled = Refund.objects.filter(
        Q(payment__transaction_id=transaction_id) | Q(taken__transaction_id=transaction_id),
        shop=run.shop,
        status=RefundStatus.SETTLED,
        saleor_requests__isnull=False,
        saleor_requests__ended_at=None,
    ).exclude(wechat_refunds__status=WechatRefundStatus.SUCCESS)
    return Expected(
        paid_fen=_paid(run, transaction_id),
        refunded_by_then_fen=_sum(paid.filter(success_at__lte=ends)),
        refunded_fen=_sum(paid) + _sum(settled),
    )


def _paid(run: Reconciliation, transaction_id: str) -> int:
    """Our own row knows; else what Saleor was told when we first read the order."""
    payment = own_payments(run).filter(transaction_id=transaction_id).first()
    if payment is not None:
        return payment.amount_fen
    read = Payment.objects.filter(shop=run.shop, transaction_id=transaction_id).first()
    return read.total_fen if read else 0


def _sum(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(total=Sum("amount_fen"))["total"] or 0)


def _differences(
    transaction_id: str, expected: Expected, there: TransactionFacts | None
) -> Iterator[Found]:
    if there is None:
        lacks, paid = DifferenceKind.SALEOR_LACKS_PAYMENT, expected.paid_fen
        yield Found(lacks, transaction_id, paid, 0, "Saleor shows no such transaction")
        return
    taken = there.charged_fen + there.refunded_fen + there.refund_pending_fen
    if taken < expected.paid_fen:
        lacks = DifferenceKind.SALEOR_LACKS_PAYMENT
        yield Found(lacks, transaction_id, expected.paid_fen, taken)
    if there.refunded_fen < expected.refunded_by_then_fen:
        lacks = DifferenceKind.SALEOR_LACKS_REFUND
        yield Found(lacks, transaction_id, expected.refunded_by_then_fen, there.refunded_fen)
    if there.refunded_fen > expected.refunded_fen:
        more = DifferenceKind.SALEOR_REFUNDED_MORE
        yield Found(more, transaction_id, expected.refunded_fen, there.refunded_fen)

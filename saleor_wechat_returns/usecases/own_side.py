"""Our side of a day's reconciliation: what this shop took and gave back through a merchant number.

A merchant number may serve several shops and other systems: a number of WeChat Pay's is this
shop's only if a row of ours says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from ..models import Payment, Reconciliation, WechatPayment, WechatRefund
from ..models.ledger import PaymentOwner
from ..models.payments import WechatPaymentStatus
from ..models.refunds import WechatRefundStatus
from ..wechat.bill_rows import BEIJING, TradeRow

CHUNK = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose row a number of WeChat Pay's is, and what is owed to it there."""

    shop_id: UUID
    amount_fen: int
    row: WechatPayment | None = None


def bounds_of(run: Reconciliation) -> tuple[datetime, datetime]:
    """First and last moment of the day, in Beijing."""
    begins = datetime.combine(run.day, datetime.min.time(), BEIJING)
    return begins, begins + timedelta(days=1) - timedelta(microseconds=1)


def own_payments(run: Reconciliation) -> QuerySet[WechatPayment]:
    rows = WechatPayment.objects.filter(shop=run.shop, merchant__mchid=run.mchid)
    return rows.filter(status=WechatPaymentStatus.PAID)


def own_refunds(run: Reconciliation) -> QuerySet[WechatRefund]:
    rows = WechatRefund.objects.filter(shop=run.shop, merchant__mchid=run.mchid)
    return rows.filter(status=WechatRefundStatus.SUCCESS)


def owners_of(rows: Iterable[TradeRow]) -> dict[str, Owner]:
    """By out_trade_no and WeChat Pay's number: of which shop each payment is."""
    numbers = {row.out_trade_no for row in rows}
    transactions = {row.transaction_id for row in rows}
    owners = {
        payment.psp_reference: Owner(payment.shop_id, payment.total_fen)
        for payment in Payment.objects.filter(
            owner=PaymentOwner.OURS, psp_reference__in=transactions
        )
    }
    by_transaction = WechatPayment.objects.filter(
        ~Q(wechat_transaction_id=""), wechat_transaction_id__in=transactions
    )
    # Two questions, since PostgreSQL finds either by an index, and both at once by none.
    for payment in (*by_transaction, *WechatPayment.objects.filter(out_trade_no__in=numbers)):
        owner = Owner(payment.shop_id, payment.amount_fen, payment)
        owners[payment.out_trade_no] = owner
        if payment.wechat_transaction_id:
            owners[payment.wechat_transaction_id] = owner
    return owners


def numbers_of(run: Reconciliation, numbers: set[str]) -> set[str]:
    """Which of WeChat Pay's numbers this shop knows, and no other day's bill has."""
    that_day = Q(billed_on=None) | Q(billed_on=run.day)
    payments = own_payments(run).filter(that_day, wechat_transaction_id__in=numbers)
    refunds = own_refunds(run).filter(that_day, wechat_refund_id__in=numbers)
    return {
        *payments.values_list("wechat_transaction_id", flat=True),
        *refunds.values_list("wechat_refund_id", flat=True),
    }


def chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows in lists that PostgreSQL is asked about at once."""
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk

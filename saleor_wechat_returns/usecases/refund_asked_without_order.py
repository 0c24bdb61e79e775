"""A refund that Saleor asks for of a checkout's payment, before any order came of it.

Staff ask for it through the API, or Saleor itself releases the funds of expired checkouts.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db.models import Sum

from ..domain.lifecycle import RefundStatus
from ..models import Refund, Shop, WechatPayment
from ..models.payments import WechatPaymentStatus
from ..models.refunds import RefundOrigin
from .locks import lock_refund
from .refund_answers import RefundRequested, accepted, no
from .refund_attempts import begin_attempts
from .refused_action import Answer

log = structlog.get_logger(__name__)


def lock_taken(shop: Shop, transaction_id: str) -> WechatPayment | None:
    """What this shop took for the transaction, locked."""
    rows = WechatPayment.objects.select_for_update(of=("self",)).select_related("merchant")
    paid = rows.filter(shop=shop, status=WechatPaymentStatus.PAID)
    return paid.filter(transaction_id=transaction_id).first()


def adopt_or_begin_without_order(
    taken: WechatPayment | None, asked: RefundRequested, *, now: datetime
) -> Answer:
    """Needs the payment's lock, and what `why_impossible` refuses refused.

    As for an order's payment: an attempt of that amount that Saleor has not counted answers again.
    """
    if taken is None or asked.amount_fen is None:
        return no("This payment is not known here: nothing was paid.")
    mine = taken.refunds.exclude(status=RefundStatus.FAILED)
    attempts = mine.filter(
        amount_fen=asked.amount_fen,
        counted_at=None,
        saleor_requests__isnull=False,
        saleor_requests__ended_at=None,
    )
    found = attempts.order_by("created_at", "id").first()
    if found is not None:
        refund = lock_refund(found.pk)
        return accepted(refund, refund.saleor_requests.get(ended_at=None).psp_reference, now)
    if taken.refunds.filter(running=True).exists():
        return no("Another refund of this payment is under way. Nothing was paid.")
    gone = mine.aggregate(total=Sum("amount_fen"))["total"] or 0
    if asked.amount_fen > taken.amount_fen - gone:
        return no("More than is left on this payment. Nothing was paid.")
    refund = Refund.objects.create(
        shop_id=taken.shop_id,
        origin=RefundOrigin.DASHBOARD,
        taken=taken,
        sequence=0,
        amount_fen=asked.amount_fen,
        status=RefundStatus.PLANNED,
        running=True,
        requested_at=now,
    )
    number = begin_attempts(refund, now=now)
    log.info("refund.begun_without_order", number=refund.number, amount_fen=refund.amount_fen)
    return {"pspReference": number}

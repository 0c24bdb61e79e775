"""Saleor asks us, who own the transaction, to refund (TRANSACTION_REFUND_REQUESTED).

Answered from rows alone, within Saleor's 18 seconds by far: the pspReference is written with
the answer, and WeChat Pay is called afterwards by a worker. The same body, and any other
delivery for the same open attempt, hear the same pspReference.
Source: Saleor 3.21-3.23 as measured, 2026-11: one pspReference per attempt; a body with
pspReference counts as accepted whatever its status; without one the request fails.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from .. import inbox, outbox
from ..domain.lifecycle import RefundStatus
from ..domain.money import Fen
from ..models import Refund, SaleorRefundRequest, Shop, WechatRefund
from ..models.refunds import WECHAT_ENDED, WechatRefundStatus
from ..models.staff import StaffTaskKind
from .locks import lock_refund
from .move import move_refund
from .refunds import PAY, REPORT, put, refund_in_trouble
from .shops import merchant_for

log = structlog.get_logger(__name__)

SOURCE = "saleor.refund_requested"
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """What we need of the webhook. `grant_id` is blank for a refund without a grant."""

    transaction_id: str
    grant_id: str
    amount_fen: Fen | None  # None: not a whole number of fen in CNY
    body_digest: str


def digest_of(body: bytes) -> str:
    """Saleor sends no delivery id: a repeat is the identical body."""
    return hashlib.sha256(body).hexdigest()


def answer_refund_request(shop: Shop, asked: RefundRequested, *, now: datetime) -> Answer:
    """What to tell Saleor, decided once and remembered.

    Takes the locks order → return → refund. Raises nothing of its own: what we cannot decide
    (database away) reaches the skin, which answers 5xx, and Saleor comes again.
    """
    said = inbox.answered(shop, SOURCE, asked.body_digest)
    if said is not None:
        return said
    found = Refund.objects.filter(
        shop=shop, grant_id=asked.grant_id, payment__transaction_id=asked.transaction_id
    ).first()
    if not asked.grant_id or found is None:
        return _no("This refund was not begun in the returns app: nothing was paid.")
    with transaction.atomic():
        refund = lock_refund(found.pk)
        # The twin delivery may have been answered while we waited for the lock.
        said = inbox.answered(shop, SOURCE, asked.body_digest)
        if said is not None:
            return said
        answer = _decide(refund, asked, now)
        inbox.remember_answer(shop, SOURCE, asked.body_digest, answer)
        return answer


def _decide(refund: Refund, asked: RefundRequested, now: datetime) -> Answer:
    if asked.amount_fen != refund.amount_fen or refund.amount_fen <= 0:
        log.error("refund.amount_differs", refund=str(refund.pk))
        return _no("The amount is not the amount of the return: nothing was paid.")
    open_request = refund.saleor_requests.filter(ended_at=None).first()
    if open_request is not None:
        return _accepted(refund, open_request.psp_reference, now)
    if not refund.running or refund.status not in {RefundStatus.PLANNED, RefundStatus.REQUESTED}:
        return _no("This refund is over: nothing more was paid.")
    return _begin(refund, now)


def _begin(refund: Refund, now: datetime) -> Answer:
    """Open both attempts, at Saleor and at WeChat Pay, with one number; then let a worker pay."""
    merchant = merchant_for(refund.shop, refund.order.channel)
    if merchant is None:
        refund_in_trouble(
            refund, StaffTaskKind.MERCHANT_MISSING, f"channel {refund.order.channel}", now=now
        )
        return _no("No WeChat Pay merchant is set up for this channel: nothing was paid.")
    attempt = refund.saleor_requests.count() + 1
    number = f"{refund.grant_reason}-{attempt}"
    SaleorRefundRequest.objects.create(
        shop_id=refund.shop_id, refund=refund, attempt=attempt, psp_reference=number
    )
    paying = WechatRefund.objects.create(
        shop_id=refund.shop_id,
        refund=refund,
        merchant=merchant,
        attempt=attempt,
        out_refund_no=number,
        wechat_transaction_id=refund.bearer.psp_reference,
        amount_fen=refund.amount_fen,
        total_fen=refund.bearer.total_fen,
        reason=f"退货退款 {refund.request.number}",
        status=WechatRefundStatus.OPEN,
    )
    move_refund(refund, RefundStatus.PAYING, now=now)
    outbox.put(PAY, paying.pk, shop=refund.shop, key=f"order:{refund.order_id}", due_at=now)
    log.info("refund.accepted", number=number, amount_fen=refund.amount_fen)
    return {"pspReference": number}


def _accepted(refund: Refund, psp_reference: str, now: datetime) -> Answer:
    """An open attempt answers again with its own number, and with its result once that is known.

    A known result makes Saleor count it at once: the way back after it lost our first answer.
    """
    live = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).exists()
    if refund.status == RefundStatus.SUCCEEDED:
        put(REPORT, refund, now=now)
        return {"pspReference": psp_reference, "result": "REFUND_SUCCESS"}
    if refund.status == RefundStatus.FAILED and not live:
        put(REPORT, refund, now=now)
        message = refund.failure[:512]
        return {"pspReference": psp_reference, "result": "REFUND_FAILURE", "message": message}
    return {"pspReference": psp_reference}


def _no(message: str) -> Answer:
    return {"result": "REFUND_FAILURE", "message": message}

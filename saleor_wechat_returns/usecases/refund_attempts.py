"""Opening an attempt: one row for Saleor, one for WeChat Pay, with one number; then a worker pays.

A new attempt is opened only when the former one has ended, on both sides.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from ..domain.lifecycle import RefundStatus
from ..models import Refund, SaleorRefundRequest, WechatRefund
from ..models.refunds import RefundOrigin, WechatRefundStatus
from ..models.staff import StaffTaskKind
from .move import move_refund
from .refunds import PAY, put_attempt, refund_in_trouble
from .shops import merchant_behind, taken_by

log = structlog.get_logger(__name__)


def begin_attempts(refund: Refund, *, now: datetime) -> str | None:
    """Let a worker pay; the number that both attempts bear. None: there is no merchant to pay.

    Needs the locks.
    """
    taken = refund.taken or taken_by(refund.shop, refund.bearer.transaction_id)
    merchant = taken.merchant if taken else merchant_behind(refund.bearer)
    if merchant is None:
        detail = f"channel {refund.of_order.channel}"
        refund_in_trouble(refund, StaffTaskKind.MERCHANT_MISSING, detail, now=now)
        return None
    number = open_psp(refund)
    paying = WechatRefund.objects.create(
        shop_id=refund.shop_id,
        refund=refund,
        merchant=merchant,
        attempt=refund.wechat_refunds.count() + 1,
        out_refund_no=number,
        wechat_transaction_id=taken.wechat_transaction_id if taken else refund.bearer.psp_reference,
        amount_fen=refund.amount_fen,
        total_fen=taken.amount_fen if taken else refund.bearer.total_fen,
        reason=_reason(refund),
        status=WechatRefundStatus.OPEN,
    )
    move_refund(refund, RefundStatus.PAYING, now=now)
    put_attempt(PAY, paying, due_at=now)
    log.info("refund.accepted", number=number, amount_fen=refund.amount_fen)
    return number


def open_psp(refund: Refund) -> str:
    """The pspReference under which Saleor knows this try; a new one if none is. Needs the locks."""
    found = refund.saleor_requests.filter(ended_at=None).first()
    return found.psp_reference if found else open_saleor_attempt(refund)


def open_saleor_attempt(refund: Refund) -> str:
    """A pspReference of its own for what is paid, or about to be. Needs the locks."""
    attempt = refund.saleor_requests.count() + 1
    number = f"{refund.number}-{attempt}"
    SaleorRefundRequest.objects.create(
        shop_id=refund.shop_id, refund=refund, attempt=attempt, psp_reference=number
    )
    return number


def renew_saleor_attempt(refund: Refund, psp_reference: str, *, now: datetime) -> str:
    """A fresh pspReference for one that Saleor stored as failed or reversed: it counts each once.

    Safe to repeat. Needs the locks.
    """
    ended = refund.saleor_requests.filter(psp_reference=psp_reference, ended_at=None)
    if ended.update(ended_at=now):
        return open_saleor_attempt(refund)
    return refund.saleor_requests.get(ended_at=None).psp_reference


def is_counted_elsewhere(refund: Refund) -> bool:
    """Staff settled it with a refund of the merchant portal, which its own row tells Saleor of."""
    reference = refund.settled_reference
    return bool(reference) and was_made_in_portal(refund, reference)


def was_made_in_portal(refund: Refund, out_refund_no: str) -> bool:
    """Do we know this number as a refund by hand of the same payment?"""
    return WechatRefund.objects.filter(
        refund__payment=refund.payment,
        refund__taken=refund.taken,
        refund__origin=RefundOrigin.CONSOLE,
        out_refund_no=out_refund_no,
    ).exists()


def _reason(refund: Refund) -> str:
    """What the payer reads in WeChat."""
    if refund.taken is not None:
        return f"未生成订单,退回付款 {refund.taken.out_trade_no}"
    if refund.request is None:
        return f"订单退款 {refund.of_order.number}"
    return f"退货退款 {refund.request.number}"

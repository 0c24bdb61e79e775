"""Staff say: go on with this refund now. What that means depends on where it stands.

Nothing is paid here: a step is queued, and each step proves first what already happened.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from .. import outbox
from ..domain.errors import ErrorCode, ProviderError, refuse
from ..domain.lifecycle import Move, RefundStatus
from ..models import Refund, ReturnRequest
from ..models.refunds import WECHAT_ENDED, WechatRefundStatus
from ..models.staff import StaffTaskKind
from .access import Viewer
from .ledger import lock_order
from .locks import find_own_refund, lock_refund, need_refund_version
from .move import move, move_refund
from .record_return import adopt_return
from .refunds import (
    NOT_YET_PAYING,
    PAY,
    QUERY,
    key_of,
    left_on,
    load_refund,
    next_step,
    put,
    read_order_of,
    split_off,
    start_next_refund,
    trouble_over,
)
from .staff_tasks import close_tasks

log = structlog.get_logger(__name__)


def retry_refund(
    staff: Viewer, refund_id: str, *, adopt: bool, expected_version: int, now: datetime
) -> Refund:
    """Let the refund go on, with what its payment bears now. Reads the order before the locks.

    `adopt`: staff have recorded the return of the pieces in Saleor themselves. Raises Refusal.
    """
    refund = find_own_refund(staff, refund_id)
    need_refund_version(refund, expected_version)
    try:
        read = read_order_of(load_refund(refund.pk))
    except ProviderError as trouble:
        log.warning("order.unreadable", shop=refund.shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    with transaction.atomic():
        lock_order(refund.shop, read)
        refund = lock_refund(refund.pk)
        need_refund_version(refund, expected_version)
        refund.version += 1
        refund.save(update_fields=["version"])
        request = refund.request
        if request is not None:
            move(request, Move.RETRY_REFUND, by=staff.by, now=now)
            if adopt:
                adopt_return(request, read.facts, now=now)
        _go_on(refund, now)
        return refund


def _go_on(refund: Refund, now: datetime) -> None:
    match RefundStatus(refund.status):
        case RefundStatus.SUCCEEDED | RefundStatus.SETTLED if refund.counted_at is not None:
            raise refuse(ErrorCode.REFUND_ALREADY_PAID, "refundId")
        case RefundStatus.SUCCEEDED | RefundStatus.SETTLED:
            start_or_put(refund, now)
        case RefundStatus.FAILED:
            _begin_again(refund, now)
        case RefundStatus.PLANNED | RefundStatus.REQUESTED:
            _resume(refund, now)
        case RefundStatus.PAYING | RefundStatus.WAITING_BALANCE | RefundStatus.ABNORMAL:
            _ask_wechat(refund, now)


def _begin_again(refund: Refund, now: datetime) -> None:
    if refund.running or refund.saleor_requests.filter(ended_at=None).exists():
        raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")  # its failure is being reported
    refund.requested_at = None
    move_refund(refund, RefundStatus.PLANNED, now=now)
    close_tasks(refund, StaffTaskKind.REFUND_REJECTED, StaffTaskKind.REFUND_REVERSED, now=now)
    _resume(refund, now)


def _resume(refund: Refund, now: datetime) -> None:
    """Take only what the payment still bears; the rest is owed on the others, or by staff."""
    if refund.status in NOT_YET_PAYING and refund.amount_fen:
        _fit_to_payment(refund, now)
    trouble_over(refund, now=now)
    close_tasks(refund, StaffTaskKind.PAYMENT_NOT_OURS, now=now)
    start_or_put(refund, now)


def _fit_to_payment(refund: Refund, now: datetime) -> None:
    request = refund.request
    if request is not None and refund.order.shipping_granted:
        _without_shipping(refund, request)
    left = refund.amount_fen
    if refund.payment is not None:
        left = min(left, left_on(refund.payment) + refund.amount_fen)
    if left <= 0:
        raise refuse(ErrorCode.NOTHING_LEFT_TO_REFUND, "refundId")
    if left < refund.amount_fen:
        split_off(refund, refund.amount_fen - left, now=now)
    refund.grant_outdated = refund.grant_id is not None
    refund.save(update_fields=["amount_fen", "grant_outdated"])


def _without_shipping(refund: Refund, request: ReturnRequest) -> None:
    """Somebody gave the shipping back in Saleor meanwhile: it is not owed twice."""
    if 0 < request.shipping_fen < refund.amount_fen and refund.sequence == 1:
        refund.amount_fen -= request.shipping_fen
        request.shipping_fen = 0
        request.save(update_fields=["shipping_fen"])


def start_or_put(refund: Refund, now: datetime) -> None:
    """Its step now if it runs; else it runs as soon as no other refund of the order does."""
    if refund.running:
        put(next_step(refund), refund, now=now)
    else:
        start_next_refund(refund.order, now=now)


def _ask_wechat(refund: Refund, now: datetime) -> None:
    attempt = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).get()
    topic = PAY if attempt.status == WechatRefundStatus.OPEN else QUERY
    subject: UUID = attempt.pk
    outbox.put(topic, subject, shop=refund.shop, key=key_of(refund), due_at=now)

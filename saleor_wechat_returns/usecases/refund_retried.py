"""Staff say: go on with this refund now. What that means depends on where it stands.

Nothing is paid here: a step is queued, and each step proves first what already happened.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Sum

from ..domain.errors import ErrorCode, ProviderError, refuse
from ..domain.lifecycle import Move, RefundStatus
from ..models import Refund, ReturnRequest, WechatPayment
from ..models.refunds import WECHAT_ENDED, WechatRefundStatus
from ..models.staff import StaffTaskKind
from .access import Viewer
from .ledger import Read, lock_order
from .locks import find_own_refund, lock_refund, need_refund_version
from .move import move, move_refund
from .record_return import adopt_return
from .refunds import (
    PAY,
    QUERY,
    close_own_tasks,
    left_on,
    load_refund,
    put_attempt,
    read_order_of,
    refund_succeeded,
    split_off,
    start_or_put,
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
    read = _read(refund)
    with transaction.atomic():
        if read is not None:
            lock_order(refund.shop, read)
        refund = lock_refund(refund.pk)
        need_refund_version(refund, expected_version)
        refund.version += 1
        refund.save(update_fields=["version"])
        request = refund.request
        if request is not None:
            move(request, Move.RETRY_REFUND, by=staff.by, now=now)
            if adopt and read is not None:
                adopt_return(request, read.facts, now=now)
        _go_on(refund, now)
        return refund


def _read(refund: Refund) -> Read | None:
    """The order as it is now; None: there is none, and its first step looks for itself."""
    if refund.taken_id is not None:
        return None
    try:
        return read_order_of(load_refund(refund.pk))
    except ProviderError as trouble:
        log.warning("order.unreadable", shop=refund.shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble


def _go_on(refund: Refund, now: datetime) -> None:
    match RefundStatus(refund.status):
        case RefundStatus.SUCCEEDED | RefundStatus.SETTLED if refund.counted_at is not None:
            raise refuse(ErrorCode.REFUND_ALREADY_PAID, "refundId")
        case RefundStatus.SUCCEEDED | RefundStatus.SETTLED:
            start_or_put(refund, now=now)
        case RefundStatus.FAILED:
            _take_up(refund, now)
        case RefundStatus.PLANNED | RefundStatus.REQUESTED:
            _resume(refund, now)
        case RefundStatus.PAYING | RefundStatus.WAITING_BALANCE | RefundStatus.ABNORMAL:
            _ask_wechat(refund, now)


def _take_up(refund: Refund, now: datetime) -> None:
    """Begin again only once WeChat Pay can no longer pay the former attempt."""
    if refund.running or refund.saleor_requests.filter(ended_at=None).exists():
        raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")  # its failure is being reported
    live = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).first()
    if live is None:
        _begin_again(refund, now)
    elif live.status == WechatRefundStatus.SUCCESS:
        refund_succeeded(refund, now=now)
        close_tasks(refund, StaffTaskKind.AMOUNT_DIFFERS, now=now)
        start_or_put(refund, now=now)
    else:
        _ask_wechat(refund, now)


def _begin_again(refund: Refund, now: datetime) -> None:
    refund.requested_at = None
    move_refund(refund, RefundStatus.PLANNED, now=now)
    if refund.taken is not None:
        _fit_to_taken(refund, refund.taken)
    ended = (StaffTaskKind.REFUND_REJECTED, StaffTaskKind.REFUND_REVERSED)
    close_own_tasks(refund, *ended, now=now)
    _resume(refund, now)


def _resume(refund: Refund, now: datetime) -> None:
    """Take only what the payment still bears; the rest is owed on the others, or by staff."""
    if refund.amount_fen and refund.taken_id is None and not refund.is_with_another_app:
        _fit_to_payment(refund, now)
    trouble_over(refund, now=now)
    close_own_tasks(refund, StaffTaskKind.PAYMENT_NOT_OURS, now=now)
    start_or_put(refund, now=now)


def _fit_to_payment(refund: Refund, now: datetime) -> None:
    request = refund.request
    if request is not None and refund.of_order.shipping_granted:
        _without_shipping(refund, request)
    # What no payment bears is for staff to settle.
    left = 0 if refund.payment is None else left_on(refund.payment) + refund.amount_fen
    left = min(left, refund.amount_fen)
    if left <= 0:
        raise refuse(ErrorCode.NOTHING_LEFT_TO_REFUND, "refundId")
    if left < refund.amount_fen:
        split_off(refund, refund.amount_fen - left, now=now)
    refund.grant_outdated = refund.grant_id is not None
    refund.save(update_fields=["amount_fen", "grant_outdated"])


def _fit_to_taken(refund: Refund, taken: WechatPayment) -> None:
    """What went back of it meanwhile, by hand or by Saleor's API, is not owed twice."""
    others = taken.refunds.exclude(pk=refund.pk).exclude(status=RefundStatus.FAILED)
    gone = others.aggregate(total=Sum("amount_fen"))["total"] or 0
    refund.amount_fen = min(refund.amount_fen, taken.amount_fen - gone)
    if refund.amount_fen <= 0:
        raise refuse(ErrorCode.NOTHING_LEFT_TO_REFUND, "refundId")
    refund.save(update_fields=["amount_fen"])


def _without_shipping(refund: Refund, request: ReturnRequest) -> None:
    """Somebody gave the shipping back in Saleor meanwhile: it is not owed twice."""
    if 0 < request.shipping_fen < refund.amount_fen and refund.sequence == 1:
        refund.amount_fen -= request.shipping_fen
        request.shipping_fen = 0
        request.save(update_fields=["shipping_fen"])


def _ask_wechat(refund: Refund, now: datetime) -> None:
    attempt = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).get()
    topic = PAY if attempt.status == WechatRefundStatus.OPEN else QUERY
    put_attempt(topic, attempt, due_at=now)

"""A refund that had succeeded and came back: the payer's bank refused it after all (退票).

Believed only when WeChat Pay says so on being asked: a notice from before the success looks alike.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction

from .. import clock
from ..domain.lifecycle import Move, RefundStatus
from ..models import WechatRefund
from ..models.refunds import WechatRefundStatus
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..wechat.pay import RefundState
from ..wechat.pay import RefundStatus as Said
from .locks import lock_refund
from .move import SYSTEM, move, move_refund
from .refunds import QUERY, put_attempt, refund_in_trouble, start_or_put
from .shops import wechat_pay_of

log = structlog.get_logger(__name__)


def check(wechat_refund_id: UUID) -> Later | None:
    """Effect: ask how a refund stands that was a success; if it is none any more, take it back.

    Refused or away: repeated, nothing has changed. Answer lost: asked again.
    """
    attempt = WechatRefund.objects.select_related("merchant").get(pk=wechat_refund_id)
    if attempt.status != WechatRefundStatus.SUCCESS:
        return None
    state = wechat_pay_of(attempt.merchant).query_refund(attempt.out_refund_no)
    if state is not None and state.status in {Said.CLOSED, Said.ABNORMAL}:
        _take_back(attempt, state)
    return None


def _take_back(attempt: WechatRefund, state: RefundState) -> None:
    """The payer has no money: Saleor is told, the return needs staff."""
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(attempt.refund_id)
        attempt = WechatRefund.objects.select_for_update().get(pk=attempt.pk)
        attempt.refund = refund
        if attempt.status != WechatRefundStatus.SUCCESS or refund.status != RefundStatus.SUCCEEDED:
            return
        is_over = state.status is Said.CLOSED
        attempt.status = WechatRefundStatus.CLOSED if is_over else WechatRefundStatus.ABNORMAL
        attempt.save(update_fields=["status"])
        if not is_over:  # staff may have it paid yet, in the merchant portal
            put_attempt(QUERY, attempt, due_at=now)
        refund.counted_at = None
        refund.save(update_fields=["counted_at"])
        move_refund(refund, RefundStatus.FAILED, now=now)
        if refund.request is not None and refund.request.status == "refunded":
            move(refund.request, Move.MONEY_REVERSED, by=SYSTEM, now=now)
        detail = f"WeChat Pay says {state.status} after it had succeeded: see the merchant portal"
        refund_in_trouble(refund, StaffTaskKind.REFUND_REVERSED, detail, now=now)
        start_or_put(refund, now=now)
    log.warning("refund.reversed", number=refund.number, amount_fen=refund.amount_fen)

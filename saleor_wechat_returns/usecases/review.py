"""Staff decide on a request: approve, reject or close."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ..domain.errors import ErrorCode, Refusal, refuse
from ..domain.lifecycle import Kind, Move, When
from ..models import ReturnRequest
from .access import Viewer
from .holds import accept, release
from .locks import lock_own_request
from .move import move
from .refunds import owe_refunds
from .shipping import decide_shipping
from .texts import fault_of_text

LONGEST_EXPLANATION = 1000


def approve(
    staff: Viewer,
    id: str,
    *,
    expected_version: int,
    now: datetime,
    refund_shipping: bool | None = None,
) -> ReturnRequest:
    """Agree to the return. Goods must now come back; money alone is refunded at once.

    `refund_shipping` says otherwise than the rule, where money is refunded at once. Takes the
    order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        move(request, Move.APPROVE, by=staff.by, now=now, when=_after_approval(request))
        if request.kind == Kind.REFUND_ONLY:
            for part in request.lines.order_by("line_id"):
                accept(part, part.quantity)
            decide_shipping(request, refund_shipping)
            owe_refunds(request, now=now)
        return request


def reject(
    staff: Viewer, id: str, *, explanation: str, expected_version: int, now: datetime
) -> ReturnRequest:
    """Say no, with words for the customer. The pieces are free again.

    Takes the order lock. Raises Refusal.
    """
    words = _words_of(explanation)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        request.explanation = words
        move(request, Move.REJECT, by=staff.by, now=now)
        release(request, now=now)
        return request


def close(
    staff: Viewer, id: str, *, explanation: str, expected_version: int, now: datetime
) -> ReturnRequest:
    """End a return of which nothing comes any more: never shipped, lost, or long rejected.

    Takes the order lock. Raises Refusal.
    """
    words = _words_of(explanation)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        request.explanation = words
        move(request, Move.CLOSE, by=staff.by, now=now)
        if request.holds_ended_at is None:
            release(request, now=now)
        return request


def _words_of(explanation: str) -> str:
    """The customer reads them, so they must be there. Raises Refusal."""
    words = explanation.strip()
    if not words:
        raise refuse(ErrorCode.REQUIRED, "explanation")
    if fault := fault_of_text(words, "explanation", longest=LONGEST_EXPLANATION):
        raise Refusal(fault)
    return words


def need_version(request: ReturnRequest, expected: int) -> None:
    """Staff decide on what they saw. Raises Refusal(VERSION_CONFLICT) if it changed."""
    if request.version != expected:
        raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion")


def _after_approval(request: ReturnRequest) -> When:
    if request.kind == Kind.REFUND_ONLY:
        return When.MONEY_ONLY
    return When.PARCEL_KNOWN if request.deliveries.exists() else When.GOODS_EXPECTED

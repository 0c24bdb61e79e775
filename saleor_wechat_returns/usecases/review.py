"""Staff decide on a request: approve, reject or close it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain.errors import ErrorCode, Refusal, refuse
from ..domain.evidence import EvidenceStatus
from ..domain.lifecycle import Kind, Move, When
from ..domain.rejections import RejectionCode
from ..domain.talk import OfferStatus, Safety
from ..models import ReturnRequest
from .access import Viewer, need_open_move
from .bookings import call_off
from .holds import accept, release
from .locks import lock_own_request
from .move import By, move
from .open_offers import end_offer
from .parcel_rows import sent_back
from .refunds import owe_refunds
from .return_address import choose_address
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
    address_id: str = "",
) -> ReturnRequest:
    """Agree to the return. Goods must now come back; money alone is refunded at once.

    `refund_shipping` says otherwise than the rule, where money is refunded at once; `address_id`,
    where goods come back. Takes the order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        approve_under_lock(
            request,
            by=staff.by,
            now=now,
            refund_shipping=refund_shipping,
            address_id=address_id,
        )
        return request


def approve_under_lock(
    request: ReturnRequest,
    *,
    by: By,
    now: datetime,
    refund_shipping: bool | None = None,
    address_id: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """`approve`, also for what the clock or a rule decides: `data` says which. Raises Refusal."""
    end_offer(request, OfferStatus.WITHDRAWN, now=now)
    when = after_approval(request)
    choose_address(request, when, address_id)
    move(request, Move.APPROVE, by=by, now=now, when=when, data=data)
    if request.kind == Kind.REFUND_ONLY:
        refund_at_once(request, refund_shipping, now=now)


def refund_at_once(request: ReturnRequest, refund_shipping: bool | None, *, now: datetime) -> None:
    """Nothing has to come back: every piece is accepted, and its money owed. Needs the locks."""
    for part in request.lines.order_by("line_id"):
        accept(part, part.quantity)
    decide_shipping(request, refund_shipping)
    owe_refunds(request, now=now)


def why_staff_must_look(request: ReturnRequest) -> str:
    """Why this cannot be approved by itself, in a word for the log; blank if it can."""
    if request.order.conflict:
        return "conflict"
    if request.legal_hold:
        return "dispute"
    shown = request.evidence.exclude(status=EvidenceStatus.ERASED)
    held = (Safety.RISKY, Safety.REVIEW)
    if request.note_safety in held or shown.filter(safety__in=held).exists():
        return "risky"
    return "unreadable" if shown.filter(status=EvidenceStatus.UNREADABLE).exists() else ""


def reject(
    staff: Viewer,
    id: str,
    *,
    code: RejectionCode,
    explanation: str,
    expected_version: int,
    now: datetime,
) -> ReturnRequest:
    """Say no, with a code and words for the customer. The pieces are free again.

    Takes the order lock. Raises Refusal.
    """
    words = words_for_customer(explanation, "explanation")
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        request.rejection_code, request.explanation = code, words
        move(request, Move.REJECT, by=staff.by, now=now, data=said(words, code))
        release(request, now=now)
        return request


def close(
    staff: Viewer, id: str, *, explanation: str, expected_version: int, now: datetime
) -> ReturnRequest:
    """End a return of which nothing comes any more: never shipped, lost, or long rejected.

    Takes the order lock. Raises Refusal: MOVE_NOT_ALLOWED also while the customer may appeal.
    """
    words = words_for_customer(explanation, "explanation")
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        need_open_move(staff, request, Move.CLOSE)
        request.explanation = words
        call_off(request, now=now)
        move(request, Move.CLOSE, by=staff.by, now=now, data=said(words))
        if request.holds_ended_at is None:
            release(request, now=now)
        return request


def said(words: str, code: RejectionCode | None = None) -> dict[str, Any]:
    """For the event's data: the return itself keeps only what was said last."""
    return {"code": code or "", "explanation": words}


def words_for_customer(text: str, field: str) -> str:
    """The customer reads them, so they must be there. Raises Refusal."""
    words = text.strip()
    if not words:
        raise refuse(ErrorCode.REQUIRED, field)
    if fault := fault_of_text(words, field, longest=LONGEST_EXPLANATION):
        raise Refusal(fault)
    return words


def need_version(request: ReturnRequest, expected: int) -> None:
    """Staff decide on what they saw. Raises Refusal(VERSION_CONFLICT) if it changed."""
    if request.version != expected:
        raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion")


def after_approval(request: ReturnRequest) -> When:
    """How a return goes on that is agreed to."""
    if request.kind == Kind.REFUND_ONLY:
        return When.MONEY_ONLY
    return When.PARCEL_KNOWN if sent_back(request) else When.GOODS_EXPECTED

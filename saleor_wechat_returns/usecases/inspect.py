"""Staff looked at every piece that came back.

Where the customer gets all that was promised, it is refunded at once. Less is an offer first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Move, When
from ..domain.rejections import RejectionCode
from ..models import InspectedPieces, ReturnLine, ReturnRequest
from .access import Viewer
from .attach_evidence import WantedEvidence, attach, told_of
from .holds import accept, paid_for, release
from .inspection_result import carry_out, new_offer, offer_result, refunded_of
from .locks import lock_own_request
from .move import move
from .review import need_version, said, words_for_customer
from .shipping import decide_shipping, is_lost_by
from .wanted_inspection import Inspected, rows_of


def inspect(
    staff: Viewer,
    id: str,
    *,
    lines: Sequence[Inspected],
    expected_version: int,
    now: datetime,
    refund_shipping: bool | None = None,
    code: RejectionCode | None = None,
    explanation: str = "",
    evidence: Sequence[WantedEvidence] = (),
) -> ReturnRequest:
    """Staff say what they found. Refunded pieces bring their money, the others are free again.

    `refund_shipping` says otherwise than the rule. `code` and `explanation` tell the customer why
    it is less than was promised, and must where it is. `evidence` shows what staff saw; both sides
    see it. Takes the order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        parts = list(request.lines.select_related("line").order_by("line_id"))
        found = rows_of(staff, request, parts, lines, now=now)
        refunded = refunded_of(found)
        refused = {part.line_id: part.quantity - refunded[part.pk] for part in parts}
        when = _when(request, parts, refunded, refused, refund_shipping)
        is_less = any(refunded[part.pk] < part.quantity for part in parts)
        if code is None and (is_less or when is not When.SOME_ACCEPTED):
            raise refuse(ErrorCode.REQUIRED, "rejectionCode")
        words = "" if code is None else words_for_customer(explanation, "explanation")
        if code is not None:
            request.rejection_code, request.explanation = code, words
        accepted = {part.line.order_line_id: refunded[part.pk] for part in parts}
        data: dict[str, Any] = {"accepted": accepted, **said(words, code)}
        data |= told_of(evidence)
        offer = new_offer(request)
        if when is When.LOWERED:
            data["offer"] = str(offer.pk)
        move(request, Move.INSPECT, by=staff.by, now=now, when=when, data=data)
        attach(staff, request, evidence, field="evidence", now=now)
        InspectedPieces.objects.bulk_create(found)
        if when is When.NONE_ACCEPTED:
            _refuse_all(request, parts, now)
            return request
        decide_shipping(request, refund_shipping, refused=refused)
        if when is When.LOWERED:
            offer_result(staff, request, found, offer=offer)
        else:
            carry_out(request, now=now)
        return request


def _when(
    request: ReturnRequest,
    parts: Sequence[ReturnLine],
    refunded: dict[UUID, int],
    refused: dict[UUID, int],
    refund_shipping: bool | None,
) -> When:
    """Pieces worth nothing lower nothing by themselves.

    Shipping that was promised does: where staff keep it, and where the rule does since, with
    refused pieces, not all of the order comes back.
    """
    if not any(refunded.values()):
        return When.NONE_ACCEPTED
    if refund_shipping is None:
        keeps_shipping = is_lost_by(request, refused)
    else:
        keeps_shipping = not refund_shipping and request.shipping_fen > 0
    is_lower = any(paid_for(part, refunded[part.pk]) < part.owed_fen for part in parts)
    return When.LOWERED if is_lower or keeps_shipping else When.SOME_ACCEPTED


def _refuse_all(request: ReturnRequest, parts: Sequence[ReturnLine], now: datetime) -> None:
    for part in parts:
        accept(part, 0)
    release(request, now=now)

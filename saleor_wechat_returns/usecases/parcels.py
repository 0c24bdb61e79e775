"""The goods that came back: staff receive and inspect them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import DeliveryStatus, Move, When
from ..domain.rejections import RejectionCode
from ..models import ReturnLine, ReturnRequest
from .access import Viewer
from .attach_evidence import WantedEvidence, attach
from .holds import accept, release
from .locks import lock_own_request
from .move import move, move_delivery
from .refunds import owe_refunds
from .review import need_version, words_for_customer
from .shipping import decide_shipping


@dataclass(frozen=True, slots=True)
class Inspected:
    """How many pieces of one order line staff accept; the rest is refused."""

    order_line_id: str
    accepted_quantity: int


def receive(staff: Viewer, id: str, *, expected_version: int, now: datetime) -> ReturnRequest:
    """The parcel is in the warehouse. Takes the order lock. Raises Refusal."""
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        move(request, Move.RECEIVE, by=staff.by, now=now)
        for delivery in request.deliveries.filter(status=DeliveryStatus.SUBMITTED):
            move_delivery(delivery, DeliveryStatus.RECEIVED, now=now)
        return request


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
    """Staff looked at every piece. Accepted ones are refunded, refused ones are free again.

    Every line of the return must be named once. `refund_shipping` says otherwise than the rule.
    `code` and `explanation` say why pieces were refused, and must where all are. `evidence` shows
    what staff saw; both sides see it.
    Takes the order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        parts = list(request.lines.select_related("line").order_by("line_id"))
        accepted = _accepted_of(parts, lines)
        when = When.SOME_ACCEPTED if any(accepted.values()) else When.NONE_ACCEPTED
        if code is None and when is When.NONE_ACCEPTED:
            raise refuse(ErrorCode.REQUIRED, "rejectionCode")
        if code is not None:
            request.rejection_code = code
            request.explanation = words_for_customer(explanation, "explanation")
        data: dict[str, Any] = {"accepted": accepted, "code": code or ""}
        if evidence:
            data["evidence"] = [want.id for want in evidence]
        move(request, Move.INSPECT, by=staff.by, now=now, when=when, data=data)
        attach(staff, request, evidence, field="evidence", now=now)
        for part in parts:
            accept(part, accepted[part.line.order_line_id])
        if when is When.SOME_ACCEPTED:
            decide_shipping(request, refund_shipping)
            owe_refunds(request, now=now)
        else:
            release(request, now=now)
        return request


def _accepted_of(parts: Sequence[ReturnLine], lines: Sequence[Inspected]) -> dict[str, int]:
    asked = {part.line.order_line_id: part.quantity for part in parts}
    named = [line.order_line_id for line in lines]
    if sorted(named) != sorted(asked):
        raise refuse(ErrorCode.INSPECTION_INCOMPLETE, "lines")
    faults = [
        Fault(code, "lines.acceptedQuantity", lines=(line.order_line_id,))
        for line in lines
        if (code := _code_of(line.accepted_quantity, asked[line.order_line_id]))
    ]
    if faults:
        raise Refusal(*faults)
    return {line.order_line_id: line.accepted_quantity for line in lines}


def _code_of(accepted: int, asked: int) -> ErrorCode | None:
    if accepted < 0:
        return ErrorCode.MALFORMED
    return ErrorCode.QUANTITY_EXCEEDS_RETURNABLE if accepted > asked else None

"""The no that a return stands under: who said it, when, and until when it can be appealed.

A rejection, or an inspection that gave less than was promised.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.lifecycle import Move, Status
from ..domain.talk import APPEAL_WINDOW
from ..models import ReturnAppeal, ReturnEvent, ReturnRequest

REJECTIONS = frozenset({Move.REJECT.value, Move.INSPECT.value})
APPEALABLE = frozenset({Status.REJECTED.value, Status.INSPECTED.value})


def rejection_of(request: ReturnRequest) -> ReturnEvent | None:
    """The latest event that rejected the return, or lowered its refund; None: nobody has."""
    rejections = (
        event
        for event in request.events.all()
        if event.kind in REJECTIONS and event.status in APPEALABLE
    )
    return max(rejections, key=lambda event: event.sequence, default=None)


def is_lowered(request: ReturnRequest) -> bool:
    """What it stands under is no rejection, but less money than was promised."""
    said_no = rejection_of(request)
    return said_no is not None and said_no.status == Status.INSPECTED


def appeal_of(request: ReturnRequest) -> ReturnAppeal | None:
    """The customer's latest appeal; None: he has made none."""
    return max(request.appeals.all(), key=lambda appeal: appeal.pk, default=None)


def is_appealed(said_no: ReturnEvent, request: ReturnRequest) -> bool:
    """The customer has appealed this very decision, which he may once."""
    return any(appeal.decision_id == said_no.pk for appeal in request.appeals.all())


def appeal_until(request: ReturnRequest) -> datetime | None:
    """Until when the no can be appealed; None where it cannot be at all."""
    said_no = rejection_of(request) if request.status in APPEALABLE else None
    if said_no is None or is_appealed(said_no, request):
        return None
    deadlines = (
        deadline.due_at
        for deadline in request.deadlines.all()
        if deadline.ended_at is None and deadline.status == request.status
    )
    return next(deadlines, said_no.at + APPEAL_WINDOW)


def is_said_no_to(request: ReturnRequest) -> bool:
    """Rejected, closed after it, or less was given than promised: who can help is told."""
    match request.status:
        case Status.REJECTED | Status.INSPECTED:
            return True
        case Status.CLOSED:
            return rejection_of(request) is not None
        case Status.CANCELED:  # he took his appeal back, and the no stands
            appeal = appeal_of(request)
            return appeal is not None and not appeal.is_granted
        case Status.REFUNDING | Status.REFUND_FAILED | Status.REFUNDED:
            is_less = any(part.refused_quantity for part in request.lines.all())
            return is_less or _inspected_as(request) == Status.INSPECTED
        case _:
            return False


def _inspected_as(request: ReturnRequest) -> str:
    """Where the latest inspection led; blank without one."""
    inspections = [event for event in request.events.all() if event.kind == Move.INSPECT]
    return max(inspections, key=lambda event: event.sequence).status if inspections else ""

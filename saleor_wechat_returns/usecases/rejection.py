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
    """The one appeal of the return, if the customer has made it."""
    appeal: ReturnAppeal | None = getattr(request, "appeal", None)
    return appeal


def appeal_until(request: ReturnRequest) -> datetime | None:
    """Until when the rejection can be appealed; None where it cannot be at all."""
    if request.status not in APPEALABLE or appeal_of(request) is not None:
        return None
    rejected = rejection_of(request)
    if rejected is None:
        return None
    deadlines = (
        deadline.due_at
        for deadline in request.deadlines.all()
        if deadline.ended_at is None and deadline.status == request.status
    )
    return next(deadlines, rejected.at + APPEAL_WINDOW)


def is_said_no_to(request: ReturnRequest) -> bool:
    """Rejected, closed after it, or some of its pieces were: the customer is told who can help."""
    match request.status:
        case Status.REJECTED | Status.INSPECTED:
            return True
        case Status.CLOSED:
            return rejection_of(request) is not None
        case Status.REFUNDING | Status.REFUND_FAILED | Status.REFUNDED:
            return any(part.refused_quantity for part in request.lines.all())
        case _:
            return False

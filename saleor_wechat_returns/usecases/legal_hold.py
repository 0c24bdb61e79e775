"""证据保全: staff expect a dispute, so nothing of the return is erased until they say otherwise."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ..domain.errors import ErrorCode, Refusal, refuse
from ..models import ReturnRequest
from .access import Viewer
from .locks import lock_own_request
from .move import note
from .review import need_version
from .texts import fault_of_text

HELD = "legal_hold_set"
RELEASED = "legal_hold_ended"
LONGEST_REASON = 500


def set_legal_hold(
    staff: Viewer,
    id: str,
    *,
    is_held: bool,
    reason: str,
    expected_version: int,
    now: datetime,
) -> ReturnRequest:
    """Hold a return, whatever its status, or end the hold; the reason stays in its history.

    Takes the order lock. Raises Refusal.
    """
    why = reason.strip()
    if not why:
        raise refuse(ErrorCode.REQUIRED, "reason")
    if fault := fault_of_text(why, "reason", longest=LONGEST_REASON):
        raise Refusal(fault)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        request.legal_hold = is_held
        note(request, HELD if is_held else RELEASED, by=staff.by, now=now, data={"reason": why})
        return request

"""Things only a person can decide: opened once, closed when settled."""

from __future__ import annotations

from datetime import datetime

import structlog

from ..models import ReturnRequest, StaffTask
from ..models.staff import StaffTaskKind

log = structlog.get_logger(__name__)


def open_task(request: ReturnRequest, kind: StaffTaskKind, detail: str = "") -> None:
    """Put a task on staff's list; one already open is left as it is."""
    _, is_new = StaffTask.objects.get_or_create(
        shop_id=request.shop_id,
        request=request,
        kind=kind,
        closed_at=None,
        defaults={"detail": detail[:500]},
    )
    if is_new:
        log.warning("staff_task.opened", kind=kind, number=request.number)


def close_tasks(request: ReturnRequest, *kinds: StaffTaskKind, now: datetime) -> None:
    """Take tasks of these kinds off the list, if there are any."""
    StaffTask.objects.filter(request=request, kind__in=kinds, closed_at=None).update(closed_at=now)

"""Things only a person can decide: opened once, closed when settled."""

from __future__ import annotations

from datetime import datetime

import structlog

from ..models import Refund, ReturnRequest, StaffTask
from ..models.staff import StaffTaskKind

log = structlog.get_logger(__name__)

# What a task is about; a refund of a return is the return's affair.
About = ReturnRequest | Refund


def open_task(about: About, kind: StaffTaskKind, detail: str = "") -> None:
    """Put a task on staff's list; one already open is left as it is."""
    _, is_new = StaffTask.objects.get_or_create(
        shop_id=about.shop_id,
        kind=kind,
        closed_at=None,
        **_subject(about),
        defaults={"detail": detail[:500]},
    )
    if is_new:
        log.warning("staff_task.opened", kind=kind, number=about.number)


def close_tasks(about: About, *kinds: StaffTaskKind, now: datetime) -> None:
    """Take tasks of these kinds off the list, if there are any."""
    found = StaffTask.objects.filter(kind__in=kinds, closed_at=None, **_subject(about))
    found.update(closed_at=now)


def _subject(about: About) -> dict[str, About]:
    if isinstance(about, Refund):
        return {"request": about.request} if about.request else {"refund": about}
    return {"request": about}

"""Things only a person can decide: opened once, closed when settled."""

from __future__ import annotations

from datetime import datetime

import structlog

from ..models import Refund, ReturnRequest, StaffTask, WechatPayment
from ..models.staff import StaffTaskKind

log = structlog.get_logger(__name__)

LONGEST_DETAIL = 500
# What a task is about; a refund of a return is the return's affair.
About = ReturnRequest | Refund | WechatPayment


def open_task(about: About, kind: StaffTaskKind, detail: str = "") -> None:
    """Put a task on staff's list; one already open is left as it is."""
    _, is_new = StaffTask.objects.get_or_create(
        shop_id=about.shop_id,
        kind=kind,
        closed_at=None,
        **_subject(about),
        defaults={"detail": detail[:LONGEST_DETAIL]},
    )
    if is_new:
        log.warning("staff_task.opened", kind=kind, number=str(about))


def add_to_task(about: About, kind: StaffTaskKind, detail: str) -> None:
    """Open the task, or say this on the open one as well, as far as there is room.

    In the caller's transaction.
    """
    there = StaffTask.objects.filter(kind=kind, closed_at=None, **_subject(about))
    task = there.select_for_update().first()
    if task is None:
        open_task(about, kind, detail)
        return
    said = f"{task.detail}; {detail}"
    task.detail = said if len(said) <= LONGEST_DETAIL else f"{said[: LONGEST_DETAIL - 1]}…"
    task.save(update_fields=["detail"])


def close_tasks(about: About, *kinds: StaffTaskKind, now: datetime, begins: str = "") -> None:
    """Take tasks of these kinds off the list, if there are any; `begins`: whose detail does so."""
    found = StaffTask.objects.filter(kind__in=kinds, closed_at=None, **_subject(about))
    found.filter(detail__startswith=begins).update(closed_at=now)


def has_task(about: About, kind: StaffTaskKind) -> bool:
    """Is such a task open?"""
    return StaffTask.objects.filter(kind=kind, closed_at=None, **_subject(about)).exists()


def was_settled(about: About, kind: StaffTaskKind) -> bool:
    """Did staff say of such a task that it is settled?"""
    tasks = StaffTask.objects.filter(kind=kind, **_subject(about))
    return tasks.exclude(closed_by="").exists()


def _subject(about: About) -> dict[str, About]:
    match about:
        case WechatPayment():
            return {"payment": about}
        case Refund(request=None):
            return {"refund": about}
        case Refund(request=ReturnRequest() as request):
            return {"request": request}
        case _:
            return {"request": about}

"""Things only a person can decide: opened once, closed when settled."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from ..domain.errors import ErrorCode, refuse
from ..models import Refund, ReturnRequest, StaffTask, WechatPayment
from ..models.staff import StaffTaskKind
from .access import Viewer

log = structlog.get_logger(__name__)

# What a task is about; a refund of a return is the return's affair.
About = ReturnRequest | Refund | WechatPayment
# What staff need only know of: nothing that happens later can close it.
NEWS = frozenset({StaffTaskKind.REFUNDED_WITHOUT_ORDER})


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
        log.warning("staff_task.opened", kind=kind, number=str(about))


def close_tasks(about: About, *kinds: StaffTaskKind, now: datetime) -> None:
    """Take tasks of these kinds off the list, if there are any."""
    found = StaffTask.objects.filter(kind__in=kinds, closed_at=None, **_subject(about))
    found.update(closed_at=now)


def acknowledge_task(staff: Viewer, text_id: str, *, now: datetime) -> StaffTask:
    """Staff have read what is over anyway. Safe to repeat.

    Raises Refusal: no such task of the shop, or one that is open until its trouble is mended.
    """
    try:
        task = StaffTask.objects.get(shop=staff.shop, pk=UUID(text_id))
    except (ValueError, StaffTask.DoesNotExist) as wrong:
        raise refuse(ErrorCode.NOT_FOUND, "taskId") from wrong
    if task.kind not in NEWS:
        raise refuse(ErrorCode.TASK_CLOSES_BY_ITSELF, "taskId")
    StaffTask.objects.filter(pk=task.pk, closed_at=None).update(closed_at=now)
    task.refresh_from_db()
    return task


def has_task(about: About, kind: StaffTaskKind) -> bool:
    """Is such a task open?"""
    return StaffTask.objects.filter(kind=kind, closed_at=None, **_subject(about)).exists()


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

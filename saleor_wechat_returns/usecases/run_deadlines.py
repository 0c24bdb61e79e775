"""The clock comes by: reminders before a deadline, and what was announced once it is over.

Each deadline is run in a transaction of its own, under the order lock, and looked at again there:
a person who acted a moment before has ended it. Any number of workers may run it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from ..domain.deadlines import ACTS, Level, Then
from ..domain.lifecycle import DeliveryStatus, Move, Status
from ..models import ReturnableOrder, ReturnDeadline, ReturnRequest
from ..models.staff import StaffTaskKind
from .bookings import call_off
from .deadlines import OVERDUE, begin_stay
from .holds import release
from .inspection_result import carry_out
from .locks import lock_order_row, lock_request
from .move import SYSTEM, move, note
from .open_offers import expire_offer
from .parcel_rows import sent_back
from .review import approve_under_lock, why_staff_must_look
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

MOST = 500
REMINDED = "deadline_reminded"
# Why an approval was nobody's: in the event's data, for its words.
BY_DEADLINE = "review_overdue"


def run_deadlines(*, now: datetime) -> int:
    """Run what is due, oldest first, at most `MOST`. Returns how many were run.

    What somebody works on at this moment, or what fails, is left for the next time.
    """
    waiting = ReturnDeadline.objects.filter(next_at__lte=now).order_by("next_at", "id")
    ran = 0
    for pk in list(waiting.values_list("pk", flat=True)[:MOST]):
        try:
            ran += _run(pk, now)
        except (InterfaceError, OperationalError):
            raise  # the database is away: all of them wait
        except Exception:
            # Nothing of it was written; the others are not held up by it.
            log.exception("deadline.failed", deadline=str(pk))
    return ran


def give_deadlines(*, now: datetime) -> int:
    """Set the deadline of every return that was made before there were any, from now on."""
    running = ReturnDeadline.objects.filter(request=OuterRef("pk"), ended_at=None)
    lacking = ReturnRequest.objects.filter(~Exists(running), status__in=ACTS)
    given = 0
    for pk, order_pk in list(lacking.order_by("pk").values_list("pk", "order_id")[:MOST]):
        with transaction.atomic():
            lock_order_row(order_pk)
            request = lock_request(pk)
            if not ReturnDeadline.objects.filter(request=request, ended_at=None).exists():
                begin_stay(request, now=now)
                given += 1
    return given


def _run(pk: UUID, now: datetime) -> bool:
    request_pk, order_pk = ReturnDeadline.objects.values_list(
        "request_id", "request__order_id"
    ).get(pk=pk)
    with transaction.atomic():
        free = ReturnableOrder.objects.select_for_update(skip_locked=True)
        if not free.filter(pk=order_pk).exists():
            return False
        request = lock_request(request_pk)
        deadline = ReturnDeadline.objects.get(pk=pk)
        if deadline.next_at is None or deadline.next_at > now:
            return False
        _look(request, deadline, now)
    return True


def _look(request: ReturnRequest, deadline: ReturnDeadline, now: datetime) -> None:
    level = deadline.times.level(now)
    if level is Level.IN_TIME:
        _remind(request, deadline, now)
    elif now >= deadline.due_at and _act(request, deadline, now):
        log.info("deadline.ran", number=request.number, then=deadline.then)
        return
    else:
        _tell_staff(request, deadline, level, now)
    deadline.level = level
    deadline.next_at = deadline.times.next_look(now, reminded=True)
    deadline.save(update_fields=["level", "next_at", "reminded_at"])


def _remind(request: ReturnRequest, deadline: ReturnDeadline, now: datetime) -> None:
    deadline.reminded_at = now
    note(request, REMINDED, now=now, data={"due_at": deadline.due_at.isoformat()})


def _act(request: ReturnRequest, deadline: ReturnDeadline, now: datetime) -> bool:
    """Do what was announced. False: staff must look instead."""
    match Then(deadline.then):
        case Then.TELL_STAFF:
            return False
        case Then.APPROVE:
            if why_staff_must_look(request):
                return False
            approve_under_lock(request, by=SYSTEM, now=now, data={"by": BY_DEADLINE})
        case Then.BACK_TO_STAFF:
            expire_offer(request, now=now)
            move(request, Move.EXPIRE, by=SYSTEM, now=now)
        case Then.CANCEL:
            if sent_back(request):
                return False
            call_off(request, now=now)
            move(request, Move.EXPIRE, by=SYSTEM, now=now)
            release(request, now=now)
        case Then.CLOSE:
            if any(it.status == DeliveryStatus.SUBMITTED for it in sent_back(request)):
                return False  # goods are on their way to a shop that said no
            move(request, Move.EXPIRE, by=SYSTEM, now=now)
        case Then.REFUND:
            expire_offer(request, now=now)
            move(request, Move.EXPIRE, by=SYSTEM, now=now)
            carry_out(request, now=now)
    return True


def _tell_staff(
    request: ReturnRequest, deadline: ReturnDeadline, level: Level, now: datetime
) -> None:
    """One task of the deadline at a time: the gravest."""
    kind = _task_of(Status(deadline.status), level)
    close_tasks(request, *(other for other in OVERDUE if other is not kind), now=now)
    open_task(request, kind, f"due {deadline.due_at:%Y-%m-%d %H:%M} UTC")


def _task_of(status: Status, level: Level) -> StaffTaskKind:
    if level is Level.RED:
        return StaffTaskKind.REFUND_DELAYED
    if level is Level.ALARM:
        return StaffTaskKind.REFUND_DUE_BY_LAW
    return {
        Status.REQUESTED: StaffTaskKind.REVIEW_OVERDUE,
        Status.AWAITING_PICKUP: StaffTaskKind.PICKUP_UNCERTAIN,
        Status.RECEIVED: StaffTaskKind.INSPECTION_OVERDUE,
        Status.APPEALED: StaffTaskKind.APPEAL_OVERDUE,
    }.get(status, StaffTaskKind.PARCEL_OVERDUE)

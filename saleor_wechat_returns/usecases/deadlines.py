"""The deadline of a return: begun and ended with each stay, in the transaction of the move.

The clock runs it (run_deadlines.py), people put it off (extend_deadline.py). Callers hold the order
lock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from ..domain.deadlines import ACTS, Level, Times, span, stay_of, times_of
from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Kind, Move, Status
from ..domain.talk import OfferStatus
from ..models import ReturnDeadline, ReturnOffer, ReturnRequest
from ..models.staff import StaffTaskKind
from .parcel_rows import sent_back
from .policies import rules_of
from .staff_tasks import close_tasks

# Moves that begin a stay anew where the return already is: whoever must act has something new.
RENEWING = frozenset({Move.MAKE_OFFER, Move.BOOK_PICKUP})
# What comes back is with the shop, and its money owed: the law's days run.
GOODS_ARE_HERE = frozenset({Status.RECEIVED, Status.INSPECTED, Status.APPEALED})
AGREE_AT_LEAST_HOURS = 24
# Tasks that tell of a deadline, and are over with it.
OVERDUE = (
    StaffTaskKind.REVIEW_OVERDUE,
    StaffTaskKind.PARCEL_OVERDUE,
    StaffTaskKind.PICKUP_UNCERTAIN,
    StaffTaskKind.INSPECTION_OVERDUE,
    StaffTaskKind.REFUND_DUE_BY_LAW,
    StaffTaskKind.REFUND_DELAYED,
    StaffTaskKind.APPEAL_OVERDUE,
)


def begin_stay(request: ReturnRequest, *, left: str | None = None, now: datetime) -> None:
    """End the deadline of the status that was left, and set the one of this, if it has any."""
    if left in ACTS:
        _end_stay(request, now=now)
    if request.status not in ACTS:
        return
    has_parcel = request.status == Status.APPROVED and bool(sent_back(request))
    rules, status = rules_of(request).deadlines, Status(request.status)
    stay = stay_of(rules, status, Kind(request.kind), has_parcel=has_parcel)
    if stay is None:
        return
    times = times_of(stay, since=now, scale=settings.CLOCK_SCALE)
    if status is Status.AWAITING_CUSTOMER:
        times = _as_long_as_the_offer(request, times, now)
    if status is Status.INSPECTED or left in (Status.INSPECTED, Status.APPEALED):
        times = _since_the_goods_came(request, times, now)
    is_late = times.level(now) is not Level.IN_TIME
    ReturnDeadline.objects.create(
        created_at=now,
        shop_id=request.shop_id,
        request=request,
        status=request.status,
        then=stay.then,
        due_at=times.due_at,
        remind_at=times.remind_at,
        alarm_at=times.alarm_at,
        red_at=times.red_at,
        next_at=now if is_late else times.next_look(now, reminded=False),
        extension_hours=stay.extension_hours,
    )


def open_deadline(request: ReturnRequest) -> ReturnDeadline | None:
    """What runs now, read anew."""
    return ReturnDeadline.objects.filter(request=request, ended_at=None).first()


def need_before_deadline(request: ReturnRequest, now: datetime) -> None:
    """Raises Refusal(DEADLINE_OVER) when the time is over, also if the clock has not come by."""
    deadline = open_deadline(request)
    if deadline is not None and now >= deadline.due_at:
        raise refuse(ErrorCode.DEADLINE_OVER, "id")


def hours_from(now: datetime, hours: int) -> datetime:
    """A moment so many of the shop's hours ahead: fewer real ones where it tries things out."""
    return now + span(hours, scale=settings.CLOCK_SCALE)


def put_off(deadline: ReturnDeadline, by: timedelta, *, now: datetime) -> None:
    """Move the deadline and its reminder, which is then told again; not saved yet."""
    later = deadline.times.later(by)
    deadline.due_at, deadline.remind_at = later.due_at, later.remind_at
    deadline.reminded_at = None
    deadline.level = later.level(now)
    deadline.next_at = later.next_look(now, reminded=False)


def _as_long_as_the_offer(request: ReturnRequest, times: Times, now: datetime) -> Times:
    """Staff said until when an offer stands; the customer has one deadline, and it is that."""
    offers = ReturnOffer.objects.filter(request=request, status=OfferStatus.OPEN)
    until = offers.values_list("expires_at", flat=True).first()
    if until is None:
        return times
    moved = times.later(until - times.due_at)
    is_in_time = moved.remind_at is not None and moved.remind_at > now
    return moved if is_in_time else replace(moved, remind_at=None)


def _since_the_goods_came(request: ReturnRequest, times: Times, now: datetime) -> Times:
    """The law's days count from then, whatever has been said of the goods since.

    Who is asked to agree to less has no longer than they, but a day in any case.
    """
    status = Status(request.status)
    came = request.events.filter(kind=Move.RECEIVE).order_by("sequence").first()
    if came is None or status not in GOODS_ARE_HERE:
        return times
    rules = rules_of(request).deadlines
    alarm_at = hours_from(came.at, rules.inspection_alarm_hours)
    red_at = hours_from(came.at, rules.inspection_red_hours)
    times = replace(times, alarm_at=alarm_at, red_at=red_at)
    if status is not Status.INSPECTED or times.due_at <= alarm_at:
        return times
    due_at = min(times.due_at, max(alarm_at, hours_from(now, AGREE_AT_LEAST_HOURS)))
    is_in_time = times.remind_at is not None and times.remind_at < due_at
    return replace(times, due_at=due_at, remind_at=times.remind_at if is_in_time else None)


def _end_stay(request: ReturnRequest, *, now: datetime) -> None:
    running = ReturnDeadline.objects.filter(request=request, ended_at=None)
    if running.update(ended_at=now, next_at=None):
        # What a courier said of the goods has been weighed, too.
        close_tasks(request, *OVERDUE, StaffTaskKind.OUTBOUND_TROUBLE, now=now)

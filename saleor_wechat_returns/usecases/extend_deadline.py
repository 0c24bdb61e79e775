"""More time: once by staff or the customer, with a reason; for holidays by the operator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from ..domain.deadlines import span
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import Move, Status
from ..domain.talk import OfferStatus
from ..models import ReturnDeadline, ReturnOffer, ReturnRequest, Shop
from .access import Viewer, need_open_move
from .deadlines import need_before_deadline, open_deadline, put_off
from .idempotency import fault_of_key, once
from .locks import lock_order_row, lock_own_request, lock_request
from .move import move, note
from .review import need_version
from .talk import write
from .texts import fault_of_text

LONGEST_REASON = 500
MOVED = "deadline_moved"


@dataclass(frozen=True, slots=True)
class Extension:
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Longer:
    """How far the operator moves deadlines: by whole days, or to the end of one."""

    days: int = 0
    until: date | None = None


def extend_as_staff(
    staff: Viewer, wanted: Extension, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Give the customer more time, once for each deadline. Takes the order lock.

    Raises Refusal.
    """
    _check(wanted)
    with transaction.atomic():
        request = lock_own_request(staff, wanted.request_id)
        need_version(request, expected_version)
        _extend(staff, request, wanted.reason, now)
        return request


def extend_as_customer(
    customer: Viewer, wanted: Extension, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """Take more time for what is the customer's to do, once for each deadline.

    Takes the order lock. Raises Refusal.
    """
    _check(wanted, idempotency_key)
    return once(
        customer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(customer, wanted.request_id),
        change=lambda request: _extend(customer, request, wanted.reason, now),
    )


def move_deadlines(
    shop: Shop, statuses: Collection[Status], longer: Longer, *, reason: str, now: datetime
) -> int:
    """Move every running deadline of these statuses, each in a transaction of its own.

    What was moved for the same reason before is left alone, so it can be run again after it broke
    off. Nothing is made shorter. Returns how many were moved.
    """
    running = ReturnDeadline.objects.filter(shop=shop, ended_at=None, status__in=statuses)
    rows = list(running.order_by("pk").select_related("request"))
    return sum(_move_one(row, longer, reason, now) for row in rows)


def _extend(viewer: Viewer, request: ReturnRequest, reason: str, now: datetime) -> None:
    deadline = open_deadline(request)
    if deadline is not None and deadline.extended_at is not None:
        raise refuse(ErrorCode.DEADLINE_EXTENDED_ALREADY, "id")
    need_open_move(viewer, request, Move.EXTEND_DEADLINE)
    need_before_deadline(request, now)
    if deadline is None:
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
    put_off(deadline, span(deadline.extension_hours, scale=settings.CLOCK_SCALE), now=now)
    deadline.extended_at, deadline.extended_by = now, viewer.key
    if viewer.is_staff:
        deadline.extension_reason, data = reason, _told(deadline, reason)
    else:  # the customer's words stand in the thread, where they are checked
        deadline.extension_message = write(viewer, request, reason, now)
        data = {"due_at": _until(deadline), "message": str(deadline.extension_message.pk)}
    deadline.save()
    _let_offer_follow(request, deadline)
    move(request, Move.EXTEND_DEADLINE, by=viewer.by, now=now, data=data)


def _move_one(found: ReturnDeadline, longer: Longer, reason: str, now: datetime) -> bool:
    with transaction.atomic():
        lock_order_row(found.request.order_id)
        request = lock_request(found.request_id)
        deadline = ReturnDeadline.objects.get(pk=found.pk)
        by = _how_far(deadline, longer, request.shop)
        told = {"deadline": str(found.pk), "reason": reason}
        was_moved = request.events.filter(kind=MOVED, data__contains=told).exists()
        if deadline.ended_at is not None or was_moved or by <= timedelta(0):
            return False
        put_off(deadline, by, now=now)
        deadline.save()
        _let_offer_follow(request, deadline)
        note(request, MOVED, now=now, data=_told(deadline, reason) | told)
    return True


def _how_far(deadline: ReturnDeadline, longer: Longer, shop: Shop) -> timedelta:
    if longer.until is None:
        return timedelta(days=longer.days)
    end = datetime.combine(longer.until + timedelta(days=1), time(), tzinfo=shop.zone)
    return end - deadline.due_at


def _let_offer_follow(request: ReturnRequest, deadline: ReturnDeadline) -> None:
    """An open offer holds as long as the customer has time for it."""
    offers = ReturnOffer.objects.filter(request=request, status=OfferStatus.OPEN)
    offers.filter(expires_at__lt=deadline.due_at).update(expires_at=deadline.due_at)


def _told(deadline: ReturnDeadline, reason: str) -> dict[str, str]:
    return {"reason": reason, "due_at": _until(deadline)}


def _until(deadline: ReturnDeadline) -> str:
    return deadline.due_at.isoformat()


def _check(wanted: Extension, key: str | None = None) -> None:
    faults = [fault_of_key(key)] if key is not None else []
    if not wanted.reason:
        faults.append(Fault(ErrorCode.REQUIRED, "reason"))
    faults.append(fault_of_text(wanted.reason, "reason", longest=LONGEST_REASON))
    found = [fault for fault in faults if fault is not None]
    if found:
        raise Refusal(*found)

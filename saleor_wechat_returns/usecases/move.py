"""The only writer of a status. The row, its event, its deadline and its outbox messages commit
together.

Callers hold the locks, in the order ReturnableOrder → ReturnRequest → Refund.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import (
    BOOKING_ARROWS,
    DELIVERY_ARROWS,
    REFUND_ARROWS,
    Actor,
    BookingStatus,
    DeliveryStatus,
    Move,
    NoArrow,
    RefundStatus,
    Status,
    When,
    follow,
)
from ..models import PickupBooking, Refund, ReturnEvent, ReturnRequest, ReverseDelivery
from .deadlines import RENEWING, begin_stay
from .goods_left import tell_of_goods_left
from .shared_parcels import OVER, look_again


@dataclass(frozen=True, slots=True)
class By:
    """Who does it; `id` is Saleor's global user id."""

    actor: Actor
    id: str = ""


SYSTEM = By(Actor.SYSTEM)


def move(
    request: ReturnRequest,
    what: Move,
    *,
    by: By,
    now: datetime,
    when: When = When.ALWAYS,
    data: dict[str, Any] | None = None,
) -> None:
    """Travel one arrow and write down that it happened.

    Raises Refusal(MOVE_NOT_ALLOWED) when the return is not where the arrow starts.
    """
    try:
        target = follow(Status(request.status), what, when)
    except NoArrow as stay:
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id") from stay
    left, request.status = request.status, target
    _save_with_event(request, kind=what, by=by, now=now, data=data)
    if target != left or what in RENEWING:
        begin_stay(request, left=left, now=now)
    if target in (Status.CLOSED, Status.CANCELED):
        tell_of_goods_left(request)
    if target in OVER:
        look_again(request, now=now)


def note(
    request: ReturnRequest,
    kind: str,
    *,
    now: datetime,
    by: By = SYSTEM,
    data: dict[str, Any] | None = None,
) -> None:
    """Write down something that happened without moving the return."""
    _save_with_event(request, kind=kind, by=by, now=now, data=data)


def begin(
    request: ReturnRequest,
    *,
    by: By,
    now: datetime,
    status: Status = Status.REQUESTED,
    kind: str = "create",
    data: dict[str, Any] | None = None,
) -> None:
    """Save a new request with its first event. `status`: of one whose goods are on their way."""
    request.status = status
    request.version = 0
    _save_with_event(request, kind=kind, by=by, now=now, data=data)
    begin_stay(request, now=now)


def move_refund(refund: Refund, target: RefundStatus, *, now: datetime) -> None:
    """Travel one arrow of the money. Where there is none: ValueError, a bug and no refusal."""
    arrow = (RefundStatus(refund.status), target)
    if arrow not in REFUND_ARROWS:
        raise ValueError(f"no arrow {arrow[0]} → {arrow[1]} for refund {refund.pk}")
    refund.status = target
    refund.version += 1
    if target is RefundStatus.SUCCEEDED:
        refund.succeeded_at = now
    refund.save(update_fields=["status", "version", "requested_at", "succeeded_at"])


def move_delivery(delivery: ReverseDelivery, target: DeliveryStatus, *, now: datetime) -> None:
    """Travel one arrow of the parcel."""
    arrow = (DeliveryStatus(delivery.status), target)
    if arrow not in DELIVERY_ARROWS:
        raise ValueError(f"no arrow {arrow[0]} → {arrow[1]} for delivery {delivery.pk}")
    delivery.status = target
    if target is DeliveryStatus.RECEIVED:
        delivery.received_at = now
    delivery.save(update_fields=["status", "received_at"])


def move_booking(booking: PickupBooking, target: BookingStatus) -> None:
    """Travel one arrow of the pickup's booking; what else changed in the row is saved with it."""
    arrow = (BookingStatus(booking.status), target)
    if arrow not in BOOKING_ARROWS:
        raise ValueError(f"no arrow {arrow[0]} → {arrow[1]} for booking {booking.pk}")
    booking.status = target
    booking.save()


def _save_with_event(
    request: ReturnRequest, *, kind: str, by: By, now: datetime, data: dict[str, Any] | None
) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a move needs a transaction around it")
    request.version += 1
    request.updated_at = now
    request.save()
    ReturnEvent.objects.create(
        shop_id=request.shop_id,
        request=request,
        sequence=request.version,
        kind=kind,
        actor=by.actor,
        actor_id=by.id,
        status=request.status,
        data=data or {},
        at=now,
    )

"""A parcel is in the warehouse, with all that was announced or with a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import BookingStatus, DeliveryDirection, DeliveryStatus, Move
from ..models import ReturnLine, ReturnRequest, ReverseDelivery
from .access import Viewer
from .booking_rows import waiting_booking
from .bookings import call_off
from .locks import lock_own_request
from .move import move, move_delivery
from .review import need_version
from .shared_parcels import UNDER_WAY, look_again
from .split import split_off
from .tracking import close_trouble

# What may still arrive; a lost one only where staff name it.
MAY_COME = UNDER_WAY | {DeliveryStatus.LOST}


@dataclass(frozen=True, slots=True)
class Received:
    """How many pieces of an order line are there."""

    order_line_id: str
    quantity: int


def receive(
    staff: Viewer,
    id: str,
    *,
    expected_version: int,
    now: datetime,
    lines: Sequence[Received] | None = None,
    delivery_ids: Sequence[UUID | None] | None = None,
) -> ReturnRequest:
    """The goods are in the warehouse, and wait to be inspected.

    `lines`: what is there, where it is not everything; a line that is not named is not there. The
    rest becomes a return of its own. `delivery_ids`: the parcels that came, where there are
    several; None: all. Takes the order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        parts = list(request.lines.select_related("line").order_by("line_id"))
        came = _came(parts, lines)
        arrived, missing = _parcels(request, delivery_ids)
        is_partial = any(came[part.pk] < part.quantity for part in parts)
        _need_clear(lines, delivery_ids, arrived, missing, is_partial)
        move(request, Move.RECEIVE, by=staff.by, now=now)
        for delivery in arrived:
            move_delivery(delivery, DeliveryStatus.RECEIVED, now=now)
        if is_partial:
            split_off(staff, request, came, missing, now=now)
        look_again(request, now=now)
        call_off(request, now=now)
        close_trouble(request, now=now)
        return request


def _came(parts: Sequence[ReturnLine], lines: Sequence[Received] | None) -> dict[UUID, int]:
    """Pieces that are there, by return line. Raises Refusal with every reason."""
    if lines is None:
        return {part.pk: part.quantity for part in parts}
    by_id = {part.line.order_line_id: part for part in parts}
    named = [line.order_line_id for line in lines]
    faults = []
    for line in lines:
        where, part = (line.order_line_id,), by_id.get(line.order_line_id)
        if part is None:
            faults.append(Fault(ErrorCode.LINE_NOT_IN_ORDER, "lines.orderLineId", lines=where))
        elif named.count(line.order_line_id) > 1:
            faults.append(Fault(ErrorCode.LINE_REPEATED, "lines.orderLineId", lines=where))
        elif line.quantity < 0:
            faults.append(Fault(ErrorCode.MALFORMED, "lines.quantity", lines=where))
        elif line.quantity > part.quantity:
            code = ErrorCode.QUANTITY_EXCEEDS_RETURNABLE
            faults.append(Fault(code, "lines.quantity", lines=where))
    if not faults and not any(line.quantity for line in lines):
        faults.append(Fault(ErrorCode.LINES_EMPTY, "lines"))
    if faults:
        raise Refusal(*faults)
    found = {line.order_line_id: line.quantity for line in lines}
    return {part.pk: found.get(id, 0) for id, part in by_id.items()}


def _parcels(
    request: ReturnRequest, named: Sequence[UUID | None] | None
) -> tuple[list[ReverseDelivery], list[ReverseDelivery]]:
    """Those that came, and those that may still. Raises Refusal(NOT_FOUND)."""
    back = request.deliveries.filter(direction=DeliveryDirection.BACK, status__in=MAY_COME)
    open_ones = list(back.order_by("id"))
    # Whoever is called off hardly comes; if he does all the same, he is taken. Another who comes
    # in his place is asked once he is called off for sure, so these two stay together.
    called_off = back.filter(booking__status=BookingStatus.CANCELING)
    is_over = waiting_booking(request) is None
    waited = [it for it in open_ones if not (is_over and it in called_off)]
    if named is None:
        arrived = [it for it in waited if it.status in UNDER_WAY]
    else:
        arrived = [it for it in open_ones if it.pk in named]
        if len(arrived) != len(set(named)):
            raise refuse(ErrorCode.NOT_FOUND, "deliveryIds")
    return arrived, [it for it in waited if it not in arrived]


def _need_clear(
    lines: Sequence[Received] | None,
    delivery_ids: Sequence[UUID | None] | None,
    arrived: Sequence[ReverseDelivery],
    missing: Sequence[ReverseDelivery],
    is_partial: bool,
) -> None:
    """Nobody guesses what was in which of several parcels. Raises Refusal(REQUIRED)."""
    if is_partial and delivery_ids is None and len(arrived) > 1:
        raise refuse(ErrorCode.REQUIRED, "deliveryIds")
    is_waited_for = any(it.status in UNDER_WAY for it in missing)
    if lines is None and delivery_ids is not None and is_waited_for:
        raise refuse(ErrorCode.REQUIRED, "lines")

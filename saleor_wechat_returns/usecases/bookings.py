"""What becomes of a booked pickup: what its courier says, and calling it off.

Couriers tell late, twice and out of order; whoever tells, and however often, it ends the same:
collected beats everything, an end is an end. Callers of `call_off` hold the order lock.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from ..couriers.base import Place, Told
from ..couriers.carriers import carriers
from ..couriers.manual import Manual
from ..domain.lifecycle import (
    OPEN_BOOKINGS,
    BookingStatus,
    DeliveryStatus,
    Move,
    Status,
)
from ..domain.parcels import SCANNED, ParcelStatus
from ..domain.phones import mask_phones
from ..models import Parcel, PickupBooking, ReturnRequest
from ..models.staff import StaffTaskKind
from ..outbox import put
from .booking_rows import name_courier, open_booking, sender_of, waiting_booking
from .following import follow
from .locks import lock_order_row, lock_request
from .move import SYSTEM, By, move, move_booking, move_delivery, note
from .parcel_rows import name_parcel
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

BOOK, CANCEL, LOOK = "pickup.book", "pickup.cancel", "pickup.look"
LOOK_AGAIN_SECONDS = 1800
COLLECTED_LATE = "pickup_collected_late"
# They tell of a pickup, and are over with it.
ABOUT_PICKUPS = (
    StaffTaskKind.PICKUP_FAILED,
    StaffTaskKind.PICKUP_UNCERTAIN,
    StaffTaskKind.PICKUP_BY_HAND,
)
TO_BE_FETCHED = (Status.AWAITING_PICKUP, Status.APPROVED)
B = BookingStatus


def key_of(request: ReturnRequest) -> str:
    """One call about a return's pickups at a time."""
    return f"pickup:{request.pk}"


def hear(booking: PickupBooking, told: Told, *, now: datetime) -> None:
    """Take what a provider says of a booking, from a callback or an answer.

    Idempotent, and in any order. Takes the order lock.
    """
    with transaction.atomic():
        request, booking = lock_booking(booking)
        _keep(booking, told, now)
        target = _target(B(booking.status), told)
        match target:
            case B.COLLECTED:
                collect(request, booking, by=SYSTEM, now=now)
            case B.FAILED:
                fail(request, booking, told.text or told.code, by=SYSTEM, now=now)
            case B.CANCELED:
                end(request, booking, B.CANCELED, now=now)
            case B.BOOKED if told.is_revived:
                _revive(request, booking, now)
            case B.BOOKED | B.ASSIGNED:
                accept(request, booking, target, now=now)
            case _:
                booking.save()
    log.info("pickup.heard", number=booking.number, status=booking.status, code=told.code)


def hear_tracking(parcel: Parcel, *, now: datetime) -> None:
    """Its tracking says that the courier has it, whoever told of the booking or did not."""
    status = ParcelStatus(Parcel.objects.values_list("status", flat=True).get(pk=parcel.pk))
    if status in SCANNED:
        waiting = PickupBooking.objects.filter(delivery__parcel=parcel, status__in=OPEN_BOOKINGS)
        for booking in waiting.order_by("id"):
            hear(booking, Told(status, now, code="tracking"), now=now)


def lock_booking(booking: PickupBooking) -> tuple[ReturnRequest, PickupBooking]:
    """Order, return and booking, in that order."""
    lock_order_row(ReturnRequest.objects.get(bookings=booking).order_id)
    # Only now: with the rest of a split return a booking goes over to another of the same order.
    request = lock_request(ReturnRequest.objects.get(bookings=booking).pk)
    rows = PickupBooking.objects.select_for_update(of=("self",))
    return request, rows.select_related("shop", "delivery__parcel").get(pk=booking.pk)


def call_off(request: ReturnRequest, *, now: datetime) -> None:
    """Nobody has to come any more. Safe to repeat; whoever comes all the same is taken."""
    if not request.bookings.exists():
        return
    close_tasks(request, StaffTaskKind.PICKUP_FAILED, now=now)
    if waiting := waiting_booking(request):
        end(request, waiting, B.CANCELED, now=now)
    if booking := open_booking(request):
        call_off_booking(request, booking, now=now)


def call_off_booking(request: ReturnRequest, booking: PickupBooking, *, now: datetime) -> None:
    if booking.status == B.ASKING and booking.asked_at is None:
        end(request, booking, B.CANCELED, now=now)  # it never left the house
    elif booking.status != B.CANCELING:
        move_booking(booking, B.CANCELING)
        put(CANCEL, booking.pk, shop=request.shop, key=key_of(request), due_at=now)


def accept(
    request: ReturnRequest, booking: PickupBooking, target: BookingStatus, *, now: datetime
) -> None:
    """The courier knows of it: nobody doubts it any more, and he is asked what became of it."""
    if booking.status == B.ASKING:
        begins = f"{booking.number}: "
        close_tasks(request, StaffTaskKind.PICKUP_UNCERTAIN, now=now, begins=begins)
        look_later(booking, now=now)
    move_booking(booking, target)


def look_later(booking: PickupBooking, *, now: datetime) -> None:
    """Whoever told of it, and whatever is told from now on may be lost. Safe to repeat."""
    due_at = now + timedelta(seconds=LOOK_AGAIN_SECONDS)
    put(LOOK, booking.pk, shop=booking.shop, key=key_of(booking.request), due_at=due_at)


def collect(request: ReturnRequest, booking: PickupBooking, *, by: By, now: datetime) -> None:
    """The courier has the parcel, whatever was thought of it before."""
    move_booking(booking, B.COLLECTED)
    if booking.delivery.status in (DeliveryStatus.EXPECTED, DeliveryStatus.CANCELED):
        move_delivery(booking.delivery, DeliveryStatus.SUBMITTED, now=now)
    close_tasks(request, *ABOUT_PICKUPS, now=now)
    call_off(request, now=now)  # another that was booked in its place
    data = {"carrier": booking.delivery.parcel.carrier}
    if request.status in TO_BE_FETCHED:
        move(request, Move.PICK_UP, by=by, now=now, data=data)
    elif request.status in (Status.CANCELED, Status.CLOSED):
        note(request, COLLECTED_LATE, by=by, now=now, data=data)
        detail = "the courier fetched the goods although the return is over"
        open_task(request, StaffTaskKind.PARCEL_TROUBLE, detail)


def fail(
    request: ReturnRequest, booking: PickupBooking, why: str, *, by: By, now: datetime
) -> None:
    """Nobody comes. The customer may book again, or send the parcel himself."""
    booking.failure = mask_phones(why)[:300]
    has_next = waiting_booking(request) is not None
    end(request, booking, B.FAILED, now=now)
    if request.status == Status.AWAITING_PICKUP and not has_next:
        move(request, Move.FAIL_PICKUP, by=by, now=now)
        open_task(request, StaffTaskKind.PICKUP_FAILED, f"{booking.number}: {booking.failure}")


def end(
    request: ReturnRequest, booking: PickupBooking, target: BookingStatus, *, now: datetime
) -> None:
    """CANCELED or FAILED, for sure: now the one that was booked in its place may be asked for."""
    was_open = booking.status in OPEN_BOOKINGS
    move_booking(booking, target)
    if booking.delivery.status == DeliveryStatus.EXPECTED:
        move_delivery(booking.delivery, DeliveryStatus.CANCELED, now=now)
    if not was_open:
        return
    close_tasks(request, *ABOUT_PICKUPS, now=now)
    waiting = waiting_booking(request)
    if waiting is not None:
        move_booking(waiting, B.ASKING)
        put(BOOK, waiting.pk, shop=request.shop, key=key_of(request), due_at=now)


def number_parcel(booking: PickupBooking, number: str, *, now: datetime) -> None:
    """The courier has given the parcel its number: from now on it can be followed."""
    name_parcel(booking.delivery, number)
    follow(booking.delivery.parcel, now=now)


def arranged_by_staff(booking: PickupBooking) -> bool:
    return booking.provider == Manual.provider


def sender_for_staff(booking: PickupBooking) -> Place | None:
    """Where somebody is to go whom staff must find; of couriers that are told, they need not know.

    Raises UnreadableSecretError.
    """
    is_wanted = arranged_by_staff(booking) and booking.status in OPEN_BOOKINGS
    return sender_of(booking) if is_wanted else None


def carrier_name(courier: str) -> str:
    """As people read it."""
    known = carriers().get(courier)
    return known.zh if known else courier


def _target(status: BookingStatus, told: Told) -> BookingStatus | None:
    """Where the booking goes, if anywhere. What was said before something higher is stale."""
    is_open = status in OPEN_BOOKINGS
    if told.status in SCANNED:
        return None if status in (B.WAITING, B.COLLECTED) else B.COLLECTED
    if told.is_revived:
        return B.BOOKED if status is B.FAILED else None
    if told.is_over or told.status is ParcelStatus.CANCELED:
        ended = B.CANCELED if status is B.CANCELING else B.FAILED
        return ended if is_open else None
    if told.status is ParcelStatus.ASSIGNED:
        return B.ASSIGNED if status in (B.ASKING, B.BOOKED) else None
    if told.status is ParcelStatus.BOOKED:
        return B.BOOKED if status is B.ASKING else None
    return None


def _keep(booking: PickupBooking, told: Told, now: datetime) -> None:
    """Numbers, names and charges, whatever they come with; not saved."""
    # What is known is never replaced: not all that a callback says is signed.
    booking.provider_ids = dict(told.ids) | booking.provider_ids
    if told.courier_name or told.courier_phone:
        name_courier(booking, told.courier_name, told.courier_phone)
    if told.charge_fen:
        said = json.dumps([told.code, told.raw], sort_keys=True, default=str)
        digest = hashlib.sha256(said.encode()).hexdigest()
        booking.charges |= {digest: told.charge_fen}
        booking.charged_fen = sum(booking.charges.values())
    if told.waybill_no:
        number_parcel(booking, told.waybill_no, now=now)


def _revive(request: ReturnRequest, booking: PickupBooking, now: datetime) -> None:
    """复活: given up, and alive again at the courier's. Staff see to it that only one comes."""
    if open_booking(request) is None:
        move_booking(booking, B.BOOKED)
        look_later(booking, now=now)
    else:
        booking.save()
    detail = f"{booking.number}: given up by the courier, and alive again"
    open_task(request, StaffTaskKind.PICKUP_UNCERTAIN, detail)

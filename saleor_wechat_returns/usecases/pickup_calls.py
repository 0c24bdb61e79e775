"""Calls to couriers about one booking: ask for it, call it off, look what became of it.

Effects of the outbox, one at a time for each return. The rows were written before; what a call
ends in is written after it, under the order lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from .. import clock
from ..couriers.base import UNFIT, Booked, Booking, Courier, Window
from ..domain.errors import ProviderError, ProviderRejected, ProviderUnavailable
from ..domain.lifecycle import OPEN_BOOKINGS, BookingStatus
from ..models import OutboxMessage, PickupBooking
from ..models.staff import StaffTaskKind
from ..outbox import Later
from .booking_rows import salt_of, sender_of
from .bookings import (
    BOOK,
    CANCEL,
    LOOK,
    LOOK_AGAIN_SECONDS,
    accept,
    arranged_by_staff,
    end,
    fail,
    hear,
    lock_booking,
    look_later,
    number_parcel,
)
from .couriers import booking_url, courier_for, parcel_url
from .move import SYSTEM
from .pickup_offers import SHOPS_TROUBLE, code_of, goods_of, route_of
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

# After the window's end: how long a courier may be late, and how long we look at all.
LATE = timedelta(hours=2)
LOOKED_FOR = timedelta(days=3)
WHY = "顾客取消"
B = BookingStatus


def book(pk: UUID) -> Later | None:
    """Ask for the courier. Whatever became of an earlier try under this number is found first.

    Raises ProviderUnavailable (nothing happened there), OutcomeUnknown (looked for next time).
    """
    now = clock.now()
    taken = _take(pk, now)
    if taken is None:
        return None
    booking, was_asked = taken
    try:
        courier, asked = courier_for(booking.shop, booking.provider), as_asked(booking)
        if was_asked:
            told = courier.find(asked, booking.provider_ids)
            if told is not None:
                with transaction.atomic():
                    hear(booking, told, now=now)
                    look_later(booking, now=now)
                return None
            if now - was_asked > timedelta(seconds=courier.repeats_safely_seconds):
                _uncertain(booking, "asked for, and no answer")
                return None
        _write_booked(booking, courier.book(asked), now)
        _write_price(booking, courier, asked)
    except ProviderRejected as no:
        if was_asked and _is_of_now(no):
            _uncertain(booking, str(no))
            return Later(LOOK_AGAIN_SECONDS, "asked for, and no answer")
        _write_refused(booking, str(no), now)
    except ProviderUnavailable:
        if was_asked is None:
            PickupBooking.objects.filter(pk=pk).update(asked_at=None)
        raise
    return None


def cancel(pk: UUID) -> Later | None:
    """Call the courier off. Too late: it stays, until somebody says what became of it.

    Raises ProviderUnavailable, OutcomeUnknown: the same is asked again.
    """
    now = clock.now()
    booking = _read(pk)
    if booking.status != B.CANCELING:
        return None
    if booking.asked_at is None:  # the call was under way, and did not arrive
        _write_canceled(booking, now)
        return None
    courier, asked = courier_for(booking.shop, booking.provider), as_asked(booking)
    if not booking.provider_ids and _may_repeat(booking, courier.repeats_safely_seconds, now):
        # The answer was lost: the same again brings the numbers that calling off needs.
        try:
            _write_booked(booking, courier.book(asked), now)
        except ProviderRejected as no:
            if _is_of_now(no):
                return _still_coming(booking, str(no), now)
            _write_refused(booking, str(no), now)
            return None
        booking.refresh_from_db()
    try:
        courier.cancel(asked, booking.provider_ids, why=WHY)
    except ProviderRejected as no:
        told = courier.find(asked, booking.provider_ids)
        if told is not None:
            hear(booking, told, now=now)
        return _still_coming(booking, str(no), now)
    _write_canceled(booking, now)
    return None


def look(pk: UUID) -> Later | None:
    """What became of it, in case nobody told. Raises ProviderUnavailable."""
    now = clock.now()
    booking = _read(pk)
    if booking.status not in OPEN_BOOKINGS:
        return None
    told = courier_for(booking.shop, booking.provider).find(as_asked(booking), booking.provider_ids)
    if told is not None:
        hear(booking, told, now=now)
    booking.refresh_from_db()
    if booking.status not in OPEN_BOOKINGS:
        return None
    begins = f"{booking.number}: {LOOK}"
    close_tasks(booking.request, StaffTaskKind.PICKUP_UNCERTAIN, now=now, begins=begins)
    if now > booking.ends_at + LATE:
        _uncertain(booking, "the time is over, and nobody said that it was collected")
    if now > booking.ends_at + LOOKED_FOR:
        return None
    return Later(LOOK_AGAIN_SECONDS, "the courier has not come yet")


def stuck(message: OutboxMessage) -> bool:
    """A call that keeps failing is put before a person. False: it is about something else."""
    if message.topic not in (BOOK, CANCEL, LOOK):
        return False
    _uncertain(_read(message.subject), f"{message.topic}: {message.latest_error}")
    return True


def as_asked(booking: PickupBooking) -> Booking:
    """The booking as a provider is asked for it, the same every time."""
    request = booking.request
    return Booking(
        number=booking.number,
        courier=booking.courier,
        route=route_of(request, sender_of(booking)),
        goods=goods_of(request),
        window=Window(booking.starts_at, booking.ends_at),
        salt=salt_of(booking),
        callback_url=booking_url(booking),
        tracking_url=parcel_url(booking.delivery.parcel, booking.provider),
        remark=request.number,
    )


def _read(pk: UUID) -> PickupBooking:
    rows = PickupBooking.objects.select_related(
        "shop", "request__shop", "request__return_address", "delivery__parcel__shop"
    )
    return rows.get(pk=pk)


def _take(pk: UUID, now: datetime) -> tuple[PickupBooking, datetime | None] | None:
    """What is to be asked, and when it was asked before; None: nothing, any more.

    From now on it may have left the house.
    """
    with transaction.atomic():
        request, locked = lock_booking(_read(pk))
        if locked.status != B.ASKING:
            return None
        was_asked = locked.asked_at
        if was_asked is None and now >= locked.ends_at:
            why = "the time was over before the courier could be asked"
            fail(request, locked, why, by=SYSTEM, now=now)
            return None
        if was_asked is None:
            locked.asked_at = now
            locked.save(update_fields=["asked_at"])
    return _read(pk), was_asked


def _write_booked(booking: PickupBooking, booked: Booked, now: datetime) -> None:
    with transaction.atomic():
        request, locked = lock_booking(booking)
        locked.provider_ids = dict(booked.ids) | locked.provider_ids
        if booked.waybill_no:
            number_parcel(locked, booked.waybill_no, now=now)
        if locked.status == B.ASKING:
            accept(request, locked, B.BOOKED, now=now)
        else:  # a callback came first, or it is being called off
            locked.save(update_fields=["provider_ids"])
        if arranged_by_staff(locked) and locked.status == B.BOOKED:
            open_task(request, StaffTaskKind.PICKUP_BY_HAND, locked.number)


def _write_price(booking: PickupBooking, courier: Courier, asked: Booking) -> None:
    """About what it costs. It is booked all the same where nobody says."""
    try:
        quote = courier.quote(asked.route, asked.goods, asked.courier)
    except ProviderError as trouble:
        log.warning("pickup.not_quoted", number=booking.number, why=code_of(trouble))
        return
    if quote is not None:
        PickupBooking.objects.filter(pk=booking.pk).update(quoted_fen=quote.fen)


def _write_refused(booking: PickupBooking, why: str, now: datetime) -> None:
    with transaction.atomic():
        request, locked = lock_booking(booking)
        if locked.status == B.ASKING:
            fail(request, locked, why, by=SYSTEM, now=now)
        elif locked.status == B.CANCELING:
            end(request, locked, B.CANCELED, now=now)


def _write_canceled(booking: PickupBooking, now: datetime) -> None:
    with transaction.atomic():
        request, locked = lock_booking(booking)
        if locked.status == B.CANCELING:
            end(request, locked, B.CANCELED, now=now)


def _is_of_now(no: ProviderRejected) -> bool:
    """That the account does not work now, or the time is over, says nothing of the first time."""
    return no.kind in SHOPS_TROUBLE or no.code == UNFIT


def _may_repeat(booking: PickupBooking, seconds: int, now: datetime) -> bool:
    return booking.asked_at is not None and now - booking.asked_at <= timedelta(seconds=seconds)


def _still_coming(booking: PickupBooking, why: str, now: datetime) -> Later | None:
    booking.refresh_from_db()
    if booking.status != B.CANCELING:
        return None
    _uncertain(booking, f"not called off: {why}")
    if now > booking.ends_at + LOOKED_FOR:
        return None
    return Later(LOOK_AGAIN_SECONDS, "the courier does not let itself be called off")


def _uncertain(booking: PickupBooking, why: str) -> None:
    open_task(booking.request, StaffTaskKind.PICKUP_UNCERTAIN, f"{booking.number}: {why}")

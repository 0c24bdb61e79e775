"""What couriers push, heard once: of a booking, or of where a parcel is.

The door (webhooks/courier.py) believed the signature and found the row; here the body is read by
the provider's adapter, and only rows move.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from .. import clock
from ..couriers.base import Courier, Forged, Malformed
from ..models import InboxMessage, Parcel, PickupBooking
from .bookings import hear as hear_booking
from .courier_door import (
    BOOKINGS,
    PARCELS,
    body_of,
    forget_body,
    read_booking_call,
    read_parcel_call,
)
from .couriers import courier_for
from .look_at_parcels import take
from .tracking import hear

__all__ = ["BOOKINGS", "PARCELS", "booking_called", "parcel_called"]

log = structlog.get_logger(__name__)


def booking_called(message: InboxMessage) -> None:
    """`payload`: "booking" (row id), "provider", and the body sealed."""
    booking = (
        PickupBooking.objects.select_related("delivery__parcel", "shop")
        .filter(shop=message.shop, pk=UUID(message.payload["booking"]))
        .first()
    )
    if booking is None:
        return
    try:
        courier, body = _courier_of(message), body_of(message)
        told = read_booking_call(courier, booking, body, now=clock.now())
    except (Forged, Malformed) as why:
        # Believed at the door: its account has changed since, or it is not what we read there.
        log.warning("courier.unreadable", booking=str(booking.pk), why=str(why))
        forget_body(message)
        return
    hear_booking(booking, told, now=clock.now())
    booking.delivery.refresh_from_db()  # its parcel has perhaps got its number
    hear(booking.delivery.parcel, [told], now=clock.now(), is_timed=False)
    forget_body(message)


def parcel_called(message: InboxMessage) -> None:
    """`payload`: "parcel" (row id), "provider", and the body sealed."""
    pk = UUID(message.payload["parcel"])
    parcel = Parcel.objects.select_related("shop").filter(shop=message.shop, pk=pk).first()
    if parcel is None:
        return
    try:
        courier, body = _courier_of(message), body_of(message)
        tracked = read_parcel_call(courier, parcel, body, now=clock.now())
    except (Forged, Malformed) as why:
        log.warning("courier.unreadable", parcel=str(parcel.pk), why=str(why))
        forget_body(message)
        return
    take(parcel, tracked, now=clock.now())
    forget_body(message)


def _courier_of(message: InboxMessage) -> Courier:
    return courier_for(message.shop, message.payload["provider"])

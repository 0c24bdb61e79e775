"""The row of one pickup's booking: what is sealed in it, and which one of a return runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from ..couriers.base import Place
from ..domain.lifecycle import OPEN_BOOKINGS, BookingStatus, DeliveryMethod
from ..models import CourierAccount, PickupBooking, ReturnRequest
from ..secretbox import open_sealed, seal

RUNNING = OPEN_BOOKINGS | {BookingStatus.WAITING}


def is_pickup_offered(request: ReturnRequest) -> bool:
    """Has the shop a courier who fetches, and said where goods go?"""
    if request.return_address_id is None:
        return False
    known = getattr(request, "has_courier", None)  # of a list: asked for all at once
    return with_courier(request.shop_id).exists() if known is None else bool(known)


def with_courier(shop_id: UUID | OuterRef) -> QuerySet[CourierAccount]:
    """`shop_id`: also an OuterRef."""
    return CourierAccount.objects.filter(shop_id=shop_id, is_enabled=True)


def was_booked(request: ReturnRequest) -> bool:
    """Did a courier ever have to come for it? Loads `deliveries` once."""
    return any(it.method == DeliveryMethod.PICKUP for it in request.deliveries.all())


def open_booking(request: ReturnRequest) -> PickupBooking | None:
    """The one for which a courier comes, or may come; read anew."""
    found = PickupBooking.objects.select_related("delivery__parcel")
    return found.filter(request=request, status__in=OPEN_BOOKINGS).first()


def waiting_booking(request: ReturnRequest) -> PickupBooking | None:
    """The one that is asked for once the open one is canceled for sure; read anew."""
    found = PickupBooking.objects.select_related("delivery__parcel")
    return found.filter(request=request, status=BookingStatus.WAITING).first()


def sender_of(booking: PickupBooking) -> Place:
    """Who sends it. Raises UnreadableSecretError; ValueError once it is erased."""
    return Place(**json.loads(open_sealed(booking.sender_sealed, booking.sealed_key_id)))


def salt_of(booking: PickupBooking) -> str:
    """What the provider signs its callbacks with."""
    return open_sealed(booking.salt_sealed, booking.sealed_key_id)


def courier_of(booking: PickupBooking) -> tuple[str, str]:
    """Name and phone of whoever comes, as far as we were told."""
    key_id = booking.sealed_key_id
    return (
        open_sealed(booking.courier_name_sealed, key_id),
        open_sealed(booking.courier_phone_sealed, key_id),
    )


def seal_people(booking: PickupBooking, sender: Place, salt: str) -> None:
    """Set the sealed columns of a row that is about to be made."""
    booking.sender_sealed, booking.sealed_key_id = seal(
        json.dumps(asdict(sender), ensure_ascii=False)
    )
    booking.salt_sealed = seal(salt)[0]
    booking.courier_name_sealed = booking.courier_phone_sealed = seal("")[0]


def name_courier(booking: PickupBooking, name: str, phone: str) -> None:
    """Set who comes; not saved. All that is sealed in a row has one key, so all is sealed anew."""
    known = courier_of(booking)
    sender, salt = open_sealed(booking.sender_sealed, booking.sealed_key_id), salt_of(booking)
    booking.sender_sealed, booking.sealed_key_id = seal(sender)
    booking.salt_sealed = seal(salt)[0]
    booking.courier_name_sealed = seal(name or known[0])[0]
    booking.courier_phone_sealed = seal(phone or known[1])[0]

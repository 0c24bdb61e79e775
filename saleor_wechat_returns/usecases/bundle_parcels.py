"""How the goods travelled, in an evidence bundle: what both sides did, and what couriers said."""

from __future__ import annotations

from django.db.models import Prefetch

from ..couriers.carriers import carriers
from ..domain.lifecycle import (
    BOOKING_LABELS,
    DELIVERY_LABELS,
    DIRECTION_LABELS,
    METHOD_LABELS,
    BookingStatus,
    DeliveryMethod,
    DeliveryStatus,
)
from ..domain.parcels import PARCEL_LABELS
from ..models import PickupBooking, ReturnRequest, ReverseDelivery, TrackingEvent
from .bundle_money import Json, money
from .parcel_rows import waybill_of
from .tracking import timeline
from .whose_parcel import is_others, with_owners

CORRECTED = ("已更正,不再有效", "Corrected: another number took its place")


def parcels_of(request: ReturnRequest, *, is_staff: bool) -> list[Json]:
    """The customer's without the way of somebody else's parcel, whose number he entered.

    A number that was corrected is told, since a dispute may turn on when the right one came. Its
    way is not: it may be a stranger's parcel.
    """
    rows = with_owners().filter(request=request).select_related("parcel")
    tracking = Prefetch("parcel__tracking", TrackingEvent.objects.defer("raw_sealed"))
    return [
        _parcel(row, is_told=not is_corrected(row) and (is_staff or not is_others(row)))
        for row in rows.prefetch_related(tracking).order_by("id")
    ]


def is_corrected(delivery: ReverseDelivery) -> bool:
    """Did its number turn out to be wrong? A pickup that was called off never had one."""
    was_entered = delivery.method == DeliveryMethod.SELF_SHIP
    return was_entered and delivery.status == DeliveryStatus.CANCELED


def pickups_of(request: ReturnRequest, *, is_staff: bool) -> list[Json]:
    return [_pickup(row, is_staff) for row in request.bookings.order_by("id")]


def _parcel(delivery: ReverseDelivery, *, is_told: bool) -> Json:
    parcel = delivery.parcel
    return {
        "direction": delivery.direction,
        "direction_label": DIRECTION_LABELS[delivery.direction],
        "method": delivery.method,
        "method_label": METHOD_LABELS[delivery.method],
        "carrier": parcel.carrier,
        "waybill_no": waybill_of(parcel),
        "status": delivery.status,
        "status_label": CORRECTED if is_corrected(delivery) else DELIVERY_LABELS[delivery.status],
        "is_corrected": is_corrected(delivery),
        "submitted_at": delivery.created_at,
        "signed_at": parcel.signed_at if is_told else None,
        "received_at": delivery.received_at,
        "tracking": [_scan(it) for it in timeline(parcel.tracking.all())] if is_told else [],
    }


def _scan(event: TrackingEvent) -> Json:
    """In the courier's words and time; telephone numbers are masked."""
    return {
        "at": event.at,
        "status": event.status,
        "status_label": PARCEL_LABELS[event.status],
        "text": event.text,
        "place": event.place,
    }


def _pickup(booking: PickupBooking, is_staff: bool) -> Json:
    """With the words the customer agreed to hand his address on by; not the address itself."""
    carrier = carriers().get(booking.courier)
    told: Json = {
        "number": booking.number,
        "courier": booking.courier,
        "courier_label": (carrier.zh, carrier.en) if carrier else (booking.courier,) * 2,
        "status": booking.status,
        "status_label": BOOKING_LABELS[BookingStatus(booking.status)],
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "consent_version": booking.consent_version,
        "consented_at": booking.consented_at,
        "merchant_pays": booking.merchant_pays,
        **money("quoted", booking.quoted_fen),
    }
    if is_staff:
        told |= {**money("charged", booking.charged_fen), "failure": booking.failure}
    return told

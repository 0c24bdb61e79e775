"""Parcels: what both sides do with them, and what their couriers say of them.

`Parcel` is one parcel of the world under its courier's number, with what was heard of it. A
`ReverseDelivery` is a return's interest in one: two returns in one box are two deliveries of one
parcel. A waybill number leads to a person: sealed, found by blind index.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.lifecycle import (
    OPEN_BOOKINGS,
    BookingStatus,
    DeliveryDirection,
    DeliveryMethod,
    DeliveryStatus,
)
from ..domain.parcels import ParcelStatus
from .accounts import BLIND_INDEX
from .base import SALEOR_ID, ShopRow
from .returns import ReturnRequest, choices


class Parcel(ShopRow):
    """One parcel, as its courier tells. A booked one has no number until the courier gives it."""

    courier = models.CharField(max_length=32, blank=True)  # key of couriers/carriers; "": unknown
    carrier = models.CharField(max_length=64)  # the name people read, as entered or as known
    waybill_sealed = models.BinaryField()
    # Phone of sender or receiver: some couriers tell nothing without its last four digits.
    phone_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    waybill_index = models.CharField(max_length=BLIND_INDEX, blank=True)  # "": no number yet
    status = models.CharField(
        max_length=20, choices=choices(ParcelStatus), default=ParcelStatus.UNKNOWN.value
    )
    heard_at = models.DateTimeField(null=True)  # the courier's time of what `status` says
    signed_at = models.DateTimeField(null=True)  # the courier's time
    # Tracking: how often the courier was asked to tell us, and when we look ourselves.
    followed_at = models.DateTimeField(null=True)  # since when; null: nobody tells of it
    subscribed_at = models.DateTimeField(null=True)
    subscriptions = models.IntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    tracking_ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "courier", "waybill_index"],
                condition=~Q(waybill_index=""),
                name="parcel_once_per_number",
            ),
        ]
        indexes = [
            models.Index(fields=["waybill_index"], name="parcels_by_waybill"),
            models.Index(
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
                name="parcels_to_look_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} ({self.status})"


class TrackingEvent(ShopRow):
    """One thing a courier said of a parcel. `raw_sealed`: its own words, which may name people."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="tracking")
    status = models.CharField(max_length=20, choices=choices(ParcelStatus))
    code = models.CharField(max_length=32, blank=True)  # the courier's own
    text = models.CharField(max_length=500, blank=True)  # for people, phones masked
    place = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()  # the courier's time
    # False: the courier named no time, and `at` is when we heard of it.
    is_timed = models.BooleanField(default=True)
    digest = models.CharField(max_length=64)  # of what makes it this event and no other
    raw_sealed = models.BinaryField()
    raw_key_id = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "digest"], name="tracking_event_once"),
        ]
        indexes = [models.Index(fields=["parcel", "-at", "-id"], name="tracking_newest_first")]

    def __str__(self) -> str:
        return f"{self.status} {self.at:%Y-%m-%d %H:%M}"


class ReverseDelivery(ShopRow):
    """One parcel of a return: back to the shop, or refused goods to the customer."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="deliveries")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="deliveries")
    direction = models.CharField(
        max_length=12, choices=choices(DeliveryDirection), default=DeliveryDirection.BACK.value
    )
    method = models.CharField(
        max_length=12, choices=choices(DeliveryMethod), default=DeliveryMethod.SELF_SHIP.value
    )
    status = models.CharField(max_length=16, choices=choices(DeliveryStatus))
    received_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "parcel"],
                condition=~Q(status=DeliveryStatus.CANCELED.value),
                name="parcel_once_per_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel.carrier} ({self.status})"


class PickupBooking(ShopRow):
    """预约取件: one order at a courier to fetch one parcel. The row is there before the call."""

    delivery = models.OneToOneField(
        ReverseDelivery, on_delete=models.PROTECT, related_name="booking"
    )
    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="bookings")
    provider = models.CharField(max_length=32)  # of couriers/registry
    courier = models.CharField(max_length=32)  # who comes: key of couriers/carriers
    # Our own order number at the provider: never used twice.
    number = models.CharField(max_length=32, unique=True)
    status = models.CharField(max_length=16, choices=choices(BookingStatus))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Who sends it: {"name", "phone", "province", "city", "area", "street_address"} as JSON.
    sender_sealed = models.BinaryField()
    salt_sealed = models.BinaryField()  # what the provider signs its callbacks with
    courier_name_sealed = models.BinaryField()
    courier_phone_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    # 单独同意 (PIPL art. 23): when, and to which words, address and phone may go to the courier.
    consented_at = models.DateTimeField()
    consent_version = models.CharField(max_length=32)
    merchant_pays = models.BooleanField()
    quoted_fen = models.BigIntegerField(null=True)
    charged_fen = models.BigIntegerField(null=True)  # what the provider settled, summed up
    charges = models.JSONField(default=dict)  # digest of what was told → fen: each counts once
    # The provider's own numbers, as it names them: {"taskId": …, "orderId": …}.
    provider_ids = models.JSONField(default=dict)
    # When the call left of which no answer is known; null: it never left, or was not taken.
    asked_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(status__in=sorted(s.value for s in OPEN_BOOKINGS)),
                name="one_open_booking_per_request",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(status=BookingStatus.WAITING.value),
                name="one_waiting_booking_per_request",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="window_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class UnmatchedParcel(ShopRow):
    """无主件: a parcel in the warehouse of which nobody knows whose it is."""

    carrier = models.CharField(max_length=64, blank=True)
    waybill_sealed = models.BinaryField()
    waybill_key_id = models.CharField(max_length=32)
    waybill_index = models.CharField(max_length=BLIND_INDEX, blank=True)
    note = models.CharField(max_length=1000, blank=True)  # what is in it, what stands on it
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    request = models.ForeignKey(
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="unmatched"
    )
    ended_at = models.DateTimeField(null=True)  # matched, or given up with `ended_note`
    ended_by = models.CharField(max_length=SALEOR_ID, blank=True)
    ended_note = models.CharField(max_length=1000, blank=True)

    # Of a list, no column: returns that wait for it, asked for all at once.
    suggested: list[ReturnRequest] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "waybill_index"],
                condition=Q(ended_at__isnull=True) & ~Q(waybill_index=""),
                name="unmatched_once_per_number",
            ),
        ]
        indexes = [models.Index(fields=["shop", "-received_at", "-id"], name="unmatched_newest")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.received_at:%Y-%m-%d}"

"""What couriers call about, believed at the door and kept; a worker hears it.

What they say names people and leads to an address, so it is kept sealed. A callback that is lost
is no loss: bookings and parcels are also asked about by the clock.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import structlog

from .. import clock, inbox
from ..couriers.base import Courier, Forged, Malformed, Told, Tracked
from ..couriers.registry import PROVIDERS
from ..domain.errors import ProviderRejected, ProviderUnavailable
from ..models import InboxMessage, Parcel, PickupBooking, Shop
from ..secretbox import UnreadableSecretError, open_sealed, seal
from .couriers import courier_for, salt_of, salts_of

log = structlog.get_logger(__name__)

BOOKINGS = "courier.booking"
PARCELS = "courier.tracking"
LARGEST_BODY = 64 * 1024


class CallFault(StrEnum):
    """Why a call is not taken."""

    UNKNOWN = "unknown"  # no such shop, provider, booking or parcel
    TOO_LARGE = "too_large"
    FORGED = "forged"
    MALFORMED = "malformed"
    KEYS = "keys"  # ours: what it is checked with cannot be opened


class CallRefused(Exception):
    """Nothing of it was kept."""

    def __init__(self, reason: CallFault) -> None:
        super().__init__(reason)
        self.reason = reason


class Hear(Protocol):
    """Keeps a call about the row of that id; content type and body of the answer."""

    def __call__(self, shop: Shop, provider: str, id: str, body: bytes) -> tuple[str, bytes]: ...


def hear_booking_call(shop: Shop, provider: str, id: str, body: bytes) -> tuple[str, bytes]:
    """Keep what a provider says of a booking; a repeat changes nothing. Raises CallRefused."""
    courier, pk = _asked(shop, provider, id, body)
    rows = PickupBooking.objects.filter(shop=shop, provider=provider, pk=pk)
    return _hear(shop, BOOKINGS, rows.first(), courier, body)


def hear_parcel_call(shop: Shop, provider: str, id: str, body: bytes) -> tuple[str, bytes]:
    """Keep what a provider says of a parcel's way; a repeat changes nothing. Raises CallRefused."""
    courier, pk = _asked(shop, provider, id, body)
    return _hear(shop, PARCELS, Parcel.objects.filter(shop=shop, pk=pk).first(), courier, body)


def read_booking_call(
    courier: Courier, booking: PickupBooking, body: bytes, *, now: datetime
) -> Told:
    """What is said of it. Raises Forged, Malformed or UnreadableSecretError."""
    return courier.read_booking_callback(body, salt=salt_of(booking), now=now)


def read_parcel_call(courier: Courier, parcel: Parcel, body: bytes, *, now: datetime) -> Tracked:
    """What is said of its way. Raises Forged, Malformed or UnreadableSecretError."""
    for salt in salts_of(parcel):
        with suppress(Forged):
            return courier.read_tracking_callback(body, salt=salt, now=now)
    raise Forged("no salt of this parcel")


def body_of(message: InboxMessage) -> bytes:
    """The callback as it came. Raises UnreadableSecretError."""
    sealed, key_id = message.payload["body"], message.payload["key_id"]
    return open_sealed(sealed.encode(), key_id).encode()


def forget_body(message: InboxMessage) -> None:
    """Once it was heard, its rows hold what matters of it."""
    kept = {name: it for name, it in message.payload.items() if name not in ("body", "key_id")}
    InboxMessage.objects.filter(pk=message.pk).update(payload=kept)


def _asked(shop: Shop, provider: str, id: str, body: bytes) -> tuple[Courier, UUID]:
    if len(body) > LARGEST_BODY:
        raise CallRefused(CallFault.TOO_LARGE)
    if provider not in PROVIDERS:
        raise CallRefused(CallFault.UNKNOWN)
    try:
        return courier_for(shop, provider), UUID(id)
    except (ProviderRejected, ValueError):
        raise CallRefused(CallFault.UNKNOWN) from None
    except ProviderUnavailable:
        raise CallRefused(CallFault.KEYS) from None


def _hear(
    shop: Shop, source: str, row: PickupBooking | Parcel | None, courier: Courier, body: bytes
) -> tuple[str, bytes]:
    if row is None:
        raise CallRefused(CallFault.UNKNOWN)
    try:
        if isinstance(row, PickupBooking):
            read_booking_call(courier, row, body, now=clock.now())
        else:
            read_parcel_call(courier, row, body, now=clock.now())
    except UnreadableSecretError as why:
        log.error("courier.unreadable", shop=shop.key, why=str(why))
        raise CallRefused(CallFault.KEYS) from why
    except Forged:
        raise CallRefused(CallFault.FORGED) from None
    except Malformed as why:
        log.warning("courier.call_malformed", shop=shop.key, row=str(row.pk), why=str(why))
        raise CallRefused(CallFault.MALFORMED) from None
    sealed, key_id = seal(body.decode())
    about = "booking" if source == BOOKINGS else "parcel"
    payload = {
        about: str(row.pk),
        "provider": courier.provider,
        "body": sealed.decode(),
        "key_id": key_id,
    }
    inbox.receive(shop, source, f"{row.pk} {hashlib.sha256(body).hexdigest()}", payload)
    return courier.answer()

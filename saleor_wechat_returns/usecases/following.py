"""Having a courier tell us where parcels are: whom it is asked for, and until when.

Only queues: usecases/look_at_parcels.py makes the calls.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from ..couriers.registry import PROVIDERS
from ..domain.parcels import next_look
from ..models import Parcel, Shop
from ..outbox import put
from .couriers import accounts_of

SUBSCRIBE = "parcel.subscribe"
LOOK = "parcel.look"


def is_tracking(shop: Shop) -> bool:
    """Has the shop an account at somebody who tells where parcels are?"""
    known = (PROVIDERS.get(account.provider) for account in accounts_of(shop))
    return any(provider is not None and provider.tracks for provider in known)


def follow(parcel: Parcel, *, now: datetime) -> None:
    """Ask to be told of a parcel from now on, in the caller's transaction. Repeats change nothing.

    Nothing is asked for a parcel without a number or of a courier nobody knows, nor for a shop
    without an account: no harm comes of that, and its status stays UNKNOWN.
    """
    if not parcel.waybill_index or not parcel.courier or parcel.followed_at is not None:
        return
    if not is_tracking(parcel.shop):
        return
    parcel.followed_at = now
    parcel.next_look_at = next_look(now, now, scale=settings.CLOCK_SCALE)
    parcel.save(update_fields=["followed_at", "next_look_at"])
    # Also of a booked parcel, whose tracking was perhaps ordered with it: twice is no error.
    put(SUBSCRIBE, parcel.pk, shop=parcel.shop, key=parcel_key(parcel.pk), due_at=now)


def parcel_key(parcel_pk: UUID) -> str:
    """The outbox key of everything that is asked about a parcel."""
    return f"parcel:{parcel_pk}"

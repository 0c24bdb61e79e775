"""Having a courier tell us where parcels are: whom it is asked for, and until when.

Only queues: usecases/look_at_parcels.py makes the calls.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from .. import clock
from ..couriers.registry import PROVIDERS
from ..domain.lifecycle import DeliveryDirection
from ..domain.parcels import ARRIVED, FOLLOWED_FOR, next_look
from ..models import OutboundDelivery, Parcel, ReverseDelivery, Shop
from ..outbox import Later, put
from .couriers import accounts_of
from .shared_parcels import OVER, UNDER_WAY

log = structlog.get_logger(__name__)

SUBSCRIBE = "parcel.subscribe"
LOOK = "parcel.look"
FOLLOW_EARLIER = "parcel.follow_earlier"
# A shop that gets an account may have thousands on their way, and each costs a call.
AT_ONCE = 20
PAUSE_SECONDS = 60


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


def follow_earlier_ones(shop: Shop, *, now: datetime) -> None:
    """The shop is told of parcels from now on, in the caller's transaction: also of these."""
    put(FOLLOW_EARLIER, shop.pk, shop=shop, key=f"parcels of {shop.pk}", due_at=now)


def follow_earlier(shop_pk: UUID) -> Later | None:
    """Effect: follow what was sent before anybody could tell of it, a few at a time.

    Calls nobody. A repeat goes on where the last one ended.
    """
    shop = Shop.objects.get(pk=shop_pk)
    if not is_tracking(shop):
        return None
    now = clock.now()
    with transaction.atomic():
        rows = _on_their_way(shop, now).select_for_update(of=("self",), no_key=True)
        found = list(rows.order_by("id")[:AT_ONCE])
        for parcel in found:
            parcel.shop = shop
            follow(parcel, now=now)
    if found:
        log.info("parcels.followed_late", shop=shop.key, count=len(found))
    return Later(PAUSE_SECONDS, "more parcels") if len(found) == AT_ONCE else None


def _on_their_way(shop: Shop, now: datetime) -> QuerySet[Parcel]:
    """Parcels nobody tells of that somebody waits for, unless they left too long ago."""
    of_this = ReverseDelivery.objects.filter(parcel=OuterRef("pk"), status__in=UNDER_WAY)
    to_customer = Q(direction=DeliveryDirection.TO_CUSTOMER)
    waited_for = of_this.filter(to_customer | ~Q(request__status__in=OVER))
    unsigned = OutboundDelivery.objects.filter(parcel=OuterRef("pk"), signed_at=None)
    young = Parcel.objects.filter(
        Exists(waited_for) | Exists(unsigned),
        shop=shop,
        followed_at=None,
        created_at__gt=now - FOLLOWED_FOR / settings.CLOCK_SCALE,
    )
    return young.exclude(Q(waybill_index="") | Q(courier="") | Q(status__in=ARRIVED))


def parcel_key(parcel_pk: UUID) -> str:
    """The outbox key of everything that is asked about a parcel."""
    return f"parcel:{parcel_pk}"

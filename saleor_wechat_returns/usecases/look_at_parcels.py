"""Asking a courier provider about parcels: to tell us by itself, and where they are now.

Pushes are the rule; a parcel of which nobody told for a while is asked for. Each question is paid
for, so it is written down before it leaves: a killed worker asks no sooner than planned.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from .. import clock
from ..couriers.base import Tracked
from ..couriers.carriers import carriers
from ..domain.errors import ProviderError, ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import DeliveryStatus
from ..domain.parcels import ARRIVED, next_look
from ..models import Parcel
from ..outbox import Later, put
from .bookings import hear_tracking
from .couriers import parcel_url, salt_of, tracker_of
from .following import LOOK, SUBSCRIBE, is_tracking, parcel_key
from .parcel_phones import find_phone, phone_of, try_the_shops
from .parcel_rows import waybill_of
from .tracking import hear

log = structlog.get_logger(__name__)

# Of one number. Source: Kuaidi100 "subscribe", read 2026-11: at most four a month.
MOST_SUBSCRIPTIONS = 4
MONTH = timedelta(days=30)
# Given up with nothing heard, or nothing new: asked for once more.
AGAIN_AFTER_ABORT = 2
WAITED_FOR = (DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED)


def subscribe(parcel_pk: UUID) -> Later | None:
    """Effect: have the provider push what it hears. Refused: we ask from time to time instead.

    A number that is subscribed already is no error, so a lost answer is simply asked for again.
    Saleor may be asked first, for a telephone: away, and without an answer, all of it is repeated.
    """
    parcel = Parcel.objects.select_related("shop").get(pk=parcel_pk)
    if parcel.status in ARRIVED:
        return None
    phone = find_phone(parcel)
    if not _count_subscription(parcel):
        return None
    try:
        tracker = tracker_of(parcel.shop)
        if tracker is not None:
            tracker.subscribe(
                parcel.courier,
                waybill_of(parcel),
                phone=phone,
                salt=salt_of(parcel),
                tracking_url=parcel_url(parcel, tracker.provider),
            )
    except ProviderRejected as no:
        log.warning("parcel.not_subscribed", parcel=str(parcel.pk), code=no.code)
    except ProviderUnavailable:
        Parcel.objects.filter(pk=parcel.pk).update(subscriptions=F("subscriptions") - 1)
        raise
    return None


def look(parcel_pk: UUID) -> Later | None:
    """Effect: ask where a parcel is that nobody has told of for a while.

    Refused, away or without an answer: the next look asks again, and is told everything anew.
    """
    parcel = Parcel.objects.select_related("shop").get(pk=parcel_pk)
    now = clock.now()
    since = parcel.followed_at
    if since is None or parcel.next_look_at is None or parcel.next_look_at > now:
        return None  # a push came meanwhile
    if not is_tracking(parcel.shop):
        # Not for ever: an account that comes later follows what nobody tells of.
        Parcel.objects.filter(pk=parcel.pk).update(followed_at=None, next_look_at=None)
        return None
    if not _is_waited_for(parcel):
        _stop(parcel, now)
        return None
    parcel.looked_at = now
    parcel.next_look_at = next_look(since, now, scale=settings.CLOCK_SCALE)
    parcel.save(update_fields=["looked_at", "next_look_at"])
    try:
        _ask(parcel)
    except ProviderError as trouble:
        log.warning("parcel.not_told", parcel=str(parcel.pk), error=str(trouble))
        if isinstance(trouble, ProviderRejected) and trouble.kind is Rejection.REQUEST:
            try_the_shops(parcel)
    if parcel.next_look_at is None:
        _stop(parcel, now)
    return None


def _ask(parcel: Parcel) -> None:
    tracker = tracker_of(parcel.shop)
    if tracker is None:
        return
    tracked = tracker.track(parcel.courier, waybill_of(parcel), phone=phone_of(parcel))
    with transaction.atomic():
        take(parcel, tracked, now=clock.now())


def take(parcel: Parcel, tracked: Tracked, *, now: datetime) -> None:
    """All that is known of a parcel by now, pushed or asked for, in the caller's transaction."""
    hear(parcel, tracked.events, now=now)
    _correct_courier(parcel, tracked.courier)
    hear_tracking(parcel, now=now)
    if tracked.wants_new_subscription and parcel.subscriptions < AGAIN_AFTER_ABORT:
        put(SUBSCRIBE, parcel.pk, shop=parcel.shop, key=parcel_key(parcel.pk), due_at=now)
    elif tracked.is_over or tracked.wants_new_subscription:
        _stop(parcel, now)


def _correct_courier(parcel: Parcel, key: str) -> None:
    """The provider found out whose number it really is."""
    carrier = carriers().get(key)
    if carrier is None or key == parcel.courier:
        return
    same = Parcel.objects.filter(shop=parcel.shop, waybill_index=parcel.waybill_index)
    if not same.filter(courier=key).exists():
        parcel.courier, parcel.carrier = key, carrier.zh
        parcel.save(update_fields=["courier", "carrier"])


def look_at_parcels(*, now: datetime) -> int:
    """Queue a look at every parcel that nobody has told of in time."""
    due = Parcel.objects.filter(next_look_at__lte=now).select_related("shop")
    found = list(due.order_by("next_look_at", "id")[:500])
    with transaction.atomic():
        for parcel in found:
            put(LOOK, parcel.pk, shop=parcel.shop, key=parcel_key(parcel.pk), due_at=now)
    return len(found)


def _count_subscription(parcel: Parcel) -> bool:
    """Before the call, so that a lost answer counts. False: the month's four are used up."""
    now = clock.now()
    if parcel.subscribed_at is not None and now - parcel.subscribed_at >= MONTH:
        parcel.subscriptions = 0
    if parcel.subscriptions >= MOST_SUBSCRIPTIONS:
        log.warning("parcel.subscriptions_used_up", parcel=str(parcel.pk))
        return False
    parcel.subscriptions += 1
    parcel.subscribed_at = now
    parcel.save(update_fields=["subscriptions", "subscribed_at"])
    return True


def _is_waited_for(parcel: Parcel) -> bool:
    """By a return, or by a customer whose time to return it begins with it."""
    if parcel.status in ARRIVED:
        return False
    return parcel.outbound.exists() or parcel.deliveries.filter(status__in=WAITED_FOR).exists()


def _stop(parcel: Parcel, now: datetime) -> None:
    Parcel.objects.filter(pk=parcel.pk, tracking_ended_at=None).update(tracking_ended_at=now)
    Parcel.objects.filter(pk=parcel.pk).update(next_look_at=None)

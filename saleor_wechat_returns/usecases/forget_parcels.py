"""Waybill numbers and scans lead to people: they go with their return, or by themselves.

What stays of a parcel is where it ended, and when it was signed for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from ..models import Parcel, TrackingEvent, UnmatchedParcel
from ..secretbox import seal

log = structlog.get_logger(__name__)

# Of parcels that no return names: long after anything could be asked about them.
KEPT_FOR = timedelta(days=180)
MOST_AT_ONCE = 500


def forget(parcels: QuerySet[Parcel]) -> None:
    """Erase numbers, telephones and all that was told of these, in the caller's transaction."""
    TrackingEvent.objects.filter(parcel__in=parcels).delete()
    nothing, key_id = seal("")
    parcels.update(
        waybill_sealed=nothing, phone_sealed=nothing, sealed_key_id=key_id, waybill_index=""
    )


def forget_outbound(*, now: datetime) -> int:
    """Forget what was sent so long ago that nobody asks, unless a return names it."""
    until = now - KEPT_FOR / settings.CLOCK_SCALE
    left = Q(followed_at__lte=until) | Q(followed_at=None, created_at__lte=until)
    old = Parcel.objects.filter(left, deliveries=None)
    named = old.exclude(waybill_index="").order_by("id")
    pks = list(named.values_list("pk", flat=True)[:MOST_AT_ONCE])
    with transaction.atomic():
        forget(Parcel.objects.filter(pk__in=pks))
    if pks:
        log.info("parcels.forgotten", count=len(pks))
    return len(pks)


def forget_unmatched(*, now: datetime) -> int:
    """Forget what stood on parcels of nobody whose search ended long ago."""
    old = UnmatchedParcel.objects.filter(
        ended_at__lte=now - KEPT_FOR / settings.CLOCK_SCALE, request=None
    )
    found = old.exclude(waybill_index="", note="", ended_note="")
    pks = list(found.order_by("id").values_list("pk", flat=True)[:MOST_AT_ONCE])
    forget_notes(UnmatchedParcel.objects.filter(pk__in=pks))
    return len(pks)


def forget_notes(parcels: QuerySet[UnmatchedParcel]) -> None:
    """Erase numbers and words, in the caller's transaction if there is one."""
    nothing, key_id = seal("")
    gone = {"waybill_sealed": nothing, "waybill_key_id": key_id, "waybill_index": ""}
    parcels.update(**gone, note="", ended_note="")

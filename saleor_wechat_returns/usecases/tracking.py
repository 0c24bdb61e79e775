"""What couriers say of parcels, kept and passed on to the returns and orders they belong to.

The clock, pushes and staff may tell the same thing at the same moment; domain/parcels.py makes the
order of hearing harmless. docs/decisions/0019-tracking.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet

from ..couriers.base import Told
from ..domain.lifecycle import DeliveryDirection, DeliveryMethod, DeliveryStatus
from ..domain.parcels import (
    ARRIVED,
    PARCEL_LABELS,
    SCANNED,
    TROUBLE,
    ParcelStatus,
    Standing,
    advance,
    next_look,
)
from ..domain.phones import mask_phones
from ..models import Parcel, ReturnRequest, ReverseDelivery, TrackingEvent
from ..models.staff import StaffTaskKind
from ..secretbox import seal
from .locks import lock_order_row, lock_request
from .move import note
from .outbound import hear_outbound
from .send_back import arrived
from .staff_tasks import close_tasks, open_task
from .whose_parcel import owned

log = structlog.get_logger(__name__)

# Of one parcel; no journey has as many.
MOST_EVENTS = 200
# Couriers' clocks are not ours. What is said of later than this counts when its time has come.
SKEW = timedelta(minutes=10)
# Both sides still wait for it, or gave it up too soon.
_EXPECTED = (DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED, DeliveryStatus.LOST)
# What people want to know without opening the timeline; each raises the return's version.
COLLECTED = "parcel_collected"
SIGNED = "parcel_signed"
IN_TROUBLE = "parcel_in_trouble"
GOING_BACK = "parcel_returned"


@dataclass(frozen=True, slots=True)
class _News:
    """A parcel is elsewhere than before."""

    parcel: Parcel
    before: ParcelStatus
    after: Standing


def hear(parcel: Parcel, told: Sequence[Told], *, now: datetime, is_timed: bool = True) -> None:
    """Write down what was said of a parcel, in the caller's transaction. Repeats change nothing.

    `is_timed`: the courier says when; else the same words are of the same event whenever they come.
    Takes the locks of every order it belongs to, of its returns, and its own.
    """
    deliveries = _lock_returns(parcel)
    parcel = Parcel.objects.select_for_update(no_key=True).select_related("shop").get(pk=parcel.pk)
    _write_events(parcel, told, is_timed=is_timed)
    before = Standing(ParcelStatus(parcel.status), parcel.heard_at)
    after = advance(before, (Standing(it.status, it.at) for it in told if it.at <= now + SKEW))
    parcel.status, parcel.heard_at = after.status, after.at
    parcel.signed_at = after.signed_at
    if parcel.next_look_at is not None and parcel.followed_at is not None:
        parcel.next_look_at = next_look(parcel.followed_at, now, scale=settings.CLOCK_SCALE)
    if after.status in ARRIVED:
        parcel.next_look_at, parcel.tracking_ended_at = None, parcel.tracking_ended_at or now
    parcel.save(
        update_fields=["status", "heard_at", "signed_at", "next_look_at", "tracking_ended_at"]
    )
    if after == before:
        return
    log.info("parcel.heard", parcel=str(parcel.pk), status=after.status)
    hear_outbound(parcel, after, now=now)
    if after.status != before.status:
        for delivery in deliveries:
            _tell(delivery, _News(parcel, before.status, after), now)


def _lock_returns(parcel: Parcel) -> list[ReverseDelivery]:
    """The deliveries of it whose owners wait for it, with their returns locked."""
    found = owned().filter(parcel=parcel, status__in=_EXPECTED).order_by("id")
    orders = {*parcel.outbound.values_list("order_id", flat=True)}
    orders |= {delivery.request.order_id for delivery in found.select_related("request")}
    for order_pk in sorted(orders):
        lock_order_row(order_pk)
    wanted = {delivery.request_id for delivery in found}
    requests = {pk: lock_request(pk) for pk in sorted(wanted)}
    deliveries = [delivery for delivery in found.all() if delivery.request_id in requests]
    for delivery in deliveries:
        delivery.request = requests[delivery.request_id]
    return deliveries


def _write_events(parcel: Parcel, told: Sequence[Told], *, is_timed: bool) -> None:
    room = MOST_EVENTS - parcel.tracking.count()
    if room < len(told):
        log.warning("parcel.too_many_events", parcel=str(parcel.pk), left_out=len(told) - room)
    TrackingEvent.objects.bulk_create(
        [_event_of(parcel, it, is_timed=is_timed) for it in told[: max(0, room)]],
        ignore_conflicts=True,
    )


def _event_of(parcel: Parcel, told: Told, *, is_timed: bool) -> TrackingEvent:
    sealed, key_id = seal(json.dumps(dict(told.raw), ensure_ascii=False))
    return TrackingEvent(
        shop_id=parcel.shop_id,
        parcel=parcel,
        status=told.status,
        code=told.code[:32],
        text=mask_phones(told.text)[:500],
        place=told.place[:100],
        at=told.at,
        is_timed=is_timed,
        digest=_digest(told, is_timed=is_timed),
        raw_sealed=sealed,
        raw_key_id=key_id,
    )


def timeline(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """What people are shown of them, newest first.

    Calls about a booking name no time. They tell of accounts as well, and of scans that the
    tracking tells of with time and place: those are kept, and not shown twice.
    """
    in_time = sorted(events, key=lambda event: (event.at, event.pk))
    told = {ParcelStatus.UNKNOWN, *(event.status for event in in_time if event.is_timed)}
    shown = []
    for event in in_time:
        if event.is_timed or event.status not in told:
            shown.append(event)
            told.add(ParcelStatus(event.status))
    return shown[::-1]


def _digest(told: Told, *, is_timed: bool) -> str:
    """Equal for one thing said twice, by a push and by an answer, with more or less beside it."""
    same = [told.at.isoformat() if is_timed else told.code, told.status, told.text]
    return hashlib.sha256("\n".join(same).encode()).hexdigest()


def _tell(delivery: ReverseDelivery, news: _News, now: datetime) -> None:
    request = delivery.request
    kind = _kind_of(delivery, news)
    if kind is not None:
        data = {"delivery": str(delivery.pk), "carrier": news.parcel.carrier}
        note(request, kind, now=now, data=data)
    if news.after.status in TROUBLE:
        tell_of_trouble(request, delivery, news.parcel)
    elif news.before in TROUBLE:
        close_trouble(request, now=now)
    is_for_customer = delivery.direction == DeliveryDirection.TO_CUSTOMER
    if is_for_customer and news.after.status is ParcelStatus.SIGNED:
        arrived(request, delivery, now=now)  # last: it may be trouble of its own


def _kind_of(delivery: ReverseDelivery, news: _News) -> str | None:
    match news.after.status:
        case ParcelStatus.SIGNED:
            # By the customer, where refused goods went back: `arrived` tells of that.
            return SIGNED if delivery.direction == DeliveryDirection.BACK else None
        case ParcelStatus.EXCEPTION:
            return IN_TROUBLE
        case ParcelStatus.RETURNED:
            # Refused at the door: that it goes back is what the return began with.
            return None if delivery.method == DeliveryMethod.REFUSED else GOING_BACK
        case status if status in SCANNED and news.before not in SCANNED:
            # Of a pickup its booking tells, and moves the return.
            return None if delivery.method == DeliveryMethod.PICKUP else COLLECTED
        case _:
            return None


def tell_of_trouble(request: ReturnRequest, delivery: ReverseDelivery, parcel: Parcel) -> None:
    """Put a parcel in trouble on staff's list. Refused at the door, that it goes back is none."""
    if delivery.method != DeliveryMethod.REFUSED:
        zh, en = PARCEL_LABELS[parcel.status]
        open_task(request, StaffTaskKind.PARCEL_TROUBLE, f"{parcel.carrier}: {zh} / {en}")


def tell_of_troubles(request: ReturnRequest) -> None:
    """The same of all parcels that are waited for, where others than before are."""
    for delivery in _in_trouble(request).order_by("id"):
        tell_of_trouble(request, delivery, delivery.parcel)


def close_trouble(request: ReturnRequest, *, now: datetime) -> None:
    """Take the task off the list once no parcel that is waited for has a problem."""
    if not _in_trouble(request).exclude(method=DeliveryMethod.REFUSED).exists():
        close_tasks(request, StaffTaskKind.PARCEL_TROUBLE, now=now)


def _in_trouble(request: ReturnRequest) -> QuerySet[ReverseDelivery]:
    waiting = owned().filter(
        request=request,
        status__in=(DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED),
        parcel__status__in=TROUBLE,
    )
    return waiting.select_related("parcel")

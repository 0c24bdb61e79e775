"""The shop's own parcels to its customers: followed, so that the days to return them begin when
they were really signed for, and so that a parcel refused at the door is noticed.

Saleor knows a tracking number and no courier. Where it goes is told by couriers, never by Saleor.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings

from ..couriers.carriers import Carrier, named, surely
from ..domain.lifecycle import Status
from ..domain.parcels import FOLLOWED_FOR, PARCEL_LABELS, ParcelStatus, Standing
from ..domain.phones import normal_phone
from ..domain.positions import WITH_CUSTOMER
from ..models import OutboundDelivery, Parcel, ReturnableOrder, ReturnRequest
from ..models.staff import StaffTaskKind
from ..outbox import put
from ..saleor.payloads import FulfillmentFacts, OrderFacts
from ..secretbox import blind_index, seal
from .following import follow, is_tracking
from .parcel_rows import parcel_under, tidy_number
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

REFUSED = "parcel.refused"
LONGEST_NUMBER = 32
# Couriers that ask for a phone are content with these, so nobody's whole number is kept.
LAST_DIGITS = 4
# Somebody decides about goods of which the customer says that he has them, or that he has not.
ASKED = (Status.REQUESTED, Status.AWAITING_CUSTOMER, Status.APPROVED, Status.APPEALED)


def keep_outbound(order: ReturnableOrder, facts: OrderFacts, *, now: datetime) -> None:
    """Follow what Saleor says was sent, where the shop can be told of it. Needs the order lock."""
    sent = {
        part.fulfillment.id: part.fulfillment
        for part in facts.fulfilled
        if part.status in WITH_CUSTOMER and _can_be_followed(part.fulfillment, now)
    }
    if not facts.has_parcels or not sent or not is_tracking(order.shop):
        return
    known = {row.fulfillment_id: row for row in order.outbound.select_related("parcel")}
    for fulfillment in sent.values():
        number = tidy_number(fulfillment.tracking_number)
        carrier = carrier_of(fulfillment)
        row = known.get(fulfillment.id)
        if row is None or not _is_of(row.parcel, number, carrier):
            parcel = parcel_of(order, fulfillment, phone=facts.receiver_phone)
            _keep(order, fulfillment.id, parcel)
            follow(parcel, now=now)


def parcel_of(order: ReturnableOrder, sent: FulfillmentFacts, *, phone: str = "") -> Parcel:
    """The parcel of a fulfilment, made if nobody has told of it yet. It may have no number."""
    if not sent.tracking_number:
        nothing, key_id = seal("")
        return Parcel.objects.create(
            shop=order.shop, waybill_sealed=nothing, phone_sealed=nothing, sealed_key_id=key_id
        )
    carrier = carrier_of(sent)
    return parcel_under(
        order.shop,
        sent.tracking_number,
        carrier=carrier.key if carrier else sent.carrier[:64],
        phone=normal_phone(phone)[-LAST_DIGITS:],
    )


def carrier_of(sent: FulfillmentFacts) -> Carrier | None:
    """As the shop wrote it beside the number; else as the number itself tells beyond doubt."""
    return named(sent.carrier) or surely(tidy_number(sent.tracking_number))


def hear_outbound(parcel: Parcel, now_is: Standing, *, now: datetime) -> None:
    """Its courier told of a parcel: when it was signed for, or that it comes back (拒收).

    The courier's word goes before what anybody reported. Needs the order locks.
    """
    for row in parcel.outbound.select_related("shop").order_by("id"):
        if now_is.signed_at is not None or not row.reported_by:
            row.signed_at, row.reported_by = now_is.signed_at, ""
            row.save(update_fields=["signed_at", "reported_by"])
        if now_is.status is ParcelStatus.RETURNED and row.refusal_id is None:
            key = f"order:{row.order_id}"
            put(REFUSED, row.pk, shop=row.shop, key=key, due_at=now)
        for request in ReturnRequest.objects.filter(order=row.order_id, status__in=ASKED):
            if now_is.status is ParcelStatus.EXCEPTION:
                look_at_outbound(request)
            else:
                close_tasks(request, StaffTaskKind.OUTBOUND_TROUBLE, now=now)


def look_at_outbound(request: ReturnRequest) -> None:
    """Put before staff that what is asked for may never have come. Needs the order lock.

    Of parcels that nobody asks anything about, nobody here has to decide.
    """
    troubles = OutboundDelivery.objects.filter(
        order=request.order_id, parcel__status=ParcelStatus.EXCEPTION
    )
    for row in troubles.select_related("parcel").order_by("id"):
        if request.lines.filter(parcels__has_key=row.fulfillment_id).exists():
            zh, en = PARCEL_LABELS[ParcelStatus.EXCEPTION]
            detail = f"{row.parcel.carrier}: {zh} / {en}" if row.parcel else ""
            open_task(request, StaffTaskKind.OUTBOUND_TROUBLE, detail)


def _keep(order: ReturnableOrder, fulfillment_id: str, parcel: Parcel) -> None:
    row, is_new = OutboundDelivery.objects.get_or_create(
        shop=order.shop,
        fulfillment_id=fulfillment_id,
        defaults={"order": order, "parcel": parcel, "signed_at": parcel.signed_at},
    )
    if not is_new:
        row.parcel = parcel
        if not row.reported_by:
            row.signed_at = parcel.signed_at
        row.save(update_fields=["parcel", "signed_at"])
    log.info("outbound.followed", fulfillment=fulfillment_id, courier=parcel.courier)


def _can_be_followed(sent: FulfillmentFacts, now: datetime) -> bool:
    number = tidy_number(sent.tracking_number)
    is_number = number.replace("-", "").isalnum() and number.isascii()
    is_young = now - sent.created_at < FOLLOWED_FOR / settings.CLOCK_SCALE
    return is_number and len(number) <= LONGEST_NUMBER and is_young


def _is_of(parcel: Parcel | None, number: str, carrier: Carrier | None) -> bool:
    if parcel is None or parcel.waybill_index != blind_index(number):
        return False
    return carrier is None or parcel.courier == carrier.key

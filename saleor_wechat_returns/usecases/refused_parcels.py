"""拒收: the shop's parcel comes back because nobody took it. A return begins by itself, once.

Where the customer had asked for a return before, its goods come with this parcel.
Whether anything is given back is decided as with every return: staff receive and inspect it.
docs/decisions/0019-tracking.md
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from .. import clock
from ..domain.errors import ErrorCode, ProviderError, refuse
from ..domain.lifecycle import DeliveryMethod, DeliveryStatus, Kind, Move, Status
from ..domain.positions import WITH_CUSTOMER
from ..models import (
    OutboundDelivery,
    Parcel,
    ReturnableLine,
    ReturnableOrder,
    ReturnRequest,
    ReverseDelivery,
    WechatPayment,
)
from ..models.payments import WechatPaymentStatus
from ..outbox import Later
from ..saleor.payloads import FulfilledPieces, FulfillmentFacts
from ..secretbox import blind_index
from .access import Viewer
from .bookings import TO_BE_FETCHED, call_off
from .create_return import SALEOR_SECONDS, save_with_number
from .eligibility import is_paid, taken_pieces
from .holds import hold, worth
from .ledger import Read, lock_order, read_order
from .locks import lock_request
from .move import SYSTEM, By, begin, move, note
from .outbound import parcel_of
from .parcel_rows import tidy_number
from .policies import REFUSED_AT_DOOR, policy_for
from .shipping import promise_shipping
from .texts import is_order_id
from .tracking import GOING_BACK

log = structlog.get_logger(__name__)

# The goods of such a return are still to come.
AWAITED = (
    *(Status.REQUESTED, Status.AWAITING_CUSTOMER, Status.APPEALED),
    *(*TO_BE_FETCHED, Status.IN_TRANSIT),
)


def begin_refused(outbound_pk: UUID) -> Later | None:
    """Effect: its courier says that a parcel of ours comes back."""
    row = OutboundDelivery.objects.select_related("shop", "order").get(pk=outbound_pk)
    read = read_order(row.shop, row.order.order_id)
    if read is not None:
        with transaction.atomic():
            order = lock_order(row.shop, read)
            _begin(order, read, row.fulfillment_id, by=SYSTEM, now=clock.now())
    return None


def report_refused(
    staff: Viewer, *, order_id: str, fulfillment_id: str, waybill_no: str, now: datetime
) -> ReturnRequest:
    """Staff have a parcel in hands that the customer did not take. Once more: the same return.

    Named by its waybill number, or by order and fulfilment where we never heard of it. Reads the
    order from Saleor before any transaction. Takes the order lock. Raises Refusal.
    """
    if waybill_no:
        order_id, fulfillment_id = _sent_under(staff, waybill_no)
    read = read_order_for(staff, order_id)
    with transaction.atomic():
        order = lock_order(staff.shop, read)
        request = _begin(order, read, fulfillment_id, by=staff.by, now=now)
        if request is not None:
            return request
        is_known = read.facts.fulfillment(fulfillment_id) is not None
        code = ErrorCode.QUANTITY_EXCEEDS_RETURNABLE if is_known else ErrorCode.NOT_FOUND
        raise refuse(code, "fulfillmentId")


def read_order_for(staff: Viewer, order_id: str) -> Read:
    """An order of the staff's shop, while they wait. Raises Refusal."""
    if not is_order_id(order_id):
        raise refuse(ErrorCode.MALFORMED, "orderId")
    try:
        read = read_order(staff.shop, order_id, seconds=SALEOR_SECONDS, with_parcels=True)
    except ProviderError as trouble:
        log.warning("order.unreadable", shop=staff.shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    if read is None:
        raise refuse(ErrorCode.NOT_FOUND, "orderId")
    return read


def _sent_under(staff: Viewer, waybill_no: str) -> tuple[str, str]:
    index = blind_index(tidy_number(waybill_no))
    found = OutboundDelivery.objects.filter(shop=staff.shop, parcel__waybill_index=index)
    row = found.select_related("order").order_by("-id").first()
    if row is None:
        raise refuse(ErrorCode.NOT_FOUND, "waybillNo")
    return row.order.order_id, row.fulfillment_id


def _begin(
    order: ReturnableOrder, read: Read, fulfillment_id: str, *, by: By, now: datetime
) -> ReturnRequest | None:
    """The return that began with it, begins now, or waits for it. Needs the order lock.

    None where nothing of it is free, or nothing could be given back.
    """
    row = OutboundDelivery.objects.filter(order=order, fulfillment_id=fulfillment_id).first()
    if row is not None and row.refusal is not None:
        return row.refusal
    parts = [
        part
        for part in read.facts.fulfilled
        if part.fulfillment.id == fulfillment_id and part.status in WITH_CUSTOMER
    ]
    holders = _bring_to_holders(order, parts[0].fulfillment, now=now) if parts else []
    free = _free_pieces(order, parts)
    is_worth_it = any(worth(line, quantity) for line, quantity in free)
    if not free or order.currency != "CNY" or (is_worth_it and not is_paid(order)):
        log.warning("refused_parcel.nothing_to_return", order=order.order_id)
        return next(iter(holders), None)
    request = ReturnRequest(
        created_at=now,
        shop=order.shop,
        order=order,
        policy=policy_for(order.shop, order.channel),
        customer_id=order.customer_id,
        openid_index="" if order.customer_id else _payer_of(order),
        kind=Kind.RETURN_AND_REFUND,
        status=Status.IN_TRANSIT,
        reason=REFUSED_AT_DOOR.code,
        promised_fen=0,
        updated_at=now,
    )
    save_with_number(request, now=now)
    shares = 0
    for line, quantity in free:
        part = hold(request, line, quantity, unshipped=0)
        part.parcels = {fulfillment_id: quantity}
        part.save(update_fields=["parcels"])
        shares += part.share_fen
    promise_shipping(request)
    request.promised_fen = shares + request.shipping_fen
    begin(request, by=by, now=now, status=Status.IN_TRANSIT, data={"reason": request.reason})
    _claim(parts[0].fulfillment, request)
    log.info("return.refused_at_door", number=request.number, pieces=sum(q for _, q in free))
    return request


def _free_pieces(
    order: ReturnableOrder, parts: Iterable[FulfilledPieces]
) -> list[tuple[ReturnableLine, int]]:
    """What of the parcel is in no other return."""
    lines = {line.order_line_id: line for line in order.lines.order_by("id")}
    taken = taken_pieces(order)
    found = []
    for part in parts:
        line = lines[part.order_line_id]
        elsewhere = taken.get(line.pk, {}).get(part.fulfillment.id, 0)
        most = min(line.free_shipped, line.quantity - line.assigned_pieces)
        quantity = min(part.quantity - elsewhere, most)
        if quantity > 0:
            found.append((line, quantity))
    return found


def _payer_of(order: ReturnableOrder) -> str:
    """Whoever paid through WeChat, where the order is nobody's account's."""
    paid = WechatPayment.objects.filter(
        shop=order.shop,
        status=WechatPaymentStatus.PAID,
        transaction_id__in=order.payments.values("transaction_id"),
    )
    return paid.order_by("id").values_list("openid_index", flat=True).first() or ""


def _bring_to_holders(
    order: ReturnableOrder, sent: FulfillmentFacts, *, now: datetime
) -> list[ReturnRequest]:
    """Returns of pieces in this parcel, asked for before: their goods come with it.

    Nobody waits any more for the customer to send them. Repeats change nothing.
    """
    found = ReturnRequest.objects.filter(
        order=order, holds_ended_at=None, status__in=AWAITED, lines__parcels__has_key=sent.id
    )
    holders = []
    for pk in found.order_by("pk").values_list("pk", flat=True).distinct():
        request = lock_request(pk)
        if request.kind == Kind.RETURN_AND_REFUND:
            _comes_with(request, _row_of(order, sent)[1], now)
            holders.append(request)
        elif not request.events.filter(kind=GOING_BACK).exists():
            note(request, GOING_BACK, now=now)
    return holders


def _comes_with(request: ReturnRequest, parcel: Parcel, now: datetime) -> None:
    named = request.deliveries.filter(parcel=parcel).exclude(status=DeliveryStatus.CANCELED)
    if named.exists():
        return
    _write(request, parcel)
    call_off(request, now=now)
    data = {"carrier": parcel.carrier, "refused": True}
    if request.status in TO_BE_FETCHED:
        move(request, Move.PICK_UP, by=SYSTEM, now=now, data=data)
    else:
        note(request, GOING_BACK, now=now, data=data)
    log.info("return.comes_refused", number=request.number)


def _claim(sent: FulfillmentFacts, request: ReturnRequest) -> None:
    """The parcel is this return's, and no second return begins with it."""
    row, parcel = _row_of(request.order, sent)
    row.refusal = request
    row.save(update_fields=["refusal"])
    _write(request, parcel)


def _row_of(order: ReturnableOrder, sent: FulfillmentFacts) -> tuple[OutboundDelivery, Parcel]:
    """The fulfilment's, with its parcel; made if nobody has told of it yet."""
    row, _ = OutboundDelivery.objects.get_or_create(
        shop=order.shop, fulfillment_id=sent.id, defaults={"order": order}
    )
    parcel = row.parcel or parcel_of(order, sent)
    if row.parcel is None:
        row.parcel = parcel
        row.save(update_fields=["parcel"])
    return row, parcel


def _write(request: ReturnRequest, parcel: Parcel) -> None:
    ReverseDelivery.objects.create(
        shop=request.shop,
        request=request,
        parcel=parcel,
        method=DeliveryMethod.REFUSED,
        status=DeliveryStatus.SUBMITTED,
    )

"""Refused goods go back to the customer (EC49), in a parcel of their own.

Where it goes staff read in Saleor: the customer's address is not kept here. Lost on the way, the
pieces are the shop's to pay: a return of money alone, which staff approve.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.inspection import Outcome
from ..domain.lifecycle import DeliveryDirection, DeliveryStatus, Kind, Status
from ..domain.policy import Party
from ..models import ReturnableLine, ReturnRequest, ReverseDelivery
from ..models.staff import StaffTaskKind
from .access import Viewer
from .create_return import save_with_number
from .following import follow
from .goods_left import DECIDED, pieces_left, way_back
from .holds import fault_of, hold
from .locks import lock_own_request
from .move import SYSTEM, By, begin, move_delivery, note
from .parcel_rows import parcel_under
from .review import need_version
from .self_ship import faults_of_parcel
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

SENT = "sent_back"
ARRIVED = "back_with_customer"
LOST = "lost_on_way_back"


@dataclass(frozen=True, slots=True)
class WantedSendBack:
    """`payer`: who pays for the way, as the customer is told."""

    carrier: str
    waybill_no: str
    payer: Party = Party.CUSTOMER


def send_back(
    staff: Viewer, id: str, wanted: WantedSendBack, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Staff sent the refused goods; until they have arrived a later number corrects it.

    Takes the order lock. Raises Refusal.
    """
    if faults := faults_of_parcel(wanted.carrier, wanted.waybill_no):
        raise Refusal(*faults)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        former = way_back(request)
        if request.status not in DECIDED or not pieces_left(request):
            raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
        if former is not None:
            if former.status != DeliveryStatus.SUBMITTED:
                raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
            move_delivery(former, DeliveryStatus.CANCELED, now=now)
        parcel = parcel_under(request.shop, wanted.waybill_no, carrier=wanted.carrier)
        # The label that is still on the box.
        named = request.deliveries.filter(parcel=parcel).exclude(status=DeliveryStatus.CANCELED)
        if named.exists():
            raise refuse(ErrorCode.WAYBILL_CAME_IN, "waybillNo")
        ReverseDelivery.objects.create(
            shop_id=request.shop_id,
            request=request,
            parcel=parcel,
            direction=DeliveryDirection.TO_CUSTOMER,
            status=DeliveryStatus.SUBMITTED,
        )
        follow(parcel, now=now)
        data = {"carrier": parcel.carrier, "payer": wanted.payer}
        note(request, SENT, by=staff.by, now=now, data=data)
        close_tasks(request, StaffTaskKind.SEND_BACK_DUE, now=now)
    log.info("return.sent_back", number=request.number)
    return request


def arrived(request: ReturnRequest, delivery: ReverseDelivery, *, now: datetime) -> None:
    """The customer has signed for it, as its courier says. Needs the locks; repeats do nothing.

    Also one that was given up: staff are told, since its money may be asked for, or paid.
    """
    if delivery.status not in (DeliveryStatus.SUBMITTED, DeliveryStatus.LOST):
        return
    was_lost = delivery.status == DeliveryStatus.LOST
    move_delivery(delivery, DeliveryStatus.RECEIVED, now=now)
    note(request, ARRIVED, now=now)
    if was_lost:
        detail = "given up as lost, and signed for by the customer: do not pay for it as well"
        open_task(request, StaffTaskKind.PARCEL_TROUBLE, detail)


def lose(request: ReturnRequest, delivery: ReverseDelivery, *, by: By, now: datetime) -> None:
    """The parcel never reached the customer: its pieces become a request for their money.

    Needs the locks. Raises Refusal, with the lines, where the customer has asked for the pieces in
    another return meanwhile.
    """
    move_delivery(delivery, DeliveryStatus.LOST, now=now)
    close_tasks(request, StaffTaskKind.PARCEL_TROUBLE, now=now)
    claim = _money_for_pieces(request, now)
    note(request, LOST, by=by, now=now, data={"claim": claim.number if claim else ""})


def _money_for_pieces(request: ReturnRequest, now: datetime) -> ReturnRequest | None:
    """A return of these pieces for money alone, in the customer's name; staff decide on it.

    Something else than was sold (WRONG_ITEM) is worth nothing here: none where there is no more.
    """
    counts: Counter[ReturnableLine] = Counter()
    for pieces in pieces_left(request):
        if pieces.outcome != Outcome.WRONG_ITEM:
            counts[pieces.line.line] += pieces.quantity
    if not counts:
        return None
    faults = [fault for line, count in counts.items() if (fault := _fault(line, count))]
    if faults:
        raise Refusal(*faults)
    claim = ReturnRequest(
        created_at=now,
        shop=request.shop,
        order=request.order,
        split_from=request,
        policy=request.policy,
        customer_id=request.customer_id,
        openid_index=request.openid_index,
        kind=Kind.REFUND_ONLY,
        status=Status.REQUESTED,
        reason=request.reason,
        promised_fen=0,
        updated_at=now,
    )
    save_with_number(claim, now=now)
    parts = [hold(claim, line, count, unshipped=0) for line, count in counts.items()]
    claim.promised_fen = sum(part.share_fen for part in parts)
    begin(claim, by=SYSTEM, now=now, data={"lost": request.number})
    log.info("return.lost_on_way_back", number=request.number, claim=claim.number)
    return claim


def _fault(line: ReturnableLine, count: int) -> Fault | None:
    fault = fault_of(line, count, Kind.RETURN_AND_REFUND)
    return Fault(fault.code, "id", lines=fault.lines) if fault else None

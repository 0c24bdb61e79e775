"""The customer ships (自行寄回): which parcels are on their way, and under which numbers.

Numbers only warn and never refuse by how they look. Several parcels may belong to one return, and
one box may hold several returns; whatever looks like somebody else's is put before staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..couriers.carriers import guess, named
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import (
    DeliveryDirection,
    DeliveryMethod,
    DeliveryStatus,
    Move,
    Status,
)
from ..domain.parcels import SCANNED
from ..domain.warnings import Warned
from ..models import Parcel, ReturnRequest, ReverseDelivery
from ..secretbox import blind_index
from .access import Viewer, need_open_move
from .bookings import call_off
from .following import follow
from .idempotency import fault_of_key, once
from .locks import lock_own_request
from .move import move, move_delivery
from .ownership import returns_of
from .parcel_rows import parcel_under, tidy_number
from .shared_parcels import expected_back, look_again, look_for_others, naming
from .whose_parcel import is_others

LONGEST_CARRIER = 64
WAYBILL_LENGTHS = range(4, 65)
MOST_PARCELS = 10
MOST_NUMBERS = 30  # with those that were corrected: each is asked about for the shop's money


@dataclass(frozen=True, slots=True)
class WantedDelivery:
    """`carrier`: a key of couriers/carriers or any name; `replaces_id`: the delivery corrected."""

    request_id: str
    carrier: str
    waybill_no: str
    replaces_id: str = ""


def submit_delivery(
    customer: Viewer, wanted: WantedDelivery, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """The customer shipped, and tells carrier and waybill number.

    Another number is another parcel, unless it replaces one that its courier has not scanned; the
    same number again changes nothing. Before approval it is kept, and the return stays where it is.
    Takes the order lock. Raises Refusal.
    """
    faults = faults_of_parcel(wanted.carrier, wanted.waybill_no)
    if fault := fault_of_key(idempotency_key):
        faults.insert(0, fault)
    if faults:
        raise Refusal(*faults)

    def change(request: ReturnRequest) -> None:
        if request.status in (Status.CANCELED, Status.CLOSED):
            raise refuse(ErrorCode.RETURN_OVER, "id")
        need_open_move(customer, request, Move.SUBMIT_DELIVERY)
        replaced = _replaced(request, wanted.replaces_id)
        there = [it for it in expected_back(request) if it != replaced]
        if any(it.parcel.waybill_index == _index(wanted) for it in there):
            return
        is_used_up = replaced is not None and request.deliveries.count() >= MOST_NUMBERS
        if len(there) >= MOST_PARCELS or is_used_up:
            raise refuse(ErrorCode.TOO_MANY_PARCELS, "waybillNo")
        if replaced is not None:
            move_delivery(replaced, DeliveryStatus.CANCELED, now=now)
            look_again(request, now=now)
        parcel = _write(request, wanted)
        follow(parcel, now=now)
        look_for_others(request, now=now)
        call_off(request, now=now)
        data = {"carrier": parcel.carrier}
        move(request, Move.SUBMIT_DELIVERY, by=customer.by, now=now, data=data)

    return once(
        customer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(customer, wanted.request_id),
        change=change,
    )


def warnings_about(customer: Viewer, wanted: WantedDelivery) -> Sequence[Warned]:
    """What the customer should look at again. Tells nothing of other people's returns."""
    found = []
    carrier, likely = named(wanted.carrier), guess(tidy_number(wanted.waybill_no))
    if not likely:
        found.append(Warned.WAYBILL_LOOKS_WRONG)
    elif carrier is not None and carrier not in likely:
        found.append(Warned.CARRIER_LOOKS_WRONG)
    own = returns_of(customer).exclude(pk=wanted.request_id)
    if naming(customer.shop.pk, _index(wanted)).filter(request__in=own).exists():
        found.append(Warned.WAYBILL_IN_USE)
    return found


def faults_of_parcel(carrier: str, waybill_no: str) -> list[Fault]:
    """What is wrong with a carrier's name and its number, which must both be there."""
    faults = []
    if not carrier:
        faults.append(Fault(ErrorCode.REQUIRED, "carrier"))
    elif len(carrier) > LONGEST_CARRIER:
        faults.append(Fault(ErrorCode.TOO_LONG, "carrier"))
    elif not carrier.isprintable():
        faults.append(Fault(ErrorCode.MALFORMED, "carrier"))
    if fault := fault_of_waybill(waybill_no, "waybillNo"):
        faults.append(fault)
    return faults


def fault_of_waybill(number: str, field: str) -> Fault | None:
    """Why this can be no waybill number at all, or None; blanks in it do no harm."""
    tidy = tidy_number(number)
    looks_right = tidy.isascii() and tidy.replace("-", "").isalnum()
    if len(tidy) in WAYBILL_LENGTHS and looks_right and tidy.isprintable():
        return None
    return Fault(ErrorCode.MALFORMED, field)


def _index(wanted: WantedDelivery) -> str:
    return blind_index(tidy_number(wanted.waybill_no))


def _replaced(request: ReturnRequest, text_id: str) -> ReverseDelivery | None:
    """The delivery whose number was wrong. Raises Refusal: NOT_FOUND, DELIVERY_UNDER_WAY."""
    if not text_id:
        return None
    own = [
        it
        for it in expected_back(request)
        if it.method == DeliveryMethod.SELF_SHIP and it.status == DeliveryStatus.SUBMITTED
    ]
    try:
        found = next((it for it in own if it.pk == UUID(text_id)), None)
    except ValueError:
        found = None
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "replacesId")
    if found.parcel.status in SCANNED and not is_others(found):
        raise refuse(ErrorCode.DELIVERY_UNDER_WAY, "replacesId")
    return found


def _write(request: ReturnRequest, wanted: WantedDelivery) -> Parcel:
    address = request.return_address
    parcel = parcel_under(
        request.shop,
        wanted.waybill_no,
        carrier=wanted.carrier,
        phone=address.phone if address else "",
    )
    ReverseDelivery.objects.create(
        shop_id=request.shop_id,
        request=request,
        parcel=parcel,
        status=DeliveryStatus.SUBMITTED,
        direction=DeliveryDirection.BACK,
    )
    return parcel

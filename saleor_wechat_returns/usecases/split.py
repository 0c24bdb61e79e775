"""Part of a return came: what did not is a return of its own (售后单拆分).

Pieces and fen move from one to the other; no hold is given back, and no promise changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ..domain.lifecycle import DeliveryMethod, DeliveryStatus, Status
from ..domain.money import Fen, split_worth
from ..models import PickupBooking, ReturnLine, ReturnRequest, ReverseDelivery, StaffTask
from .access import Viewer
from .bookings import ABOUT_PICKUPS
from .create_return import save_with_number
from .move import begin, note
from .shared_parcels import look_for_others
from .tracking import tell_of_troubles

SPLIT = "split"
SPLIT_OFF = "split_off"
# The goods have left the customer, though nobody may know where they are.
ON_THEIR_WAY = frozenset({DeliveryStatus.SUBMITTED, DeliveryStatus.LOST})


def split_off(
    staff: Viewer,
    request: ReturnRequest,
    came: Mapping[UUID, int],
    parcels: Sequence[ReverseDelivery],
    *,
    now: datetime,
) -> ReturnRequest:
    """Make a return of the pieces that did not come, on their way in `parcels` or still to be sent.

    `came`: pieces by return line. Owner, rules, reason and address are the same, the number is its
    own; the outbound shipping stays where it is. Needs the order lock.
    """
    rest = ReturnRequest(
        created_at=now,
        shop=request.shop,
        order=request.order,
        policy=request.policy,
        customer_id=request.customer_id,
        openid_index=request.openid_index,
        kind=request.kind,
        status=Status.APPROVED,
        reason=request.reason,
        promised_fen=0,
        return_address_id=request.return_address_id,
        split_from=request,
        legal_hold=request.legal_hold,
        updated_at=now,
    )
    save_with_number(rest, now=now)
    parts = list(request.lines.order_by("line_id"))
    moved = [part for part in parts if came[part.pk] < part.quantity]
    rest.promised_fen = sum(_move_pieces(part, came[part.pk], rest) for part in moved)
    request.promised_fen -= rest.promised_fen
    _move_parcels(parcels, request, rest)
    if not parcels:
        parcels = _left_with_courier(request, rest)
    note(request, SPLIT, by=staff.by, now=now, data={"rest": rest.number})
    data = {"split_from": request.number}
    begin(rest, by=staff.by, now=now, status=_status_of(parcels), kind=SPLIT_OFF, data=data)
    tell_of_troubles(rest)
    look_for_others(rest, now=now)
    return rest


def _move_pieces(part: ReturnLine, stay: int, rest: ReturnRequest) -> int:
    """What the moved pieces were promised to bring."""
    if stay == 0:
        part.request = rest
        part.save(update_fields=["request"])
        return part.owed_fen
    share, moved_share = split_worth(stay, pieces=part.quantity, fen=Fen(part.share_fen))
    agreed, moved_agreed = None, None
    if part.agreed_fen is not None:
        agreed, moved_agreed = split_worth(stay, pieces=part.quantity, fen=Fen(part.agreed_fen))
    parcels, moved_parcels = _split_parcels(part.parcels, stay)
    moved = ReturnLine.objects.create(
        shop_id=part.shop_id,
        request=rest,
        line_id=part.line_id,
        shipped_quantity=part.quantity - stay,
        unshipped_quantity=0,
        share_fen=moved_share,
        agreed_fen=moved_agreed,
        parcels=moved_parcels,
    )
    part.shipped_quantity = stay
    part.share_fen, part.agreed_fen, part.parcels = share, agreed, parcels
    part.save(update_fields=["shipped_quantity", "share_fen", "agreed_fen", "parcels"])
    return moved.owed_fen


def _split_parcels(parcels: Mapping[str, int], stay: int) -> tuple[dict[str, int], dict[str, int]]:
    """Which of the pieces, by the fulfilment they came in, stay and which move."""
    staying, moving = {}, {}
    for fulfillment_id, pieces in parcels.items():
        taken = min(stay, pieces)
        stay -= taken
        if taken:
            staying[fulfillment_id] = taken
        if pieces > taken:
            moving[fulfillment_id] = pieces - taken
    return staying, moving


def _move_parcels(
    parcels: Sequence[ReverseDelivery], request: ReturnRequest, rest: ReturnRequest
) -> None:
    """With the couriers who come for them, and what staff are to do about those."""
    for delivery in parcels:
        delivery.request = rest
        delivery.save(update_fields=["request"])
    for booking in PickupBooking.objects.filter(delivery__in=parcels).order_by("id"):
        booking.request = rest
        booking.save(update_fields=["request"])
        tasks = StaffTask.objects.filter(request=request, kind__in=ABOUT_PICKUPS, closed_at=None)
        is_its = Q(detail=booking.number) | Q(detail__startswith=f"{booking.number}: ")
        tasks.filter(is_its).update(request=rest)


def _left_with_courier(request: ReturnRequest, rest: ReturnRequest) -> list[ReverseDelivery]:
    """Of a parcel refused at the door nobody waits for the customer: he never had it."""
    refused = request.deliveries.filter(method=DeliveryMethod.REFUSED).order_by("id")
    return [
        ReverseDelivery.objects.create(
            shop_id=rest.shop_id,
            request=rest,
            parcel_id=delivery.parcel_id,
            method=delivery.method,
            status=DeliveryStatus.LOST,
        )
        for delivery in refused
    ]


def _status_of(parcels: Sequence[ReverseDelivery]) -> Status:
    if any(parcel.status in ON_THEIR_WAY for parcel in parcels):
        return Status.IN_TRANSIT
    return Status.AWAITING_PICKUP if parcels else Status.APPROVED

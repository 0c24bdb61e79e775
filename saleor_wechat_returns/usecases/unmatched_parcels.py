"""Parcels of nobody (无主件): in the warehouse, and nobody knows of which return.

Written down by whoever opens them; matched at once where exactly one return waits for that
number, later by a person, or given up with a word why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import DeliveryDirection, DeliveryStatus, Move, Status
from ..models import ReturnRequest, ReverseDelivery, UnmatchedParcel
from ..secretbox import blind_index, open_sealed, seal
from .access import Viewer, moves_of
from .attach_evidence import WantedEvidence, attach_unmatched, now_of_return
from .find_parcels import returns_in, unmatched_of, waiting_for
from .locks import lock_own_request
from .move import move_delivery, note
from .parcel_rows import parcel_under, tidy_number
from .receive import receive
from .self_ship import LONGEST_CARRIER, WAYBILL_LENGTHS
from .shared_parcels import UNDER_WAY
from .texts import fault_of_text
from .viewing import check_rows

log = structlog.get_logger(__name__)

LONGEST_NOTE = 1000
MATCHED = "parcel_matched"


@dataclass(frozen=True, slots=True)
class WantedUnmatched:
    """What stands on the parcel, as far as anything does; `note`: what is in it."""

    carrier: str
    waybill_no: str
    note: str
    evidence: Sequence[WantedEvidence] = ()


def take_in(handler: Viewer, wanted: WantedUnmatched, *, now: datetime) -> UnmatchedParcel:
    """Write down a parcel that nobody knows. The same number again only adds its photos.

    Where exactly one return waits for that number, it is received. Raises Refusal.
    """
    faults = _faults_of(wanted)
    if faults:
        raise Refusal(*faults)
    number = tidy_number(wanted.waybill_no)
    index = blind_index(number) if number else ""
    with transaction.atomic():
        sealed, key_id = seal(number)
        about = {
            "carrier": wanted.carrier,
            "waybill_sealed": sealed,
            "waybill_key_id": key_id,
            "note": wanted.note,
            "received_at": now,
            "received_by": handler.user_id,
        }
        rows = UnmatchedParcel.objects
        if number:
            found = {"shop": handler.shop, "waybill_index": index, "ended_at": None}
            parcel, _ = rows.get_or_create(**found, defaults=about)
        else:
            parcel = rows.create(shop=handler.shop, **about)
        attach_unmatched(handler, parcel, wanted.evidence, field="input.evidence")
    log.info("parcel.unmatched", parcel=str(parcel.pk))
    return _match_at_once(handler, parcel, now)


def match(handler: Viewer, pk: UUID | None, request_id: str, *, now: datetime) -> UnmatchedParcel:
    """The parcel is of this return, which is received with it. Takes the order lock.

    Raises Refusal: PARCEL_NOT_EXPECTED where the return waits for none, with what to do;
    RECEIVE_INSTEAD where it waits for others too, since nobody guesses what was in which.
    """
    with transaction.atomic():
        request = lock_own_request(handler, request_id)
        parcel = _lock_open(handler, pk)
        if Move.RECEIVE not in moves_of(handler, request) and request.status != Status.RECEIVED:
            raise refuse(ErrorCode.PARCEL_NOT_EXPECTED, "returnRequestId")
        if request.status != Status.RECEIVED and _others_to_come(request):
            raise refuse(ErrorCode.RECEIVE_INSTEAD, "returnRequestId")
        _receive(handler, request, parcel, now)
        parcel.request, parcel.ended_at, parcel.ended_by = request, now, handler.user_id
        parcel.save()
        now_of_return(parcel, request, now=now)
    log.info("parcel.matched", parcel=str(parcel.pk), number=request.number)
    return parcel


def give_up(handler: Viewer, pk: UUID | None, text: str, *, now: datetime) -> UnmatchedParcel:
    """Nobody's after all, or sent back: staff say what became of it. Raises Refusal."""
    words = text.strip()
    if not words:
        raise refuse(ErrorCode.REQUIRED, "note")
    if fault := fault_of_text(words, "note", longest=LONGEST_NOTE):
        raise Refusal(fault)
    with transaction.atomic():
        parcel = _lock_open(handler, pk)
        parcel.ended_at, parcel.ended_by, parcel.ended_note = now, handler.user_id, words
        parcel.save()
    return parcel


def list_unmatched(
    handler: Viewer, *, is_open: bool | None, first: int, after: UUID | None
) -> tuple[list[UnmatchedParcel], bool]:
    """A page, newest first, and whether there is another. Raises Refusal."""
    check_rows(first)
    found = unmatched_of(handler).order_by("-id")
    if is_open is not None:
        found = found.filter(ended_at__isnull=is_open)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found[: first + 1])
    waiting = waiting_for(handler, {row.waybill_index for row in rows if row.ended_at is None})
    for row in rows:
        row.suggested = waiting.get(row.waybill_index, []) if row.ended_at is None else []
    return rows[:first], len(rows) > first


def number_of(parcel: UnmatchedParcel) -> str:
    """The waybill number that stands on it; "" where none does."""
    return open_sealed(parcel.waybill_sealed, parcel.waybill_key_id)


def _match_at_once(handler: Viewer, parcel: UnmatchedParcel, now: datetime) -> UnmatchedParcel:
    waiting = returns_in(handler, parcel.waybill_index)
    if len(waiting) != 1:
        return parcel
    try:
        return match(handler, parcel.pk, str(waiting[0].pk), now=now)
    except Refusal:  # not any more, or not yet: it stays on the list
        return parcel


def _receive(
    handler: Viewer, request: ReturnRequest, parcel: UnmatchedParcel, now: datetime
) -> None:
    """Into the warehouse with the return, or with this parcel of it where the return is there.

    While other parcels of it are under way nobody guesses what was in which: staff receive it as
    usual, and say what came.
    """
    delivery = _delivery_of(request, parcel) if parcel.waybill_index else None
    others = request.deliveries.filter(direction=DeliveryDirection.BACK, status__in=UNDER_WAY)
    if delivery is not None:
        others = others.exclude(pk=delivery.pk)
    if request.status != Status.RECEIVED and not others.exists():
        # Named, since it may be one that was given up.
        named = [delivery.pk] if delivery is not None else None
        version = request.version
        receive(handler, str(request.pk), expected_version=version, now=now, delivery_ids=named)
        return
    is_here = request.status == Status.RECEIVED
    if is_here and delivery is not None and delivery.status != DeliveryStatus.RECEIVED:
        move_delivery(delivery, DeliveryStatus.RECEIVED, now=now)
    note(request, MATCHED, by=handler.by, now=now, data={"unmatched": str(parcel.pk)})


def _others_to_come(request: ReturnRequest) -> bool:
    """Several parcels were told of, and are on their way."""
    back = request.deliveries.filter(
        direction=DeliveryDirection.BACK, status=DeliveryStatus.SUBMITTED
    )
    return back.count() > 1


def _delivery_of(request: ReturnRequest, parcel: UnmatchedParcel) -> ReverseDelivery:
    """As the customer told of it, or a new one."""
    named = request.deliveries.filter(parcel__waybill_index=parcel.waybill_index)
    told = named.exclude(status=DeliveryStatus.CANCELED).order_by("id").first()
    if told is not None:
        return told
    known = parcel_under(request.shop, number_of(parcel), carrier=parcel.carrier)
    return ReverseDelivery.objects.create(
        shop_id=request.shop_id,
        request=request,
        parcel=known,
        status=DeliveryStatus.SUBMITTED,
        direction=DeliveryDirection.BACK,
    )


def _lock_open(handler: Viewer, pk: UUID | None) -> UnmatchedParcel:
    """Raises Refusal."""
    rows = UnmatchedParcel.objects.select_for_update().filter(shop=handler.shop)
    parcel = rows.filter(pk=pk).first() if pk else None
    if parcel is None:
        raise refuse(ErrorCode.NOT_FOUND, "id")
    if parcel.ended_at is not None:
        raise refuse(ErrorCode.PARCEL_MATCHED, "id")
    return parcel


def _faults_of(wanted: WantedUnmatched) -> list[Fault]:
    faults = []
    if len(wanted.carrier) > LONGEST_CARRIER:
        faults.append(Fault(ErrorCode.TOO_LONG, "input.carrier"))
    elif wanted.carrier and not wanted.carrier.isprintable():
        faults.append(Fault(ErrorCode.MALFORMED, "input.carrier"))
    number = tidy_number(wanted.waybill_no)
    if number and not (
        len(number) in WAYBILL_LENGTHS and number.isascii() and number.replace("-", "").isalnum()
    ):
        faults.append(Fault(ErrorCode.MALFORMED, "input.waybillNo"))
    if fault := fault_of_text(wanted.note, "input.note", longest=LONGEST_NOTE):
        faults.append(fault)
    if not number and not wanted.note:
        faults.append(Fault(ErrorCode.REQUIRED, "input.note"))
    return faults

"""First step of a refund: tell Saleor that the pieces came back, once, and end their hold.

Saleor has no idempotency here and parallel returns all succeed, so an intent is written before
the call (which FULFILLMENT_RETURNED events were there), and a new event of ours is the proof.
Source: Saleor 3.21-3.23 as measured, 2026-11.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from .. import clock
from ..domain.errors import ProviderRejected, ProviderUnavailable
from ..domain.lifecycle import FINAL_REFUNDS, Kind, RefundStatus
from ..models import Refund, ReturnRequest, Shop
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import OrderFacts, ReturnedEvent
from .holds import consume
from .ledger import Read, lock_order
from .locks import lock_refund
from .move import note
from .refunds import GRANT, end_run, load_refund, put, read_order_of, refund_succeeded, trouble
from .shops import app_ids_of, saleor_of

SENT_TO_CUSTOMER = ("FULFILLED", "REFUNDED")


def record_return(refund_id: UUID) -> Later | None:
    """Tell Saleor that the pieces came back, once, and end their hold."""
    refund = load_refund(refund_id)
    request = refund.request
    if request.holds_ended_at is None:
        pieces = _pieces_to_record(request)
        read = read_order_of(refund)
        if pieces and read.facts.status != "CANCELED":
            event, read = _return_in_saleor(refund, pieces, read)
            if event is None:
                return None
            _end_hold(refund, read, event)
        else:
            _end_hold(refund, read, None)
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.amount_fen == 0 and refund.status == RefundStatus.PLANNED:
            _complete_without_money(refund)
        elif refund.status not in FINAL_REFUNDS:
            put(GRANT, refund, now=clock.now())
    return None


def _return_in_saleor(
    refund: Refund, pieces: dict[str, int], read: Read
) -> tuple[ReturnedEvent | None, Read]:
    request = refund.request
    if request.known_return_events is None:
        known = [event.id for event in read.facts.returned_events]
        ReturnRequest.objects.filter(pk=request.pk).update(known_return_events=known)
        request.known_return_events = known
    else:
        # A former try may have been heard: its answer, or we, were lost.
        event = _our_return(request, pieces, read.facts, refund.shop)
        if event is not None:
            return event, read
    try:
        saleor_of(refund.shop).change(
            "ReturnProducts", {"order": read.facts.id, "input": _return_input(read.facts, pieces)}
        )
    except (ProviderRejected, _NotEnoughPieces) as no:
        trouble(refund, StaffTaskKind.RETURN_NOT_RECORDED, str(no))
        return None, read
    read = read_order_of(refund)
    event = _our_return(request, pieces, read.facts, refund.shop)
    if event is None:
        raise ProviderUnavailable("the return just recorded is not in the order's history yet")
    return event, read


class _NotEnoughPieces(Exception):
    """The pieces are no longer where the hold says: staff returned them themselves, perhaps."""


def _pieces_to_record(request: ReturnRequest) -> dict[str, int]:
    """Pieces per order line that leave their place in Saleor: not those the customer keeps."""
    kept = request.kind == Kind.REFUND_ONLY
    found = {
        part.line.order_line_id: part.unshipped_quantity + (0 if kept else part.shipped_quantity)
        for part in request.lines.select_related("line")
    }
    return {line_id: quantity for line_id, quantity in found.items() if quantity}


def _return_input(facts: OrderFacts, pieces: dict[str, int]) -> dict[str, Any]:
    """Take the pieces from fulfilments, then from what was never sent; each id only once."""
    from_fulfillments: list[dict[str, Any]] = []
    from_order: list[dict[str, Any]] = []
    for line in facts.lines:
        left = pieces.get(line.order_line_id, 0)
        for part in facts.fulfilled:
            if (
                left
                and part.order_line_id == line.order_line_id
                and part.status in SENT_TO_CUSTOMER
            ):
                taken = min(left, part.quantity)
                left -= taken
                from_fulfillments.append(
                    {"fulfillmentLineId": part.fulfillment_line_id, "quantity": taken}
                )
        unsent = min(left, line.positions.unshipped)
        if unsent:
            from_order.append({"orderLineId": line.order_line_id, "quantity": unsent})
        if left > unsent:
            raise _NotEnoughPieces(f"{left - unsent} pieces are not where they were")
    return {"refund": False, "fulfillmentLines": from_fulfillments, "orderLines": from_order}


def _our_return(
    request: ReturnRequest, pieces: dict[str, int], facts: OrderFacts, shop: Shop
) -> ReturnedEvent | None:
    """A return made after our intent, by any App id we ever had, of exactly these pieces."""
    claimed = set(
        ReturnRequest.objects.filter(shop=shop, return_event_id__isnull=False).values_list(
            "return_event_id", flat=True
        )
    )
    ours = app_ids_of(shop)
    before = set(request.known_return_events or ()) | claimed
    for event in facts.returned_events:
        if event.id not in before and event.app_id in ours and event.pieces == pieces:
            return event
    return None


def _end_hold(refund: Refund, read: Read, event: ReturnedEvent | None) -> None:
    now = clock.now()
    with transaction.atomic():
        lock_order(refund.shop, read)
        refund = lock_refund(refund.pk)
        request = refund.request
        if request.holds_ended_at is not None:
            return
        consume(request, now=now)
        if event is not None:
            request.return_event_id = event.id
            request.return_recorded_at = now
        note(request, "return_recorded", now=now)


def _complete_without_money(refund: Refund) -> None:
    """Never grant 0 in Saleor: it refunds the whole transaction."""
    now = clock.now()
    refund.counted_at = now
    refund_succeeded(refund, now=now)
    end_run(refund, now=now)

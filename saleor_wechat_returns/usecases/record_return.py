"""First step of a refund: tell Saleor that the pieces came back, once, and end their hold.

Saleor has no idempotency here and parallel returns all succeed, so an intent is written before
the call (which FULFILLMENT_RETURNED events were there), and a new event of ours is the proof.
Source: Saleor 3.21-3.23 as measured, 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from .. import clock
from ..domain.errors import (
    ErrorCode,
    ProviderRejected,
    ProviderUnavailable,
    Refusal,
    Rejection,
    refuse,
)
from ..domain.lifecycle import FINAL_REFUNDS, PAID_REFUNDS, Kind, RefundStatus
from ..models import Refund, ReturnRequest, Shop
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import OrderFacts, ReturnedEvent
from ..saleor.return_products import PiecesBack, return_products_input
from .contradictions import mark_contradictions
from .holds import consume
from .ledger import Read, lock_order
from .locks import lock_refund
from .move import note
from .reason_references import return_reference, without_reference
from .refunds import (
    GRANT,
    TROUBLE_SECONDS,
    end_run,
    load_refund,
    put,
    read_order_of,
    refund_succeeded,
    refused,
    trouble_over,
)
from .restock import leave_stock_to_staff, restock_recorded
from .shops import app_ids_of, saleor_of
from .staff_tasks import close_tasks, open_task

NOT_SHOWN_YET = "the return is recorded, but not in the order's history yet"


def record_return(refund_id: UUID) -> Later | None:
    """Tell Saleor that the pieces came back, once, and end their hold."""
    refund = load_refund(refund_id)
    if refund.of_return.holds_ended_at is None:
        try:
            _record(refund)
        except ProviderRejected as no:
            if refund.status in PAID_REFUNDS and no.kind is not Rejection.CONFIGURATION:
                return _adopt_or_tell(refund, no)
            return refused(refund, StaffTaskKind.RETURN_NOT_RECORDED, no)
    with transaction.atomic():
        refund = lock_refund(refund_id)
        trouble_over(refund, now=clock.now())
        if refund.status in PAID_REFUNDS:
            close_tasks(refund, StaffTaskKind.RETURN_NOT_RECORDED, now=clock.now())
        if refund.amount_fen == 0 and refund.status == RefundStatus.PLANNED:
            _complete_without_money(refund)
        elif refund.status not in FINAL_REFUNDS:
            put(GRANT, refund, now=clock.now())
    return None


def adopt_return(request: ReturnRequest, facts: OrderFacts, *, now: datetime) -> None:
    """Take the return of exactly these pieces, which staff recorded in Saleor, for ours.

    Needs the locks, and the facts in the ledger. Raises Refusal(NO_RETURN_TO_ADOPT).
    """
    if request.holds_ended_at is not None:
        return
    found = _returns_of(request, _pieces_to_record(request), facts, before=set())
    if not found:
        raise refuse(ErrorCode.NO_RETURN_TO_ADOPT, "adoptReturn")
    consume(request, now=now)
    request.return_event_id = found[-1].id
    request.return_recorded_at = now
    note(request, "return_adopted", now=now)
    leave_stock_to_staff(request, "staff recorded the return themselves", now=now)
    mark_contradictions(request.order, now=now)


def _adopt_or_tell(refund: Refund, no: ProviderRejected) -> Later | None:
    """Settled by hand, the money needs no retry in which staff could say that they recorded it."""
    read = read_order_of(refund)
    with transaction.atomic():
        lock_order(refund.shop, read)
        refund = lock_refund(refund.pk)
        try:
            adopt_return(refund.of_return, read.facts, now=clock.now())
        except Refusal:
            open_task(refund, StaffTaskKind.RETURN_NOT_RECORDED, str(no))
            return Later(TROUBLE_SECONDS, str(no))
        close_tasks(refund, StaffTaskKind.RETURN_NOT_RECORDED, now=clock.now())
    return None


def _record(refund: Refund) -> None:
    pieces = _pieces_to_record(refund.of_return)
    read = read_order_of(refund)
    event = None
    if pieces and read.facts.status != "CANCELED":
        event, read = _return_in_saleor(refund, pieces, read)
    _end_hold(refund, read, event)


def _return_in_saleor(
    refund: Refund, pieces: Sequence[PiecesBack], read: Read
) -> tuple[ReturnedEvent, Read]:
    """The event that proves our return, and the read it stands in."""
    request = refund.of_return
    if request.known_return_events is not None:
        # A former try may have been heard: its answer, or we, were lost.
        event = _our_return(request, pieces, read.facts, refund.shop)
        if event is not None:
            return event, read
        if request.return_fulfillment_id is not None:
            raise ProviderUnavailable(NOT_SHOWN_YET)
        _refuse_if_maker_vanished(request, pieces, read.facts)
    given = return_products_input(read.facts, pieces) | return_reference(request, refund.shop)
    if request.known_return_events is None:
        # Only now: an intent tells the ledger that the held pieces may already have moved.
        known = [event.id for event in read.facts.returned_events]
        ReturnRequest.objects.filter(pk=request.pk).update(known_return_events=known)
        request.known_return_events = known
    asked = {"order": read.facts.id, "input": given}
    try:
        answer = saleor_of(refund.shop).change("ReturnProducts", asked)
    except ProviderRejected as no:
        asked["input"] = without_reference(given, no, shop=refund.shop)
        answer = saleor_of(refund.shop).change("ReturnProducts", asked)
    # Heard and done: whatever a later read shows, or does not show yet, it is never sent again.
    ReturnRequest.objects.filter(pk=request.pk).update(
        return_fulfillment_id=answer["returnFulfillment"]["id"]
    )
    read = read_order_of(refund)
    event = _our_return(request, pieces, read.facts, refund.shop)
    if event is None:
        raise ProviderUnavailable(NOT_SHOWN_YET)
    return event, read


def _pieces_to_record(request: ReturnRequest) -> list[PiecesBack]:
    """Pieces that leave their place in Saleor: not those the customer keeps."""
    kept = request.kind == Kind.REFUND_ONLY
    found = [
        PiecesBack(
            part.line.order_line_id,
            0 if kept else part.shipped_quantity,
            part.unshipped_quantity,
            part.parcels,
        )
        for part in request.lines.select_related("line").order_by("line_id")
    ]
    return [pieces for pieces in found if pieces.shipped + pieces.unshipped]


def _our_return(
    request: ReturnRequest, pieces: Sequence[PiecesBack], facts: OrderFacts, shop: Shop
) -> ReturnedEvent | None:
    """A return made after our intent, by any App id we ever had, of exactly these pieces."""
    ours = app_ids_of(shop)
    return next((e for e in _new_returns(request, pieces, facts) if e.app_id in ours), None)


def _refuse_if_maker_vanished(
    request: ReturnRequest, pieces: Sequence[PiecesBack], facts: OrderFacts
) -> None:
    """Exactly these pieces came back after our intent, and nobody's app is named.

    A person did it, or an app of ours whose row has gone since: only staff can tell.
    """
    for event in _new_returns(request, pieces, facts):
        if not event.app_id:
            detail = f"somebody has returned these pieces already: {event.id}"
            raise ProviderRejected(Rejection.BUSINESS, "RETURN_WITHOUT_MAKER", detail)


def _new_returns(
    request: ReturnRequest, pieces: Sequence[PiecesBack], facts: OrderFacts
) -> list[ReturnedEvent]:
    """Returns of exactly these pieces, made after our intent, that no other request claims."""
    return _returns_of(request, pieces, facts, before=set(request.known_return_events or ()))


def _returns_of(
    request: ReturnRequest, pieces: Sequence[PiecesBack], facts: OrderFacts, *, before: set[str]
) -> list[ReturnedEvent]:
    claimed = ReturnRequest.objects.filter(order=request.order_id, return_event_id__isnull=False)
    taken = before | set(claimed.values_list("return_event_id", flat=True))
    ours = {part.order_line_id: part.shipped + part.unshipped for part in pieces}
    return [e for e in facts.returned_events if e.id not in taken and e.pieces == ours]


def _end_hold(refund: Refund, read: Read, event: ReturnedEvent | None) -> None:
    now = clock.now()
    with transaction.atomic():
        lock_order(refund.shop, read)
        refund = lock_refund(refund.pk)
        request = refund.of_return
        if request.holds_ended_at is not None:
            return
        consume(request, now=now)
        if event is None:
            note(request, "goods_kept", now=now)
            leave_stock_to_staff(request, "the order was canceled in Saleor", now=now)
            return
        request.return_event_id = event.id
        request.return_recorded_at = now
        note(request, "return_recorded", now=now)
        restock_recorded(request, now=now)


def _complete_without_money(refund: Refund) -> None:
    """Never grant 0 in Saleor: it refunds the whole transaction."""
    now = clock.now()
    refund.counted_at = now
    refund_succeeded(refund, now=now)
    end_run(refund, now=now)

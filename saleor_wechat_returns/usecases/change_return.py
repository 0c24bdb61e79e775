"""The customer thinks again, as long as that is the customer's alone to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..domain.errors import Refusal
from ..domain.lifecycle import Kind, Move
from ..domain.talk import OfferStatus
from ..models import ReturnRequest
from .access import Viewer, need_open_move
from .attach_evidence import WantedEvidence, attach, need_evidence, told_of
from .auto_decide import decide_by_rule
from .bookings import call_off
from .create_return import find_lines, read_own_order
from .deadlines import begin_stay
from .eligibility import Judge, judge_of
from .holds import drop_lines, give_back_all, hold, release
from .idempotency import fault_of_key, once
from .ledger import lock_order
from .limits import attempts_faults, need_message_room
from .locks import lock_own_request, own_request
from .move import move
from .open_offers import end_offer
from .policies import reason_of, rules_of
from .safety import check_note
from .shipping import promise_shipping
from .wanted_return import WantedLine, WantedReturn, check_input


@dataclass(frozen=True, slots=True)
class Changes:
    """What the customer says anew; None is left as it is."""

    request_id: str
    reason: str | None
    note: str | None
    lines: tuple[WantedLine, ...] | None
    evidence: tuple[WantedEvidence, ...] = ()  # is added to what there is


@dataclass(frozen=True, slots=True)
class Cancelation:
    request_id: str


def update_return(
    customer: Viewer, changes: Changes, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """Change reason, note or pieces before staff have decided.

    Reads the order again, since the pieces may have moved; takes the order lock. Raises Refusal
    with every reason; the return is then as it was.
    """
    own = own_request(customer, changes.request_id)
    wanted = _wanted(own, changes, idempotency_key)
    rules = rules_of(own)
    check_input(wanted, [rules])
    read = read_own_order(customer, wanted.order_id, [rules])

    def lock() -> ReturnRequest:
        lock_order(customer.shop, read)
        return lock_own_request(customer, changes.request_id)

    def change(request: ReturnRequest) -> None:
        need_open_move(customer, request, Move.UPDATE)
        need_message_room(customer, request, now=now)
        before = request.status
        asks_otherwise = changes.lines is not None or wanted.reason != request.reason
        if asks_otherwise:
            judge = partial(judge_of, request.order, read, rules, without=request)
            _hold_anew(request, wanted, judge, now=now)
        end_offer(request, OfferStatus.WITHDRAWN, now=now)
        attach(customer, request, changes.evidence, field="evidence", now=now)
        has_new_note = request.note != wanted.note
        has_new_reason = request.reason != wanted.reason
        request.reason, request.note = wanted.reason, wanted.note
        if has_new_reason:
            need_evidence(customer, request, reason_of(request), now=now)
        promise_shipping(request)
        shares = request.lines.values_list("share_fen", flat=True)
        request.promised_fen = sum(shares) + request.shipping_fen
        move(request, Move.UPDATE, by=customer.by, now=now, data=told_of(changes.evidence))
        if asks_otherwise and request.status == before:
            # Staff have their whole time for it, before the clock may approve it.
            begin_stay(request, left=before, now=now)
        if has_new_note:
            check_note(request, customer.key, now=now)
        decide_by_rule(request, now=now)

    return once(customer, idempotency_key, changes, lock=lock, change=change)


def cancel_return(
    customer: Viewer, wanted: Cancelation, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """The customer keeps the goods after all; the pieces are free again.

    Not once a parcel is on its way: staff must know what comes. Takes the order lock.
    Raises Refusal.
    """
    if fault := fault_of_key(idempotency_key):
        raise Refusal(fault)

    def change(request: ReturnRequest) -> None:
        need_open_move(customer, request, Move.CANCEL)
        end_offer(request, OfferStatus.WITHDRAWN, now=now)
        call_off(request, now=now)
        move(request, Move.CANCEL, by=customer.by, now=now)
        release(request, now=now)

    return once(
        customer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(customer, wanted.request_id),
        change=change,
    )


def _hold_anew(
    request: ReturnRequest, wanted: WantedReturn, judge: Callable[[], Judge], *, now: datetime
) -> None:
    """Other pieces instead of those held so far, which count as free while we look."""
    before = {
        part.line.order_line_id: part.quantity for part in request.lines.select_related("line")
    }
    give_back_all(request)
    asked_at, judged = request.events.get(sequence=1).at, judge()
    found = find_lines(request.order, wanted, judged, now=now, before=before, asked_at=asked_at)
    lines = [line for line, *_ in found]
    if faults := attempts_faults(lines, judged.rules.limits, but=request):
        raise Refusal(*faults)
    there = drop_lines(request, but=lines)
    for line, quantity, choice in found:
        hold(request, line, quantity, choice, again=there.get(line.pk))


def _wanted(request: ReturnRequest, changes: Changes, key: str) -> WantedReturn:
    kept = tuple(
        WantedLine(part.line.order_line_id, part.quantity)
        for part in request.lines.select_related("line").order_by("line_id")
    )
    return WantedReturn(
        order_id=request.order.order_id,
        kind=Kind(request.kind),
        reason=request.reason if changes.reason is None else changes.reason,
        note=request.note if changes.note is None else changes.note,
        lines=kept if changes.lines is None else changes.lines,
        idempotency_key=key,
    )

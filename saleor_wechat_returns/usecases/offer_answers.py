"""The customer's answer to an offer. Accepted, it is the request.

Its pieces are held and its amounts agreed. Pieces consume their full share of the line, whatever
is paid for them: what an offer withholds makes no other piece dearer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import Kind, Move, Status, When
from ..domain.talk import OfferStatus
from ..models import ReturnOffer, ReturnRequest
from .access import Viewer, need_open_move
from .holds import drop_lines, fault_of, give_back_all, hold
from .idempotency import fault_of_key, once
from .inspection_result import carry_out
from .locks import lock_own_request
from .move import move
from .offers import need_goods_stay, unsent_of
from .ownership import returns_of
from .return_address import choose_address
from .review import after_approval, refund_at_once
from .shipping import free_shipping


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    offer_id: str


def accept_offer(
    customer: Viewer, wanted: OfferAccepted, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """The offer is now the request. Money for goods that stay, or are inspected, is owed at once.

    Until, and not at, the second it expires. Takes the order lock. Raises Refusal.
    """

    def change(request: ReturnRequest, offer: ReturnOffer) -> None:
        if request.status == Status.INSPECTED:
            agree(request, offer)
            return
        _become(request, offer)
        _end(offer, OfferStatus.ACCEPTED, now)
        data = {"offer": str(offer.pk)}
        when = after_approval(request)
        choose_address(request, when)
        move(request, Move.ACCEPT_OFFER, by=customer.by, now=now, when=when, data=data)
        if offer.kind == Kind.REFUND_ONLY:
            refund_at_once(request, None, now=now)

    def agree(request: ReturnRequest, offer: ReturnOffer) -> None:
        _end(offer, OfferStatus.ACCEPTED, now)
        data = {"offer": str(offer.pk)}
        when = When.GOODS_HERE
        move(request, Move.ACCEPT_OFFER, by=customer.by, now=now, when=when, data=data)
        carry_out(request, now=now)

    return _answer(customer, wanted, Move.ACCEPT_OFFER, change, idempotency_key, now)


def decline_offer(
    customer: Viewer, wanted: OfferDeclined, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """The request stays what it was, and is staff's turn again. Takes the order lock.

    Raises Refusal: APPEAL_INSTEAD where the goods are with the shop, and somebody must look anew.
    """

    def change(request: ReturnRequest, offer: ReturnOffer) -> None:
        _end(offer, OfferStatus.DECLINED, now)
        data = {"offer": str(offer.pk)}
        move(request, Move.DECLINE_OFFER, by=customer.by, now=now, data=data)

    return _answer(customer, wanted, Move.DECLINE_OFFER, change, idempotency_key, now)


def _answer(
    customer: Viewer,
    wanted: OfferAccepted | OfferDeclined,
    what: Move,
    answer: Callable[[ReturnRequest, ReturnOffer], None],
    key: str,
    now: datetime,
) -> ReturnRequest:
    if fault := fault_of_key(key):
        raise Refusal(fault)
    found = _own_offer(customer, wanted.offer_id)

    def change(request: ReturnRequest) -> None:
        offer = request.offers.get(pk=found.pk)
        if offer.status != OfferStatus.OPEN:
            is_over = offer.status == OfferStatus.EXPIRED
            raise refuse(ErrorCode.OFFER_EXPIRED if is_over else ErrorCode.OFFER_ENDED, "offerId")
        if now >= offer.expires_at:
            raise refuse(ErrorCode.OFFER_EXPIRED, "offerId")
        if what is Move.DECLINE_OFFER and request.status == Status.INSPECTED:
            raise refuse(ErrorCode.APPEAL_INSTEAD, "offerId")
        need_open_move(customer, request, what)
        answer(request, offer)

    return once(
        customer,
        key,
        wanted,
        lock=lambda: lock_own_request(customer, str(found.request_id)),
        change=change,
    )


def _own_offer(customer: Viewer, text_id: str) -> ReturnOffer:
    """An offer on a return of the customer's. Raises Refusal(NOT_FOUND)."""
    try:
        pk = UUID(text_id)
    except ValueError as wrong:
        raise refuse(ErrorCode.NOT_FOUND, "offerId") from wrong
    offer = ReturnOffer.objects.filter(pk=pk, request__in=returns_of(customer)).first()
    if offer is None:
        raise refuse(ErrorCode.NOT_FOUND, "offerId")
    return offer


def _end(offer: ReturnOffer, status: OfferStatus, now: datetime) -> None:
    offer.status, offer.ended_at = status, now
    offer.save(update_fields=["status", "ended_at"])


def _become(request: ReturnRequest, offer: ReturnOffer) -> None:
    """Hold what the offer says instead of what was asked for. Raises Refusal."""
    need_goods_stay(request, Kind(offer.kind), "offerId")
    if offer.shipping_fen and not free_shipping(request):
        raise refuse(ErrorCode.SHIPPING_NOT_REFUNDABLE, "offerId")
    terms = list(offer.lines.select_related("line").order_by("line_id"))
    unsent_before = dict(request.lines.values_list("line_id", "unshipped_quantity"))
    request.kind = offer.kind
    give_back_all(request)
    there = drop_lines(request, but=[term.line for term in terms])
    faults = []
    for term in terms:
        term.line.refresh_from_db()
        if fault := fault_of(term.line, term.quantity, Kind(offer.kind)):
            faults.append(Fault(fault.code, "offerId", lines=fault.lines))
            continue
        unshipped = unsent_of(term.line, term.quantity, Kind(offer.kind), unsent_before)
        if term.unsent_quantity is not None and term.unsent_quantity != unshipped:
            # Sent ones would be kept as if they were not, or unsent ones paid as if they were.
            where = (term.line.order_line_id,)
            faults.append(Fault(ErrorCode.OFFER_OVERTAKEN, "offerId", lines=where))
            continue
        part = hold(
            request,
            term.line,
            term.quantity,
            again=there.get(term.line_id),
            unshipped=unshipped,
            least_fen=term.amount_fen,
        )
        if part.share_fen < term.amount_fen:
            # Other returns took the line's odd fen: nobody gets less than was offered in silence.
            where = (term.line.order_line_id,)
            faults.append(Fault(ErrorCode.OFFER_OVERTAKEN, "offerId", lines=where))
            continue
        part.agreed_fen = term.amount_fen
        part.save(update_fields=["agreed_fen"])
    if faults:
        raise Refusal(*faults)
    agreed = request.lines.values_list("agreed_fen", flat=True)
    request.shipping_fen = offer.shipping_fen
    request.promised_fen = sum(fen or 0 for fen in agreed) + offer.shipping_fen

"""Offers (协商方案): staff propose another kind, quantity or amount.

What an offer says is never changed, though a longer deadline gives more time for it
(extend_deadline.py). It is ended: by the customer's answer (offer_answers.py), by another
one, by the clock, or by whatever takes the return from where it waits for the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import Kind, Move
from ..domain.talk import (
    OFFER_STANDS_AT_LEAST,
    OFFER_STANDS_AT_MOST,
    OfferStatus,
)
from ..models import ReturnableLine, ReturnOffer, ReturnOfferLine, ReturnRequest
from .access import Viewer, need_open_move
from .deadlines import hours_from
from .holds import fault_of, freed_lines, worth
from .locks import lock_own_request
from .move import move
from .open_offers import end_offer
from .parcel_rows import sent_back
from .policies import rules_of
from .review import need_version
from .shipping import free_shipping
from .texts import fault_of_text
from .wanted_return import LONGEST_NOTE, MOST_LINES


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """Pieces of an order line, and what the customer gets for them all."""

    order_line_id: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class WantedOffer:
    kind: Kind
    lines: Sequence[OfferedLine]
    note: str = ""
    refund_shipping: bool = False
    expires_at: datetime | None = None  # None: after the usual time


def create_offer(
    staff: Viewer, id: str, wanted: WantedOffer, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Propose something else than was asked for; it takes the place of an open offer.

    What the request holds itself counts as free, since the offer would replace it. Takes the
    order lock. Raises Refusal with every reason.
    """
    faults = [*_faults_of_lines(wanted.lines), *_faults_of_terms(wanted, now)]
    if faults:
        raise Refusal(*faults)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        need_open_move(staff, request, Move.MAKE_OFFER)
        need_goods_stay(request, wanted.kind, "input.kind")
        lines = _offered_lines(request, wanted)
        shipping_fen = free_shipping(request) if wanted.refund_shipping else 0
        if wanted.refund_shipping and not shipping_fen:
            raise refuse(ErrorCode.SHIPPING_NOT_REFUNDABLE, "input.refundShipping")
        end_offer(request, OfferStatus.WITHDRAWN, now=now)
        offer = ReturnOffer.objects.create(
            shop_id=request.shop_id,
            request=request,
            kind=wanted.kind,
            amount_fen=sum(offered.amount_fen for _, offered, _ in lines) + shipping_fen,
            shipping_fen=shipping_fen,
            note=wanted.note,
            made_by=staff.user_id,
            expires_at=wanted.expires_at or _usual_end(request, now),
            status=OfferStatus.OPEN,
        )
        ReturnOfferLine.objects.bulk_create(
            ReturnOfferLine(
                shop_id=request.shop_id,
                offer=offer,
                line=line,
                quantity=offered.quantity,
                unsent_quantity=unsent,
                amount_fen=offered.amount_fen,
            )
            for line, offered, unsent in lines
        )
        data = {"offer": str(offer.pk), "amount_fen": offer.amount_fen}
        move(request, Move.MAKE_OFFER, by=staff.by, now=now, data=data)
        return request


def _usual_end(request: ReturnRequest, now: datetime) -> datetime:
    """An offer stands as long as the shop's rules give the customer for an answer."""
    return hours_from(now, rules_of(request).deadlines.answer_hours)


def need_goods_stay(request: ReturnRequest, kind: Kind, field: str) -> None:
    """Nobody keeps what is in a parcel to the shop. Raises Refusal(GOODS_ON_THEIR_WAY)."""
    if kind is Kind.REFUND_ONLY and sent_back(request):
        raise refuse(ErrorCode.GOODS_ON_THEIR_WAY, field)


def unsent_of(line: ReturnableLine, quantity: int, kind: Kind, held: dict[UUID, int]) -> int:
    """How many of the pieces are taken from the warehouse: those the request was about.

    The customer keeps sent goods and gets money; an unsent piece is taken out of the order.
    """
    if kind is not Kind.REFUND_ONLY:
        return 0
    asked = min(quantity, held.get(line.pk, 0), line.free_unshipped)
    return max(asked, quantity - line.free_shipped)


def _offered_lines(
    request: ReturnRequest, wanted: WantedOffer
) -> list[tuple[ReturnableLine, OfferedLine, int]]:
    """The order's lines, as far as they could be offered, and how many pieces were never sent.

    Raises Refusal with every reason.
    """
    free = {line.order_line_id: line for line in freed_lines(request).values()}
    held = dict(request.lines.values_list("line_id", "unshipped_quantity"))
    faults, found = [], []
    for offered in wanted.lines:
        line = free.get(offered.order_line_id)
        where = (offered.order_line_id,)
        if line is None:
            faults.append(Fault(ErrorCode.LINE_NOT_IN_ORDER, "input.lines.orderLineId", "", where))
        elif fault := fault_of(line, offered.quantity, wanted.kind):
            faults.append(Fault(fault.code, "input.lines.quantity", lines=where))
        elif offered.amount_fen > worth(line, offered.quantity):
            faults.append(Fault(ErrorCode.AMOUNT_EXCEEDS_WORTH, "input.lines.amountFen", "", where))
        else:
            unsent = unsent_of(line, offered.quantity, wanted.kind, held)
            if unsent and offered.amount_fen < worth(line, offered.quantity):
                code = ErrorCode.UNSENT_IS_WORTH_ALL
                faults.append(Fault(code, "input.lines.amountFen", "", where))
            found.append((line, offered, unsent))
    if faults:
        raise Refusal(*faults)
    return found


def _faults_of_lines(lines: Sequence[OfferedLine]) -> list[Fault]:
    if not lines:
        return [Fault(ErrorCode.LINES_EMPTY, "input.lines")]
    if len(lines) > MOST_LINES:
        return [Fault(ErrorCode.TOO_MANY, "input.lines")]
    faults = []
    ids = [line.order_line_id for line in lines]
    if repeated := tuple(dict.fromkeys(i for i in ids if ids.count(i) > 1)):
        faults.append(Fault(ErrorCode.LINE_REPEATED, "input.lines.orderLineId", lines=repeated))
    for line in lines:
        where = (line.order_line_id,)
        if line.quantity < 1:
            faults.append(
                Fault(ErrorCode.QUANTITY_NOT_POSITIVE, "input.lines.quantity", lines=where)
            )
        if line.amount_fen < 0:
            faults.append(Fault(ErrorCode.MALFORMED, "input.lines.amountFen", lines=where))
    return faults


def _faults_of_terms(wanted: WantedOffer, now: datetime) -> list[Fault]:
    faults = []
    if fault := fault_of_text(wanted.note, "input.note", longest=LONGEST_NOTE):
        faults.append(fault)
    if wanted.expires_at is not None:
        stands = wanted.expires_at - now
        # Whoever tries things out need not wait an hour for the shortest.
        at_least = OFFER_STANDS_AT_LEAST / settings.CLOCK_SCALE
        if not at_least <= stands <= OFFER_STANDS_AT_MOST:
            faults.append(Fault(ErrorCode.OFFER_TIME_OUT_OF_RANGE, "input.expiresAt"))
    return faults

"""What the latest inspection of a return gave: its rows, its offer, and carrying it out.

What it lowers is an offer: it is carried out once the customer agrees, does not answer in time, or
appealed in vain. Until then every piece stays held. Callers hold the order lock.
docs/decisions/0017-inspection.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from ..domain.lifecycle import Kind
from ..domain.talk import OfferStatus
from ..models import InspectedPieces, ReturnLine, ReturnOffer, ReturnOfferLine, ReturnRequest
from .access import Viewer
from .deadlines import open_deadline
from .holds import accept, paid_for
from .open_offers import end_offer, open_offer
from .refunds import owe_refunds
from .shipping import free_shipping


def inspected_pieces(request: ReturnRequest) -> list[InspectedPieces]:
    """What staff found, as it holds now; empty before an inspection."""
    rows = InspectedPieces.objects.filter(line__request=request, superseded_at=None)
    return list(rows.select_related("line__line").order_by("line_id", "id"))


def refunded_of(pieces: Iterable[InspectedPieces]) -> Counter[UUID]:
    """How many pieces of each return line are refunded, by its id."""
    counts: Counter[UUID] = Counter()
    for found in pieces:
        counts[found.line_id] += found.quantity if found.is_refunded else 0
    return counts


def offer_result(
    staff: Viewer, request: ReturnRequest, pieces: Sequence[InspectedPieces], *, offer: ReturnOffer
) -> None:
    """Fill in and save what the customer is asked to agree to, until the stay's deadline.

    Needs the shipping decided, and the return moved to where it waits for the answer.
    """
    deadline = open_deadline(request)
    if deadline is None:
        raise RuntimeError(f"{request.number} waits for nobody")
    refunded = refunded_of(pieces)
    parts = [part for part in _parts(request) if refunded[part.pk]]
    amounts = {part.pk: paid_for(part, refunded[part.pk]) for part in parts}
    offer.shipping_fen = request.shipping_fen
    fees = request.shipping_fen + request.freight_fen
    offer.amount_fen = sum(amounts.values()) + fees
    offer.note, offer.made_by = request.explanation, staff.user_id
    offer.expires_at = deadline.due_at
    offer.save(force_insert=True)
    ReturnOfferLine.objects.bulk_create(
        ReturnOfferLine(
            shop_id=request.shop_id,
            offer=offer,
            line_id=part.line_id,
            quantity=refunded[part.pk],
            unsent_quantity=0,
            amount_fen=amounts[part.pk],
        )
        for part in parts
    )


def new_offer(request: ReturnRequest) -> ReturnOffer:
    """Of what an inspection gave; not saved, and worth nothing yet."""
    return ReturnOffer(
        shop_id=request.shop_id,
        request=request,
        kind=Kind.RETURN_AND_REFUND,
        status=OfferStatus.OPEN,
    )


def offer_more(staff: Viewer, request: ReturnRequest, fen: int, *, now: datetime) -> None:
    """An offer of the same pieces and `fen` on top takes the place of the open one, if any.

    The customer has no longer than before; what he does not answer any more, the clock carries out.
    """
    before = open_offer(request)
    if before is None:
        return
    end_offer(request, OfferStatus.WITHDRAWN, now=now)
    offer = new_offer(request)
    offer.amount_fen, offer.shipping_fen = before.amount_fen + fen, before.shipping_fen
    offer.note, offer.made_by = before.note, staff.user_id
    offer.expires_at = before.expires_at
    offer.save(force_insert=True)
    ReturnOfferLine.objects.bulk_create(
        ReturnOfferLine(
            shop_id=request.shop_id,
            offer=offer,
            line_id=term.line_id,
            quantity=term.quantity,
            unsent_quantity=term.unsent_quantity,
            amount_fen=term.amount_fen,
        )
        for term in before.lines.order_by("line_id")
    )


def carry_out(request: ReturnRequest, *, now: datetime) -> None:
    """Refunded pieces are accepted, the others free again, and the money is owed.

    Shipping that somebody else has given back meanwhile is not given twice.
    """
    refunded = refunded_of(inspected_pieces(request))
    for part in _parts(request):
        accept(part, refunded[part.pk])
    if request.shipping_fen:
        request.shipping_fen = free_shipping(request)
        request.save(update_fields=["shipping_fen"])
    owe_refunds(request, now=now)


def supersede(request: ReturnRequest, *, now: datetime) -> None:
    """The goods are to be looked at anew: what was found holds no more."""
    pieces = InspectedPieces.objects.filter(line__request=request, superseded_at=None)
    pieces.update(superseded_at=now)


def _parts(request: ReturnRequest) -> list[ReturnLine]:
    return list(request.lines.order_by("line_id"))

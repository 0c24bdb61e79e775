"""Taking pieces of a line for a request, and ending the hold again.

Every change is one conditional UPDATE under the order lock whose row count is checked; the
database's own CHECKs stand behind it. Callers hold the order lock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F

from ..domain.eligibility import Choice
from ..domain.errors import ErrorCode, Fault
from ..domain.lifecycle import Kind
from ..domain.money import Fen, worth_of_pieces
from ..models import ReturnableLine, ReturnLine, ReturnRequest
from .contradictions import mark_contradictions


def returnable_pieces(line: ReturnableLine, kind: Kind) -> int:
    """How many pieces of the line could be asked for now."""
    free = line.free_shipped + (line.free_unshipped if kind is Kind.REFUND_ONLY else 0)
    return max(0, min(free, line.quantity - line.assigned_pieces))


def fault_of(line: ReturnableLine, quantity: int, kind: Kind) -> Fault | None:
    """Why `quantity` pieces of the line cannot be asked for, or None if they can."""
    if quantity <= returnable_pieces(line, kind):
        return None
    # Never-sent pieces that were refunded count as returned in Saleor: the limit is a little high.
    delivered = line.with_customer + line.returned + line.exchanged
    if kind is Kind.RETURN_AND_REFUND and quantity > delivered:
        code = ErrorCode.QUANTITY_EXCEEDS_DELIVERED
    else:
        code = ErrorCode.QUANTITY_EXCEEDS_RETURNABLE
    return Fault(code, "lines.quantity", lines=(line.order_line_id,))


def worth(line: ReturnableLine, quantity: int) -> Fen:
    """What `quantity` more pieces of the line are worth."""
    return worth_of_pieces(
        quantity,
        unassigned_pieces=line.quantity - line.assigned_pieces,
        unassigned_fen=Fen(line.total_fen - line.assigned_fen),
    )


def hold(
    request: ReturnRequest,
    line: ReturnableLine,
    quantity: int,
    choice: Choice | None = None,
    *,
    again: ReturnLine | None = None,
    unshipped: int | None = None,
    least_fen: int = 0,
) -> ReturnLine:
    """Take the pieces; money-only requests take what has not left the warehouse first.

    `choice`: how the reason applies to the line, and so of which parcels the sent pieces are; None:
    of those that `again` names. `unshipped` says otherwise. `again`: the return's row of this line,
    whose hold was given back. `least_fen`: what was promised for them; where other requests have
    moved the line's odd fen since, the pieces take those along.
    """
    if unshipped is None:
        unshipped = min(quantity, line.free_unshipped) if request.kind == Kind.REFUND_ONLY else 0
    shipped = quantity - unshipped
    share = min(max(worth(line, quantity), least_fen), line.total_fen - line.assigned_fen)
    taken = ReturnableLine.objects.filter(
        pk=line.pk,
        with_customer__gte=F("held_shipped") + F("kept") + shipped if shipped else 0,
        unshipped__gte=F("held_unshipped") + unshipped if unshipped else 0,
        assigned_fen=line.assigned_fen,
    ).update(
        held_shipped=F("held_shipped") + shipped,
        held_unshipped=F("held_unshipped") + unshipped,
        assigned_fen=F("assigned_fen") + share,
    )
    if taken != 1:
        raise RuntimeError(f"hold of {quantity} on line {line.pk} without the order lock")
    part = again or ReturnLine(shop_id=request.shop_id, request=request, line=line)
    part.shipped_quantity, part.unshipped_quantity = shipped, unshipped
    part.share_fen, part.agreed_fen = share, None
    if choice is not None:
        part.parcels = choice.parcels_of(shipped)
    part.accepted_quantity = part.refused_quantity = part.paid_fen = None
    part.save(force_insert=again is None)
    return part


def drop_lines(
    request: ReturnRequest, *, but: Collection[ReturnableLine]
) -> dict[UUID, ReturnLine]:
    """Of other lines than these the return is no longer. The rows that stay, by line."""
    request.lines.exclude(line__in=but).delete()
    return {part.line_id: part for part in request.lines.order_by("line_id")}


def freed_lines(request: ReturnRequest) -> dict[UUID, ReturnableLine]:
    """The order's lines as they would be without this return's own hold, by id. Never saved."""
    lines = {line.pk: line for line in request.order.lines.order_by("id")}
    if request.holds_ended_at is None:
        for part in request.lines.order_by("line_id"):
            line = lines[part.line_id]
            line.held_shipped -= part.shipped_quantity
            line.held_unshipped -= part.unshipped_quantity
            line.assigned_fen -= part.share_fen
    return lines


def release(request: ReturnRequest, *, now: datetime) -> None:
    """Give every piece and all fees back: the request is over, and nothing came of it."""
    give_back_all(request)
    request.holds_ended_at = now
    request.shipping_fen = request.freight_fen = 0
    request.save(update_fields=["holds_ended_at", "shipping_fen", "freight_fen"])
    mark_contradictions(request.order, now=now)


def give_back_all(request: ReturnRequest) -> None:
    """End the hold of every piece; the request itself goes on, or is ended by the caller."""
    for part in request.lines.order_by("line_id"):
        _give_back(part, part.shipped_quantity, part.unshipped_quantity, Fen(part.share_fen))


def paid_for(part: ReturnLine, count: int) -> Fen:
    """What `count` of the pieces bring the customer: of the agreed amount, if an offer made one."""
    return _part_of(part, count, part.share_fen if part.agreed_fen is None else part.agreed_fen)


def accept(part: ReturnLine, accepted: int) -> None:
    """Keep the hold of the accepted pieces, give the others back with their worth.

    Accepted pieces keep their full share, also where an offer pays less: the rest is withheld,
    and never makes another piece dearer.
    """
    share = _part_of(part, accepted, part.share_fen)
    paid = paid_for(part, accepted)
    refused = part.quantity - accepted
    shipped_back = min(refused, part.shipped_quantity)
    _give_back(part, shipped_back, refused - shipped_back, Fen(part.share_fen - share))
    part.shipped_quantity -= shipped_back
    part.unshipped_quantity -= refused - shipped_back
    part.share_fen = share
    part.accepted_quantity = accepted
    part.refused_quantity = refused
    part.paid_fen = paid
    part.save()


def consume(request: ReturnRequest, *, now: datetime) -> None:
    """The accepted pieces are where they belong: returned in Saleor, or kept by agreement."""
    kept = request.kind == Kind.REFUND_ONLY
    for part in request.lines.order_by("line_id"):
        shipped, unshipped = part.shipped_quantity, part.unshipped_quantity
        moved = ReturnableLine.objects.filter(
            pk=part.line_id, held_shipped__gte=shipped, held_unshipped__gte=unshipped
        ).update(
            held_shipped=F("held_shipped") - shipped,
            held_unshipped=F("held_unshipped") - unshipped,
            kept=F("kept") + (shipped if kept else 0),
            done=F("done") + unshipped + (0 if kept else shipped),
        )
        if moved != 1:
            raise RuntimeError(f"hold of {part.pk} is not there")
    request.holds_ended_at = now


def _part_of(part: ReturnLine, count: int, fen: int) -> Fen:
    return worth_of_pieces(count, unassigned_pieces=part.quantity, unassigned_fen=Fen(fen))


def _give_back(part: ReturnLine, shipped: int, unshipped: int, fen: Fen) -> None:
    given = ReturnableLine.objects.filter(
        pk=part.line_id,
        held_shipped__gte=shipped,
        held_unshipped__gte=unshipped,
        assigned_fen__gte=fen,
    ).update(
        held_shipped=F("held_shipped") - shipped,
        held_unshipped=F("held_unshipped") - unshipped,
        assigned_fen=F("assigned_fen") - fen,
    )
    if given != 1:
        raise RuntimeError(f"hold of {part.pk} is not there")

"""The order's outbound shipping: given back once, with one of its returns.

By the rule: when the shop is at fault, or when with this return nothing of the order is left.
Staff may decide otherwise as they approve or inspect. Callers hold the order lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from django.db.models import Sum

from ..domain.errors import ErrorCode, refuse
from ..domain.money import ZERO, Fen
from ..models import ReturnableLine, ReturnableOrder, ReturnLine, ReturnRequest
from .policies import reason_of


def promise_shipping(request: ReturnRequest) -> None:
    """Set what the customer is told, counting every other open return as accepted."""
    request.shipping_fen = free_shipping(request) if _is_due(request, waiting={}) else ZERO


def decide_shipping(
    request: ReturnRequest, wish: bool | None, *, refused: Mapping[UUID, int] | None = None
) -> None:
    """Set what is owed, now that the pieces are accepted. `wish`: staff's; None: by the rule.

    Other returns count as far as they are accepted: whichever completes the order gives it back.
    `refused`: pieces by line that this return holds still, and will give back.
    Raises Refusal(SHIPPING_NOT_REFUNDABLE) for a wish that cannot be granted.
    """
    if wish is not None:
        is_due = wish
    elif _is_agreed(request):
        is_due = request.shipping_fen > 0
    else:
        waiting = Counter(_pieces_waiting(request)) + Counter(refused or {})
        is_due = _is_due(request, waiting=waiting)
    request.shipping_fen = free_shipping(request) if is_due else ZERO
    if wish and not request.shipping_fen:
        raise refuse(ErrorCode.SHIPPING_NOT_REFUNDABLE, "refundShipping")
    request.save(update_fields=["shipping_fen"])


def is_lost_by(request: ReturnRequest, refused: Mapping[UUID, int]) -> bool:
    """Would the shipping that was promised go back, if `refused` pieces, by line, were accepted?"""
    if not any(refused.values()) or not request.shipping_fen or _is_agreed(request):
        return False
    waiting = Counter(_pieces_waiting(request))
    is_due = _is_due(request, waiting=waiting)
    return is_due and not _is_due(request, waiting=waiting + Counter(refused))


def _is_agreed(request: ReturnRequest) -> bool:
    """An accepted offer said whether the shipping goes back."""
    return request.lines.filter(agreed_fen__isnull=False).exists()


def free_shipping(request: ReturnRequest) -> Fen:
    """The order's outbound shipping, if no other return and nobody in Saleor has given it back."""
    order = request.order
    others = ReturnRequest.objects.filter(order=order, shipping_fen__gt=0).exclude(pk=request.pk)
    return ZERO if order.shipping_granted or others.exists() else Fen(order.shipping_fen)


def _is_due(request: ReturnRequest, *, waiting: Mapping[UUID, int]) -> bool:
    if reason_of(request).is_merchants_fault:
        return True
    return all(line.pieces_left + waiting.get(line.pk, 0) == 0 for line in _lines(request.order))


def _lines(order: ReturnableOrder) -> list[ReturnableLine]:
    return list(ReturnableLine.objects.filter(order=order).order_by("id"))


def _pieces_waiting(request: ReturnRequest) -> dict[UUID, int]:
    """Held by other returns that nobody has accepted yet, by line."""
    parts = ReturnLine.objects.filter(
        request__order=request.order, request__holds_ended_at=None, accepted_quantity=None
    ).exclude(request=request)
    totals = parts.values("line_id").annotate(
        pieces=Sum("shipped_quantity") + Sum("unshipped_quantity")
    )
    return {row["line_id"]: row["pieces"] for row in totals.order_by("line_id")}

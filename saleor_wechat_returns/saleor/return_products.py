"""The input of `orderFulfillmentReturnProducts`: which pieces leave which place in Saleor.

Source: Saleor 3.21-3.23 as measured, 2026-11: `orderLines` takes only what was never sent;
`fulfillmentLines` takes FULFILLED, REFUNDED and WAITING_FOR_APPROVAL, each line id only once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..domain.errors import ProviderRejected, Rejection
from ..domain.positions import NOT_YET_OUT, WITH_CUSTOMER
from .payloads import LineFacts, OrderFacts


@dataclass(frozen=True, slots=True)
class PiecesBack:
    """Pieces of one order line: those that were sent, and those that never left."""

    order_line_id: str
    shipped: int
    unshipped: int
    # Fulfilment -> pieces: the parcels they came in, as far as we know and they are still there.
    parcels: Mapping[str, int] = field(default_factory=dict)


def return_products_input(facts: OrderFacts, wanted: Sequence[PiecesBack]) -> dict[str, Any]:
    """Sent pieces come only from the customer, unsent ones only from the warehouse.

    Raises ProviderRejected (PIECES_MOVED) when they are not all where they should be: taking them
    from the other place would write off goods that are still owed, or ship refunded ones.
    """
    lines = {line.order_line_id: line for line in facts.lines}
    from_fulfillments: list[dict[str, Any]] = []
    from_order: list[dict[str, Any]] = []
    for pieces in wanted:
        line = lines[pieces.order_line_id]
        from_fulfillments += _take(facts, line, pieces.shipped, WITH_CUSTOMER, pieces.parcels)
        unsent = min(pieces.unshipped, max(0, line.quantity_to_fulfill))
        if unsent:
            from_order.append({"orderLineId": line.order_line_id, "quantity": unsent})
        from_fulfillments += _take(facts, line, pieces.unshipped - unsent, NOT_YET_OUT)
    return {"refund": False, "fulfillmentLines": from_fulfillments, "orderLines": from_order}


def _take(
    facts: OrderFacts,
    line: LineFacts,
    quantity: int,
    statuses: frozenset[str],
    parcels: Mapping[str, int] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """First as `parcels` say, so that the windows of the others stay; the rest from anywhere."""
    there = [
        part
        for part in facts.fulfilled
        if part.order_line_id == line.order_line_id and part.status in statuses
    ]
    taken: dict[str, int] = {}
    for mosts in (parcels, None):
        for part in there:
            had = taken.get(part.fulfillment_line_id, 0)
            most = part.quantity if mosts is None else mosts.get(part.fulfillment.id, 0)
            count = max(0, min(quantity, most - had, part.quantity - had))
            quantity -= count
            if count:
                taken[part.fulfillment_line_id] = had + count
    if quantity:
        moved = f"{quantity} pieces are not where they were"
        raise ProviderRejected(Rejection.BUSINESS, "PIECES_MOVED", moved)
    return [{"fulfillmentLineId": line_id, "quantity": count} for line_id, count in taken.items()]

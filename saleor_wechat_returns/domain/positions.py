"""Where the pieces of an order line are, read from Saleor's fulfilments.

Saleor has no figure for "still with the customer": it is the sum over fulfilments, because a
return moves pieces into another fulfilment and `quantityFulfilled` does not fall.
Source: Saleor 3.21-3.23 as measured, 2026-11 (a return of 1 of 2 leaves quantityFulfilled 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WITH_CUSTOMER = frozenset({"FULFILLED", "REFUNDED"})
RETURNED = frozenset({"RETURNED", "REFUNDED_AND_RETURNED"})
EXCHANGED = frozenset({"REPLACED"})
NOT_YET_OUT = frozenset({"WAITING_FOR_APPROVAL"})


@dataclass(frozen=True, slots=True)
class Positions:
    """Pieces of one order line by place. Their sum is at most what was ordered, unless Saleor
    itself recorded one return twice."""

    unshipped: int
    with_customer: int
    returned: int
    exchanged: int


def positions_of(quantity_to_fulfill: int, parts: Iterable[tuple[str, int]]) -> Positions:
    """`parts`: fulfilment status and pieces of this line in it, for every fulfilment."""
    rows = tuple(parts)

    def pieces_in(statuses: frozenset[str]) -> int:
        return sum(quantity for status, quantity in rows if status in statuses)

    return Positions(
        unshipped=max(0, quantity_to_fulfill) + pieces_in(NOT_YET_OUT),
        with_customer=pieces_in(WITH_CUSTOMER),
        returned=pieces_in(RETURNED),
        exchanged=pieces_in(EXCHANGED),
    )

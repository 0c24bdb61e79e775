"""What one request may cost, however often its fields are multiplied by a list of orders.

`limits.py` measures the document; through `_entities` each field in it may stand for a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.errors import ErrorCode, refuse
from .limits import MOST_AT_THE_TOP

MOST_ENTITIES = 100
# One page for each order: several of the same order are not worth a hundred times their cost.
MOST_PAGES = MOST_ENTITIES


@dataclass(slots=True)
class Budget:
    """Of one request. Each raises Refusal(TOO_MANY) once it is used up."""

    calls_left: int = MOST_AT_THE_TOP
    pages_left: int = MOST_PAGES

    def call(self) -> None:
        """Before a call to Saleor that a field of an order needs."""
        self.calls_left -= 1
        if self.calls_left < 0:
            raise refuse(ErrorCode.TOO_MANY)

    def page(self) -> None:
        """Before a page of an order's returns is read."""
        self.pages_left -= 1
        if self.pages_left < 0:
            raise refuse(ErrorCode.TOO_MANY)

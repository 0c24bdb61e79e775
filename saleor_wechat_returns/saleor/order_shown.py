"""What an order in Saleor shows of its returns: notes in its history, and one public metadata key.

Source: Saleor 3.21-3.23 as measured, 2026-11: `orderNoteAdd` has no idempotency; whoever knows an
order's id reads its public metadata, and the last writer of a key wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Short, for other tools: {"returns": [{"number": "R…", "status": "in_transit"}]}, newest first.
METADATA_KEY = "wechat_returns"


@dataclass(frozen=True, slots=True)
class OrderShown:
    """`notes`: texts in the history, of whomever; `returns`: our metadata, "" for none."""

    notes: frozenset[str]
    returns: str


def order_shown(data: dict[str, Any]) -> OrderShown | None:
    """Of an `OrderShown` answer; None: Saleor does not show the order."""
    order = data["order"]
    if order is None:
        return None
    notes = {it["message"] or "" for it in order["events"] if it["type"] == "NOTE_ADDED"}
    return OrderShown(frozenset(notes), (order["metafields"] or {}).get(METADATA_KEY) or "")


def returns_value(returns: Iterable[tuple[str, str]]) -> str:
    """The metadata's value for these numbers and statuses."""
    listed = [{"number": number, "status": status} for number, status in returns]
    return json.dumps({"returns": listed}, separators=(",", ":"))

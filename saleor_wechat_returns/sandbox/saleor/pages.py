"""Relay connections over plain lists."""

import base64
from collections.abc import Sequence
from typing import Any


def page(
    items: Sequence[Any],
    *,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> dict[str, Any]:
    """Cut a connection out of `items`; cursors are positions, at most 100 items a page."""
    start = _position(after) + 1 if after else 0
    stop = _position(before) if before else len(items)
    if first is not None:
        stop = min(stop, start + min(first, 100))
    elif last is not None:
        start = max(start, stop - min(last, 100))
    edges = [{"node": items[i], "cursor": _cursor(i)} for i in range(start, max(start, stop))]
    return {
        "edges": edges,
        "totalCount": len(items),
        "pageInfo": {
            "hasNextPage": stop < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _cursor(position: int) -> str:
    return base64.b64encode(f"position:{position}".encode()).decode()


def _position(cursor: str) -> int:
    return int(base64.b64decode(cursor).decode().partition(":")[2])

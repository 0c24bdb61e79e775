"""What pages of every list share."""

from __future__ import annotations

from typing import Any

import graphene

from .label import global_id

USUAL_ROWS = 20


class ReturnPageInfo(graphene.ObjectType):
    has_next_page = graphene.Boolean(required=True)
    end_cursor = graphene.String()


def page_info(page: tuple[list[Any], bool], kind: str) -> dict[str, Any]:
    """Of rows, and whether there are more; a cursor is the id of a row of that kind."""
    rows, more = page
    end = global_id(rows[-1], kind) if rows else None
    return {"has_next_page": more, "end_cursor": end}

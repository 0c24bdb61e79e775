"""What pages of every list share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene

from ..domain.errors import ErrorCode, refuse
from .label import global_id, read_id

USUAL_ROWS = 20
# Of rows, and whether there are more.
Page = tuple[list[Any], bool]


class ReturnPageInfo(graphene.ObjectType):
    has_next_page = graphene.Boolean(required=True)
    end_cursor = graphene.String()


def connection_of(node: Any, *, description: str) -> Any:
    """Relay's connection type over `node`, whose resolver gives a Page of rows.

    A cursor is the global id of its row.
    """
    kind = node._meta.name

    def resolve_cursor(row: Any, _info: Any) -> str:
        return global_id(row, kind)

    def resolve_node(row: Any, _info: Any) -> Any:
        return row

    def resolve_edges(page: Page, _info: Any) -> list[Any]:
        return page[0]

    def resolve_page_info(page: Page, _info: Any) -> dict[str, Any]:
        rows, more = page
        end = global_id(rows[-1], kind) if rows else None
        return {"has_next_page": more, "end_cursor": end}

    edge = type(
        f"{kind}Edge",
        (graphene.ObjectType,),
        {
            "cursor": graphene.String(required=True),
            "node": graphene.Field(node, required=True),
            "resolve_cursor": staticmethod(resolve_cursor),
            "resolve_node": staticmethod(resolve_node),
        },
    )
    return type(
        f"{kind}Connection",
        (graphene.ObjectType,),
        {
            "__doc__": description,
            "edges": graphene.List(graphene.NonNull(edge), required=True),
            "page_info": graphene.Field(ReturnPageInfo, required=True),
            "resolve_edges": staticmethod(resolve_edges),
            "resolve_page_info": staticmethod(resolve_page_info),
        },
    )


def read_cursor(text: str | None, node: Any, field: str = "after") -> UUID | None:
    """The row id that `text` names; None for None, as for a first page. Raises Refusal."""
    cursor = read_id(text, node._meta.name)
    if text is not None and cursor is None:
        raise refuse(ErrorCode.MALFORMED, field)
    return cursor

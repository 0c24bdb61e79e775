"""Whose parcel is this? And the parcels of nobody."""

from __future__ import annotations

from typing import Any

import graphene

from ..models import UnmatchedParcel
from ..usecases.access import need_handler
from ..usecases.find_parcels import Found, find_by_code
from ..usecases.unmatched_parcels import list_unmatched
from .context import anybody_of
from .pages import USUAL_ROWS, connection_of, read_cursor
from .unmatched import ReturnUnmatchedParcel
from .warehouse import ReturnAtWarehouse

ReturnUnmatchedParcelConnection = connection_of(
    ReturnUnmatchedParcel, description="A page of parcels of nobody, newest first."
)


class ReturnFound(graphene.ObjectType):
    """What a scanned or typed code may mean, newest first: one box may hold two returns."""

    returns = graphene.List(graphene.NonNull(ReturnAtWarehouse), required=True)
    unmatched_parcels = graphene.List(graphene.NonNull(ReturnUnmatchedParcel), required=True)

    @staticmethod
    def resolve_unmatched_parcels(found: Found, _info: Any) -> list[UnmatchedParcel]:
        return found.unmatched


class FindQuery(graphene.ObjectType):
    return_find = graphene.Field(
        ReturnFound,
        required=True,
        code=graphene.String(
            required=True, description="A return's number, or a waybill's of either way."
        ),
        description="For staff and the warehouse: whose parcel is this?",
    )
    return_unmatched_parcels = graphene.Field(
        ReturnUnmatchedParcelConnection,
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        after=graphene.String(),
        is_open=graphene.Boolean(description="Only those still to be matched, or only the others."),
        description="For staff and the warehouse: parcels of nobody (无主件), newest first.",
    )

    @staticmethod
    def resolve_return_find(_root: None, info: Any, code: str) -> Found:
        return find_by_code(need_handler(anybody_of(info)), code)

    @staticmethod
    def resolve_return_unmatched_parcels(
        _root: None,
        info: Any,
        first: int | None,
        after: str | None = None,
        is_open: bool | None = None,
    ) -> tuple[list[UnmatchedParcel], bool]:
        return list_unmatched(
            need_handler(anybody_of(info)),
            is_open=is_open,
            first=USUAL_ROWS if first is None else first,
            after=read_cursor(after, ReturnUnmatchedParcel),
        )

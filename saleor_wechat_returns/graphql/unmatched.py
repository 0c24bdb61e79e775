"""A parcel of nobody (无主件)."""

from __future__ import annotations

from typing import Any

import graphene

from ..models import Evidence, ReturnRequest, UnmatchedParcel
from ..usecases.access import need_handler
from ..usecases.find_parcels import returns_in
from ..usecases.unmatched_parcels import number_of
from .context import anybody_of
from .evidence import ReturnEvidenceType
from .label import global_id
from .warehouse import ReturnAtWarehouse

NAME = "ReturnUnmatchedParcel"


class ReturnUnmatchedParcel(graphene.ObjectType):
    """A parcel in the warehouse of which nobody knows whose it is (无主件)."""

    class Meta:
        name = NAME

    id = graphene.ID(required=True)
    carrier = graphene.String(required=True)
    waybill_no = graphene.String(required=True, description="Blank where none stands on it.")
    note = graphene.String(required=True, description="What is in it, what stands on it.")
    received_at = graphene.DateTime(required=True)
    evidence = graphene.List(graphene.NonNull(ReturnEvidenceType), required=True)
    suggestions = graphene.List(
        graphene.NonNull(ReturnAtWarehouse),
        required=True,
        description="Returns that wait for a parcel of this number.",
    )
    return_request_id = graphene.ID(description="The return it was matched with.")
    return_number = graphene.String(required=True, description="Blank while it is nobody's.")
    ended_at = graphene.DateTime(description="When it was matched or given up; null before.")
    ended_note = graphene.String(required=True, description="Why it was given up.")

    @staticmethod
    def resolve_id(parcel: UnmatchedParcel, _info: Any) -> str:
        return global_id(parcel, NAME)

    @staticmethod
    def resolve_waybill_no(parcel: UnmatchedParcel, _info: Any) -> str:
        return number_of(parcel)

    @staticmethod
    def resolve_evidence(parcel: UnmatchedParcel, _info: Any) -> list[Evidence]:
        return list(parcel.evidence.all())

    @staticmethod
    def resolve_suggestions(parcel: UnmatchedParcel, info: Any) -> list[ReturnRequest]:
        if parcel.suggested is not None:
            return parcel.suggested
        if parcel.ended_at is not None:
            return []
        return returns_in(need_handler(anybody_of(info)), parcel.waybill_index)

    @staticmethod
    def resolve_return_request_id(parcel: UnmatchedParcel, _info: Any) -> str | None:
        return global_id(parcel.request, "ReturnRequest") if parcel.request else None

    @staticmethod
    def resolve_return_number(parcel: UnmatchedParcel, _info: Any) -> str:
        return parcel.request.number if parcel.request else ""

"""What staff found in the parcel, in the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import graphene

from ..domain.inspection import (
    DISPOSITION_LABELS,
    OUTCOME_LABELS,
    Disposition,
    Outcome,
)
from ..models import InspectedPieces
from ..usecases.wanted_inspection import Found, Inspected
from . import enums
from .label import label_field

ReturnInspectionOutcome = graphene.Enum.from_enum(Outcome, name="ReturnInspectionOutcome")
ReturnDisposition = graphene.Enum.from_enum(Disposition, name="ReturnDisposition")


class ReturnInspectedPiecesInput(graphene.InputObjectType):
    quantity = graphene.Int(required=True)
    outcome = graphene.InputField(ReturnInspectionOutcome, required=True)
    refund = graphene.Boolean(
        description="Whether missing pieces, or those damaged in transit, are refunded. "
        "Left out: if the shop's courier carried them."
    )
    disposition = graphene.InputField(
        ReturnDisposition,
        description="Left out: refunded pieces go into stock, or are written off if they are "
        "damaged; any other piece that is here goes back to the customer.",
    )
    warehouse_id = graphene.ID(description="Saleor's warehouse into whose stock they go.")
    note = graphene.String(default_value="", description="For staff; up to 300 characters.")


class ReturnInspectedLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True)
    accepted_quantity = graphene.Int(
        description="Short for pieces: so many accepted, and the rest refused."
    )
    pieces = graphene.List(
        graphene.NonNull(ReturnInspectedPiecesInput),
        description="All pieces of the line, by what was found. Give these or acceptedQuantity.",
    )


class ReturnInspectedPieces(graphene.ObjectType):
    """Pieces of a line that were found to be the same."""

    quantity = graphene.Int(required=True)
    outcome = graphene.Field(ReturnInspectionOutcome, required=True)
    label = label_field("The outcome in words.")
    is_refunded = graphene.Boolean(required=True)
    disposition = graphene.Field(
        ReturnDisposition, description="What becomes of them; null where they are not here."
    )
    disposition_label = label_field("The same in words; empty where they are not here.")

    @staticmethod
    def resolve_label(found: InspectedPieces, _info: Any, language_code: Any) -> str:
        return enums.in_language(OUTCOME_LABELS[Outcome(found.outcome)], language_code)

    @staticmethod
    def resolve_disposition(found: InspectedPieces, _info: Any) -> str | None:
        return found.disposition or None

    @staticmethod
    def resolve_disposition_label(found: InspectedPieces, _info: Any, language_code: Any) -> str:
        if not found.disposition:
            return ""
        return enums.in_language(DISPOSITION_LABELS[Disposition(found.disposition)], language_code)


def wanted_inspection(lines: Iterable[Any]) -> tuple[Inspected, ...]:
    """What staff say of each line, as the use case takes it."""
    return tuple(
        Inspected(
            str(line.order_line_id),
            line.accepted_quantity,
            None if line.pieces is None else tuple(_found(pieces) for pieces in line.pieces),
        )
        for line in lines
    )


def _found(pieces: Any) -> Found:
    return Found(
        quantity=pieces.quantity,
        outcome=pieces.outcome,
        is_refunded=pieces.refund,
        disposition=pieces.disposition,
        warehouse_id=str(pieces.warehouse_id or ""),
        note=(pieces.note or "").strip(),
    )

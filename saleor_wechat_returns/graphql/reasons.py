"""A reason as the API shows it: before buying, before asking, and on a return."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.evidence import SHOWS_LABELS
from ..domain.policy import Party, Reason, RequiredEvidence
from . import enums
from .label import label_field

ReturnParty = graphene.Enum.from_enum(Party, name="ReturnParty")

PARTY_LABELS: dict[str, tuple[str, str]] = {
    Party.MERCHANT: ("商家承担", "The shop pays"),
    Party.CUSTOMER: ("买家承担", "The customer pays"),
}


class ReturnRequiredEvidence(graphene.ObjectType):
    """Files that a reason asks for: at least so many, of one thing."""

    shows = graphene.Field(enums.ReturnEvidenceShows, required=True)
    label = label_field("What it must show, in words.")
    medium = graphene.Field(enums.ReturnEvidenceMedium, required=True)
    count = graphene.Int(required=True)

    @staticmethod
    def resolve_label(wanted: RequiredEvidence, _info: Any, language_code: Any) -> str:
        return enums.label(SHOWS_LABELS, wanted.shows, language_code)


class ReturnReason(graphene.ObjectType):
    """A reason the customer can choose, and what follows from it."""

    code = graphene.String(required=True)
    label = label_field("The reason in words.")
    kinds = graphene.List(
        graphene.NonNull(enums.ReturnKind),
        required=True,
        description="Of goods that were sent; what was not sent yet is REFUND_ONLY.",
    )
    fault = graphene.Field(ReturnParty, required=True, description="Who is at fault.")
    freight_payer = graphene.Field(
        ReturnParty, required=True, description="Who pays for the way back."
    )
    freight_label = label_field("Who pays for the way back, in words.")
    evidence = graphene.List(
        graphene.NonNull(ReturnRequiredEvidence), required=True, description="The checklist."
    )
    days = graphene.Int(description="Of a window of its own; null: the policy's.")
    suggests_reorder = graphene.Boolean(
        required=True, description="Show the way to order another size."
    )

    @staticmethod
    def resolve_label(reason: Reason, _info: Any, language_code: Any) -> str:
        return reason.en if language_code == enums.LanguageCode.EN else reason.zh

    @staticmethod
    def resolve_freight_payer(reason: Reason, _info: Any) -> Party:
        return reason.freight

    @staticmethod
    def resolve_freight_label(reason: Reason, _info: Any, language_code: Any) -> str:
        return enums.label(PARTY_LABELS, reason.freight, language_code)

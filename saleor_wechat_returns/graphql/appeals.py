"""Rejection and appeal in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from ..domain.rejections import REJECTION_LABELS
from ..domain.talk import FURTHER_HELP
from ..models import Evidence, ReturnAppeal, ReturnRequest
from ..usecases.rejection import appeal_of, appeal_until, is_said_no_to
from ..usecases.safety import is_hidden
from . import enums
from .context import viewer_of
from .events import ReturnEventType
from .evidence import ReturnEvidenceType
from .label import global_id, label_field


class ReturnAppealType(graphene.ObjectType):
    """The customer does not accept a rejection, or an inspection that gave less (申诉)."""

    class Meta:
        name = "ReturnAppeal"

    id = graphene.ID(required=True)
    text = graphene.String(
        required=True, description="As it was written; empty where it is hidden from you."
    )
    safety = graphene.Field(
        enums.ReturnContentSafety, required=True, description="What WeChat's check said of it."
    )
    safety_label = label_field("The same in words.")
    decision = graphene.Field(
        ReturnEventType,
        required=True,
        description="What it is against: the rejection, or the inspection, as the history has it.",
    )
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceType), required=True, description="Oldest first."
    )
    made_at = graphene.DateTime(required=True)
    is_granted = graphene.Boolean(description="Null until it is decided.")
    resolution = graphene.String(required=True, description="What staff say to it.")
    resolved_at = graphene.DateTime()
    same_person_reason = graphene.String(
        required=True, description="Why who had decided before decided it too; for staff."
    )

    @staticmethod
    def resolve_id(appeal: ReturnAppeal, _info: Any) -> str:
        return global_id(appeal, "ReturnAppeal")

    @staticmethod
    def resolve_text(appeal: ReturnAppeal, info: Any) -> str:
        return "" if is_hidden(viewer_of(info), appeal.safety) else appeal.text

    @staticmethod
    def resolve_safety_label(appeal: ReturnAppeal, _info: Any, language_code: Any) -> str:
        return enums.label(enums.SAFETY_LABELS, appeal.safety, language_code)

    @staticmethod
    def resolve_evidence(appeal: ReturnAppeal, _info: Any) -> list[Evidence]:
        return sorted(appeal.evidence.all(), key=lambda evidence: evidence.pk)

    @staticmethod
    def resolve_same_person_reason(appeal: ReturnAppeal, info: Any) -> str:
        return appeal.same_person_reason if viewer_of(info).is_staff else ""


class AppealOfReturn(graphene.ObjectType):
    """What a return has of its rejection and appeal."""

    class Meta:
        abstract = True

    rejection_code = graphene.Field(
        enums.ReturnRejectionCode, description="Why pieces were refused; `explanation` says more."
    )
    rejection_label = label_field("The rejection code in words; empty where there is none.")
    appeal = graphene.Field(ReturnAppealType, description="The latest.")
    appeals = graphene.List(
        graphene.NonNull(ReturnAppealType),
        required=True,
        description="Oldest first. What staff decide can be appealed once, and each new decision.",
    )
    appeal_until = graphene.DateTime(
        description="Before this moment what staff decided can be appealed; null where it cannot."
    )
    further_help = label_field(
        "Where the customer can turn if the shop's word stands; empty while it is not no."
    )

    @staticmethod
    def resolve_rejection_code(request: ReturnRequest, _info: Any) -> str | None:
        return request.rejection_code or None

    @staticmethod
    def resolve_rejection_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        if not request.rejection_code:
            return ""
        labels = {code.value: both for code, both in REJECTION_LABELS.items()}
        return enums.label(labels, request.rejection_code, language_code)

    @staticmethod
    def resolve_appeal(request: ReturnRequest, _info: Any) -> ReturnAppeal | None:
        return appeal_of(request)

    @staticmethod
    def resolve_appeals(request: ReturnRequest, _info: Any) -> list[ReturnAppeal]:
        return sorted(request.appeals.all(), key=lambda appeal: appeal.pk)

    @staticmethod
    def resolve_appeal_until(request: ReturnRequest, _info: Any) -> datetime | None:
        return appeal_until(request)

    @staticmethod
    def resolve_further_help(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        zh, en = FURTHER_HELP if is_said_no_to(request) else ("", "")
        return en if language_code == enums.LanguageCode.EN else zh

"""A return's history in the API."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.lifecycle import LABELS, Status
from ..models import ReturnEvent
from . import enums
from .context import shop_of
from .event_words import event_label
from .label import label_field


class ReturnEventType(graphene.ObjectType):
    """One line of a return's history."""

    class Meta:
        name = "ReturnEvent"

    at = graphene.DateTime(required=True)
    kind = graphene.String(required=True)
    label = label_field("What happened, in words.")
    actor = graphene.Field(enums.ReturnActor, required=True)
    status = graphene.Field(enums.ReturnStatus, required=True, description="After the event.")
    status_label = label_field("The status in words.")
    rejection_code = graphene.Field(
        enums.ReturnRejectionCode, description="Of a decision that said no; null of all else."
    )
    explanation = graphene.String(
        required=True, description="What staff wrote to the customer with it; blank if nothing."
    )

    @staticmethod
    def resolve_label(event: ReturnEvent, info: Any, language_code: Any) -> str:
        return event_label(event, shop_of(info).zone, language_code)

    @staticmethod
    def resolve_status_label(event: ReturnEvent, _info: Any, language_code: Any) -> str:
        return enums.in_language(LABELS[Status(event.status)], language_code)

    @staticmethod
    def resolve_rejection_code(event: ReturnEvent, _info: Any) -> str | None:
        return event.data.get("code") or None

    @staticmethod
    def resolve_explanation(event: ReturnEvent, _info: Any) -> str:
        return str(event.data.get("explanation", ""))

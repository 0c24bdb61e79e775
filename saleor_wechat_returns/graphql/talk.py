"""The thread of a return in the API."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.evidence import SHOWS_LABELS
from ..models import Evidence, ReturnMessage, ReturnRequest
from ..usecases.safety import is_hidden
from ..usecases.talk import list_messages
from . import enums
from .context import viewer_of
from .evidence import ReturnEvidenceType
from .label import global_id, label_field
from .pages import USUAL_ROWS, Page, connection_of, read_cursor


class ReturnEvidenceWant(graphene.ObjectType):
    """What staff ask to be shown."""

    shows = graphene.Field(enums.ReturnEvidenceShows, required=True)
    label = label_field("What it should show, in words.")
    order_line_id = graphene.ID(description="Null: of the whole return.")

    @staticmethod
    def resolve_label(want: dict[str, str], _info: Any, language_code: Any) -> str:
        return enums.label(SHOWS_LABELS, want["shows"], language_code)

    @staticmethod
    def resolve_order_line_id(want: dict[str, str], _info: Any) -> str | None:
        return want["order_line_id"] or None


class ReturnMessageType(graphene.ObjectType):
    """One message (留言). `text` is as it was written: escape it where it is shown."""

    class Meta:
        name = "ReturnMessage"

    id = graphene.ID(required=True)
    actor = graphene.Field(enums.ReturnActor, required=True)
    text = graphene.String(required=True, description="Empty where it is hidden from you.")
    is_hidden = graphene.Boolean(required=True, description="A content check has doubts.")
    safety = graphene.Field(
        enums.ReturnContentSafety, required=True, description="What WeChat's check said of it."
    )
    safety_label = label_field("The same in words.")
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceType), required=True, description="Oldest first."
    )
    wants = graphene.List(
        graphene.NonNull(ReturnEvidenceWant),
        required=True,
        description="What staff ask to be shown with it.",
    )
    sent_at = graphene.DateTime(required=True)
    read_at = graphene.DateTime(description="When the other side saw it.")

    @staticmethod
    def resolve_id(message: ReturnMessage, _info: Any) -> str:
        return global_id(message, "ReturnMessage")

    @staticmethod
    def resolve_text(message: ReturnMessage, info: Any) -> str:
        return "" if is_hidden(viewer_of(info), message.safety) else message.text

    @staticmethod
    def resolve_is_hidden(message: ReturnMessage, info: Any) -> bool:
        return is_hidden(viewer_of(info), message.safety)

    @staticmethod
    def resolve_safety_label(message: ReturnMessage, _info: Any, language_code: Any) -> str:
        return enums.label(enums.SAFETY_LABELS, message.safety, language_code)

    @staticmethod
    def resolve_evidence(message: ReturnMessage, _info: Any) -> list[Evidence]:
        return sorted(message.evidence.all(), key=lambda evidence: evidence.pk)


ReturnMessageConnection = connection_of(
    ReturnMessageType, description="A page of a thread, newest first."
)


class TalkOfReturn(graphene.ObjectType):
    """What a return has of its thread."""

    class Meta:
        abstract = True

    messages = graphene.Field(
        ReturnMessageConnection,
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 50."),
        after=graphene.String(),
        description="The thread, newest first.",
    )
    unread_message_count = graphene.Int(
        required=True, description="Of the other side, not yet told as read: returnMessagesRead."
    )

    @staticmethod
    def resolve_messages(
        request: ReturnRequest, _info: Any, first: int | None, after: str | None = None
    ) -> Page:
        rows = USUAL_ROWS if first is None else first
        return list_messages(request, first=rows, after=read_cursor(after, ReturnMessageType))

    @staticmethod
    def resolve_unread_message_count(request: Any, _info: Any) -> int:
        return int(request.unread)

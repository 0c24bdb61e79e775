"""Returns that came of another, of which only a part had arrived."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.lifecycle import LABELS, Status
from ..models import ReturnRequest
from . import enums
from .label import global_id, label_field


class ReturnReference(graphene.ObjectType):
    """Another return of the same customer's; read it by its id."""

    id = graphene.ID(required=True)
    number = graphene.String(required=True)
    status = graphene.Field(enums.ReturnStatus, required=True)
    status_label = label_field("The status in words.")

    @staticmethod
    def resolve_id(request: ReturnRequest, _info: Any) -> str:
        return global_id(request, "ReturnRequest")

    @staticmethod
    def resolve_status_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        return enums.in_language(LABELS[Status(request.status)], language_code)


class SplitsOfReturn(graphene.ObjectType):
    """What a return has of others that its pieces went to, or came from."""

    class Meta:
        abstract = True

    split_from = graphene.Field(
        ReturnReference, description="The return that these pieces were of, until only others came."
    )
    splits = graphene.List(
        graphene.NonNull(ReturnReference),
        required=True,
        description="Returns of pieces that did not come, or were lost on their way back.",
    )

    @staticmethod
    def resolve_splits(request: ReturnRequest, _info: Any) -> list[ReturnRequest]:
        return sorted(request.splits.all(), key=lambda split: split.pk)

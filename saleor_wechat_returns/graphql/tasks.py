"""What only staff can settle, over the whole shop: also what no return knows of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from ..models import Refund, StaffTask
from ..usecases.task_settled import SETTLEABLE
from . import enums
from .label import global_id, label_field


class ReturnTask(graphene.ObjectType):
    """Something only staff can settle."""

    id = graphene.ID(required=True)
    kind = graphene.Field(enums.ReturnTaskKind, required=True)
    kind_label = label_field("What happened and what to do, in words.")
    detail = graphene.String(required=True, description="For whoever looks closer; in English.")
    opened_at = graphene.DateTime(required=True)
    closed_at = graphene.DateTime()
    number = graphene.String(
        required=True, description="Of the return, the refund or the payment that it is about."
    )
    return_request_id = graphene.ID()
    return_refund_id = graphene.ID(description="Where it is about a refund that is of no return.")
    return_refund = graphene.Field(
        "saleor_wechat_returns.graphql.types.ReturnRefundType",
        description="The same refund: its version is what returnRefundRetry asks for.",
    )

    can_be_settled = graphene.Boolean(
        required=True,
        description="Staff say that it is settled; all other tasks close by themselves.",
    )

    @staticmethod
    def resolve_id(task: StaffTask, _info: Any) -> str:
        return global_id(task, "ReturnTask")

    @staticmethod
    def resolve_can_be_settled(task: StaffTask, _info: Any) -> bool:
        return task.closed_at is None and task.kind in SETTLEABLE

    @staticmethod
    def resolve_kind_label(task: StaffTask, _info: Any, language_code: Any) -> str:
        return enums.label(enums.TASK_LABELS, task.kind, language_code)

    @staticmethod
    def resolve_opened_at(task: StaffTask, _info: Any) -> datetime:
        return task.created_at

    @staticmethod
    def resolve_number(task: StaffTask, _info: Any) -> str:
        return str(task.request or task.refund or task.payment)

    @staticmethod
    def resolve_return_request_id(task: StaffTask, _info: Any) -> str | None:
        return global_id(task.request, "ReturnRequest") if task.request else None

    @staticmethod
    def resolve_return_refund_id(task: StaffTask, _info: Any) -> str | None:
        return global_id(task.refund, "ReturnRefund") if task.refund else None

    @staticmethod
    def resolve_return_refund(task: StaffTask, _info: Any) -> Refund | None:
        return task.refund

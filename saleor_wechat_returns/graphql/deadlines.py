"""Until when somebody must act on a return, what happens then, and asking for more time."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..domain.deadlines import ACTS, ACTS_LABELS, LEVEL_LABELS, THEN_LABELS, Acts, Level, Then
from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Status
from ..models import ReturnDeadline, ReturnRequest
from ..usecases.access import need_customer
from ..usecases.extend_deadline import Extension, extend_as_customer, extend_as_staff
from ..usecases.safety import is_hidden
from . import enums
from .context import viewer_of
from .label import label_field

ReturnDeadlineActs = graphene.Enum.from_enum(Acts, name="ReturnDeadlineActs")
ReturnDeadlineThen = graphene.Enum.from_enum(Then, name="ReturnDeadlineThen")
ReturnDeadlineLevel = graphene.Enum.from_enum(Level, name="ReturnDeadlineLevel")


class ReturnDeadlineType(graphene.ObjectType):
    """时限: until when somebody must act, and what happens if nobody does."""

    class Meta:
        name = "ReturnDeadline"

    due_at = graphene.DateTime(required=True)
    remind_at = graphene.DateTime(description="When the customer is reminded; null: never.")
    is_reminded = graphene.Boolean(
        required=True, description="The time comes near, and nothing was done: show a hint."
    )
    who_acts = graphene.Field(ReturnDeadlineActs, required=True)
    who_acts_label = label_field("Who must act, in words.")
    then = graphene.Field(
        ReturnDeadlineThen, required=True, description="What happens if nobody acts."
    )
    then_label = label_field("The same in words.")
    level = graphene.Field(
        ReturnDeadlineLevel,
        required=True,
        description="How late it is. What the law says of it, only staff read.",
    )
    level_label = label_field("The same in words.")
    is_extended = graphene.Boolean(required=True, description="It was put off; once is all.")
    extension_reason = graphene.String(
        required=True, description="The customer's stands in the thread, too; empty where hidden."
    )
    extension_hours = graphene.Int(required=True, description="What an extension gives; 0: none.")

    @staticmethod
    def resolve_is_reminded(deadline: ReturnDeadline, _info: Any) -> bool:
        return deadline.reminded_at is not None

    @staticmethod
    def resolve_who_acts(deadline: ReturnDeadline, _info: Any) -> str:
        return ACTS[Status(deadline.status)]

    @staticmethod
    def resolve_who_acts_label(deadline: ReturnDeadline, _info: Any, language_code: Any) -> str:
        return enums.in_language(ACTS_LABELS[ACTS[Status(deadline.status)]], language_code)

    @staticmethod
    def resolve_then_label(deadline: ReturnDeadline, _info: Any, language_code: Any) -> str:
        words = THEN_LABELS[Status(deadline.status), Then(deadline.then)]
        return enums.in_language(words, language_code)

    @staticmethod
    def resolve_level(deadline: ReturnDeadline, info: Any) -> str:
        return level_for(deadline, info)

    @staticmethod
    def resolve_level_label(deadline: ReturnDeadline, info: Any, language_code: Any) -> str:
        return enums.in_language(LEVEL_LABELS[level_for(deadline, info)], language_code)

    @staticmethod
    def resolve_is_extended(deadline: ReturnDeadline, _info: Any) -> bool:
        return deadline.extended_at is not None

    @staticmethod
    def resolve_extension_reason(deadline: ReturnDeadline, info: Any) -> str:
        message = deadline.extension_message
        if message is None:
            return deadline.extension_reason
        return "" if is_hidden(viewer_of(info), message.safety) else message.text


def level_for(deadline: ReturnDeadline, info: Any) -> Level:
    """As it is now, whether or not the clock has come by."""
    level = deadline.times.level(clock.now())
    is_late = level is not Level.IN_TIME
    return Level.OVERDUE if is_late and not viewer_of(info).is_staff else level


def running_deadline(request: ReturnRequest) -> ReturnDeadline | None:
    """Of a return that was read with its deadlines."""
    running = (deadline for deadline in request.deadlines.all() if deadline.ended_at is None)
    return next(running, None)


def extend(info: Any, wanted: Extension, version: int | None, key: str | None) -> ReturnRequest:
    """Staff name the version they saw, customers a key. Raises Refusal."""
    viewer, now = viewer_of(info), clock.now()
    if viewer.is_staff:
        if version is None:
            raise refuse(ErrorCode.REQUIRED, "expectedVersion")
        return extend_as_staff(viewer, wanted, expected_version=version, now=now)
    if key is None:
        raise refuse(ErrorCode.REQUIRED, "idempotencyKey")
    return extend_as_customer(need_customer(viewer), wanted, idempotency_key=key, now=now)

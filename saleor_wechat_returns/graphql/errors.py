"""Saying no in Saleor's manner: `errors { field code message lines }` in every mutation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import graphene
import structlog
from django.db import OperationalError
from graphql import GraphQLError

from ..domain.error_words import MEANINGS
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.money import Fen, yuan_of_fen
from .context import shop_of
from .enums import LanguageCode
from .money import ReturnMoney

log = structlog.get_logger(__name__)

# Source: PostgreSQL, "Error Codes", read 2026-11: what lock_timeout raises.
# PostgreSQL: a lock was not to be had in time; two waited for each other, and one gave way.
BUSY = frozenset({"55P03", "40P01"})

ReturnErrorCode = graphene.Enum.from_enum(
    ErrorCode, name="ReturnErrorCode", description=lambda code: code and MEANINGS[code][1]
)


class ReturnError(graphene.ObjectType):
    """One reason why nothing was done."""

    field = graphene.String(description="Path of the input at fault.")
    code = graphene.Field(ReturnErrorCode, required=True)
    message = graphene.String(
        required=True,
        language_code=graphene.Argument(LanguageCode, default_value=LanguageCode.ZH_HANS),
        description="A sentence for the person, Chinese unless asked otherwise.",
    )
    lines = graphene.List(
        graphene.NonNull(graphene.ID), description="Order lines the error is about."
    )
    most = graphene.Field(ReturnMoney, description="How much is possible, where that is known.")
    retry_at = graphene.DateTime(
        description="When it is possible again, where that is known; the message says it too."
    )

    @staticmethod
    def resolve_field(fault: Fault, _info: Any) -> str | None:
        return fault.field

    @staticmethod
    def resolve_message(fault: Fault, info: Any, language_code: Any) -> str:
        words = fault.message or meaning(fault.code, language_code)
        if fault.most_fen is not None:
            words += _most(fault.most_fen, language_code)
        if fault.again_at is None:
            return words
        at = f"{fault.again_at.astimezone(shop_of(info).zone):%Y-%m-%d %H:%M}"
        again = f"Possible again from {at}." if language_code == LanguageCode.EN else ""
        return f"{words} {again}" if again else f"{words}{at} 后可再试。"

    @staticmethod
    def resolve_most(fault: Fault, _info: Any) -> int | None:
        return fault.most_fen

    @staticmethod
    def resolve_retry_at(fault: Fault, _info: Any) -> datetime | None:
        return fault.again_at

    @staticmethod
    def resolve_lines(fault: Fault, _info: Any) -> Sequence[str] | None:
        return fault.lines or None


def _most(fen: int, language_code: Any) -> str:
    yuan = yuan_of_fen(Fen(fen))
    return f" {yuan} yuan at most." if language_code == LanguageCode.EN else f"最多 {yuan} 元。"


def meaning(code: ErrorCode, language_code: Any) -> str:
    zh, en = MEANINGS[code]
    return en if language_code == LanguageCode.EN else zh


@contextmanager
def busy_is_a_refusal() -> Iterator[None]:
    """Turn a lock that was not to be had in time into Refusal(BUSY)."""
    try:
        yield
    except OperationalError as error:
        if not _is_busy(error):
            raise
        raise refuse(ErrorCode.BUSY) from error


def as_top_level(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error outside mutations. A refusal keeps its code; a bug is logged and masked."""
    cause = error.original_error
    if _is_busy(cause):
        cause = refuse(ErrorCode.BUSY)
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, Refusal):
        fault = cause.faults[0]
        formatted["message"] = meaning(fault.code, LanguageCode.ZH_HANS)
        formatted["extensions"] = {"code": fault.code.name, "field": fault.field}
        if fault.again_at is not None:
            formatted["extensions"]["retryAt"] = fault.again_at.isoformat()
    elif cause is not None and not isinstance(cause, GraphQLError):
        log.error("graphql.failed", path=error.path, exc_info=cause)
        formatted |= masked(request_id)
    return formatted


def _is_busy(error: Exception | None) -> bool:
    """Was a lock not to be had in time? Everything was undone, so a repeat does no harm."""
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.__cause__, "sqlstate", None) in BUSY


def masked(request_id: str) -> dict[str, Any]:
    """What is said of a bug: the id by which it is found in the log, and nothing else."""
    return {
        "message": meaning(ErrorCode.INTERNAL, LanguageCode.ZH_HANS),
        "extensions": {"code": ErrorCode.INTERNAL.name, "requestId": request_id},
    }

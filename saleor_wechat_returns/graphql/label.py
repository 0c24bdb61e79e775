"""What nearly every type has: an id of its own rows, and words beside an enum."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene
from graphql_relay import from_global_id, to_global_id

from . import enums


def label_field(description: str) -> graphene.String:
    """Words beside an enum, Chinese unless asked otherwise."""
    return graphene.String(
        required=True,
        language_code=graphene.Argument(
            enums.LanguageCode, default_value=enums.LanguageCode.ZH_HANS
        ),
        description=description,
    )


def global_id(row: Any, kind: str) -> str:
    """The relay id of one of our rows."""
    return to_global_id(kind, str(row.pk))


def address_row_id(text: str | None) -> str:
    """Blank if none is named; what is no id of an address is simply not found further in."""
    return str(read_id(text, "ReturnAddress") or "-") if text is not None else ""


def read_id(text: str | None, kind: str) -> UUID | None:
    """The row id in a relay id of `kind`, or None for anything else."""
    try:
        read = from_global_id(text or "")
        return UUID(read.id) if read.type == kind else None
    except (ValueError, UnicodeDecodeError):
        return None

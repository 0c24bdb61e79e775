"""Texts from outside: which can be kept as they are, and which can be an id of Saleor's at all."""

from __future__ import annotations

from base64 import b64decode
from uuid import UUID

from ..domain.errors import ErrorCode, Fault
from ..models.base import SALEOR_ID


def fault_of_text(text: str, field: str, *, longest: int) -> Fault | None:
    """Why this text cannot be kept, or None. PostgreSQL takes neither NUL nor half a surrogate."""
    if len(text) > longest:
        return Fault(ErrorCode.TOO_LONG, field)
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return Fault(ErrorCode.MALFORMED, field)
    return None


def is_global_id(text: str) -> bool:
    """Could this be a global id of Saleor's? Keeps rubbish away from Saleor and the database."""
    return 1 <= len(text) <= SALEOR_ID and text.isascii() and text.isprintable() and " " not in text


def is_order_id(text: str) -> bool:
    """Could this be an order's: base64 of `Order:` and a UUID, or a number as of old?

    Anything else Saleor answers with an error that looks like trouble of its own.
    """
    return _is_id_of("Order", text)


def is_user_id(text: str) -> bool:
    """Could this be a Saleor account's? An openid never is: it is no base64 of `User:`."""
    return _is_id_of("User", text)


def is_warehouse_id(text: str) -> bool:
    """Could this be a warehouse's?"""
    return _is_id_of("Warehouse", text)


def _is_id_of(kind: str, text: str) -> bool:
    if not is_global_id(text):
        return False
    try:
        found, _, key = b64decode(text, validate=True).decode("ascii").partition(":")
        return found == kind and (key.isdigit() or bool(UUID(key)))
    except ValueError:
        return False

"""Reading WeChat's JSON without trusting it: every value is checked on the way in.

Owns bytes → objects → typed values. Knows no refund, no payment and no signature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from ..domain.money import Fen

JsonObject = Mapping[str, object]

MOST_FEN = 10**12  # ten thousand million yuan: a larger number is damage, not money


class Malformed(ValueError):
    """A value is missing, of another type, or cannot be stored. Carries no content."""


def read_object(raw: bytes) -> JsonObject:
    """Parse UTF-8 JSON that must be an object."""
    try:
        parsed = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    return _object(parsed, "top level")


def read_child(data: JsonObject, name: str) -> JsonObject:
    return _object(data.get(name), name)


def read_children(data: JsonObject, name: str) -> list[JsonObject]:
    value = data.get(name)
    if not isinstance(value, list):
        raise Malformed(f"{name} is not a list")
    return [_object(item, name) for item in value]


def read_text(data: JsonObject, name: str, default: str | None = None) -> str:
    """Text; without a default it must be there and must not be empty."""
    value = data.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise Malformed(f"{name} is not text")
    # PostgreSQL stores neither NUL nor half a surrogate pair.
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Malformed(f"{name} cannot be stored")
    return value


def read_fen(data: JsonObject, name: str) -> Fen:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_FEN:
        raise Malformed(f"{name} is not an amount in fen")
    return Fen(value)


def read_seconds(data: JsonObject, name: str) -> int:
    """How long something lives: more than a moment, at most a day."""
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 86400:
        raise Malformed(f"{name} is not a number of seconds")
    return value


def read_moment(data: JsonObject, name: str) -> datetime | None:
    """An aware time, or None if it is absent or unreadable: a date never holds up money."""
    value = data.get(name)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _object(value: object, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value

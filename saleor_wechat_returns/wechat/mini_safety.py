"""Content safety (内容安全): WeChat's verdict on a text, and its word that it took a picture.

Source: mini-program documentation, "msgSecCheck" and "mediaCheckAsync" version 2, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .wire import JsonObject, Malformed, read_child, read_text

MOST_CHARACTERS = 2500
LARGEST_PICTURE = 10 * 1024 * 1024
# 2 评论: what a shopper writes to a shop is nearest to that.
SCENE = 2
MEDIA_IMAGE = 2
TRACE = re.compile(r"[!-~]{1,96}")


class Suggest(StrEnum):
    """What WeChat would do with it."""

    PASS = "pass"  # noqa: S105 - no secret
    REVIEW = "review"  # a person should look
    RISKY = "risky"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`label`: WeChat's class of content; 100 is in order, 20001 politics, 20002 porn …"""

    suggest: Suggest
    label: int | None


def read_verdict(data: JsonObject) -> Verdict:
    """Of an answer or a pushed event. A suggestion that we do not know is one for a person."""
    result = read_child(data, "result")
    said = read_text(result, "suggest")
    suggest = Suggest(said) if said in list(Suggest) else Suggest.REVIEW
    return Verdict(suggest, read_number(result, "label"))


def read_trace(data: JsonObject) -> str:
    trace = read_text(data, "trace_id")
    if not TRACE.fullmatch(trace):
        raise Malformed("trace_id is no word of theirs")
    return trace


def read_number(data: JsonObject, name: str) -> int | None:
    """A small number, as JSON or as the text that XML makes of it; None if it is absent."""
    value = data.get(name)
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise Malformed(f"{name} is not a number")
    return int(text)

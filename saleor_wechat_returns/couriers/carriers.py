"""The carriers that customers know by name, and what a waybill number tells of its carrier.

Patterns only guess and warn: carriers change their numbers without notice.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Carrier:
    """`kuaidi100`, `wechat`: what those call it. `pickup`: "yes", "no", "conditional"."""

    key: str
    zh: str
    en: str
    also: tuple[str, ...]
    kuaidi100: str
    wechat: str
    waybill: re.Pattern[str]
    needs_phone: bool
    pickup: str


@cache
def carriers() -> dict[str, Carrier]:
    """By key, in the order of carriers.json."""
    return {
        row["key"]: Carrier(
            key=row["key"],
            zh=row["zh"],
            en=row["en"],
            also=tuple(row["also"]),
            kuaidi100=row["kuaidi100"],
            wechat=row["wechat"],
            waybill=re.compile(row["waybill"]),
            needs_phone=row["needs_phone"],
            pickup=row["kuaidi100_pickup"],
        )
        for row in _document()["carriers"]
    }


def guess(number: str) -> list[Carrier]:
    """Carriers whose numbers look like this one, the likeliest first; empty: of nobody we know.

    `number`: without blanks, upper case.
    """
    order = _document()["guess_order"]
    found = [carrier for carrier in carriers().values() if carrier.waybill.fullmatch(number)]
    return sorted(found, key=lambda it: order.index(it.key) if it.key in order else len(order))


def surely(number: str) -> Carrier | None:
    """The one carrier a number can be of: nobody else's fits, or its letters are the carrier's own.

    `number`: without blanks, upper case.
    """
    found = guess(number)
    letters = number[:2]
    if len(found) > 1 and letters.isalpha():
        found = [carrier for carrier in found if letters in carrier.waybill.pattern][:1]
    return found[0] if len(found) == 1 else None


def named(name: str) -> Carrier | None:
    """The carrier somebody means who writes its key, or one of its names."""
    return _by_name().get(name.strip().casefold())


@cache
def _by_name() -> dict[str, Carrier]:
    return {
        name.casefold(): it
        for it in carriers().values()
        for name in (it.key, it.kuaidi100, it.zh, it.en, *it.also)
    }


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        Path(__file__).with_name("carriers.json").read_text("utf-8")
    )
    return document

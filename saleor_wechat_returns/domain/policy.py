"""What a shop promises about returns: window, reasons, exclusions. Data without rows.

A ReturnPolicy row holds `Rules` as JSON; usecases/policies.py reads and checks it. Every request
is frozen onto the row it was made under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .evidence import Medium, Shows
from .lifecycle import Kind

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
LONGEST_WORDS = 200
MOST_DAYS = 3650


class Party(StrEnum):
    """Who is at fault, or who pays."""

    MERCHANT = "merchant"  # 商家
    CUSTOMER = "customer"  # 买家


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How long a delivered piece may be returned. Day 1 is the day after it was signed for.

    When nobody knows the signing, Saleor's fulfilment time and `buffer_days` stand for it.
    """

    days: int
    buffer_days: int
    # Public or private metadata of Saleor's fulfilment that tells when it was signed for.
    signed_at_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        need_days(self.days, "days")
        need_days(self.buffer_days, "buffer_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredEvidence:
    """At least `count` files of one medium that show one thing."""

    shows: Shows
    count: int = 1
    medium: Medium = Medium.IMAGE

    def __post_init__(self) -> None:
        need(1 <= self.count <= 9, "count", "is 1 to 9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason a customer can give, and what follows from it."""

    code: str
    zh: str
    en: str
    # For pieces that were sent. What was never sent can be given back for any reason.
    kinds: tuple[Kind, ...]
    fault: Party = Party.CUSTOMER  # merchant: the outbound shipping is given back too
    freight: Party = Party.CUSTOMER  # who pays for the way back
    days: int | None = None  # a window of its own; None: the policy's
    evidence: tuple[RequiredEvidence, ...] = ()
    suggests_reorder: bool = False  # 换尺码: shows the way to another size
    # Pages of the shop's Saleor, by global id; blank: none is passed along.
    return_reference: str = ""  # of its return settings, Saleor 3.23 and later
    refund_reference: str = ""  # of its refund settings, Saleor 3.22 and later

    def __post_init__(self) -> None:
        need_code(self.code)
        need_words(self.zh, "zh")
        need_words(self.en, "en")
        need(len(self.kinds) > 0, "kinds", "names at least one")
        if self.days is not None:
            need_days(self.days, "days")

    @property
    def is_merchants_fault(self) -> bool:
        """商家责任: the law and no exclusion decides, and the outbound shipping goes back."""
        return self.fault is Party.MERCHANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of everything a shop promises. The first reasons are shown first."""

    window: Window
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        need(len(self.reasons) > 0, "reasons", "names at least one")
        need_once((reason.code for reason in self.reasons), "reasons")

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)


def need(holds: bool, field: str, what: str) -> None:
    """Raise ValueError unless it holds: "<field> <what>"."""
    if not holds:
        raise ValueError(f"{field} {what}")


def need_days(days: int, field: str) -> None:
    need(0 <= days <= MOST_DAYS, field, f"is 0 to {MOST_DAYS}")


def need_code(code: str) -> None:
    need(CODE.fullmatch(code) is not None, "code", "is lowercase letters, digits and _")


def need_words(words: str, field: str) -> None:
    need(0 < len(words.strip()) <= LONGEST_WORDS, field, f"is 1 to {LONGEST_WORDS} characters")


def need_once(codes: Iterable[str], field: str) -> None:
    found = list(codes)
    need(len(found) == len(set(found)), field, "has a code twice")

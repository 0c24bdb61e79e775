"""What a shop promises about returns: window, reasons, exclusions. Data without rows.

A ReturnPolicy row holds `Rules` as JSON; usecases/policies.py reads and checks it. Every request
is frozen onto the row it was made under.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .auto_decisions import AutoDecision
from .deadlines import DeadlineRules
from .evidence import Medium, Shows
from .goods import Goods as Bought
from .lifecycle import Kind
from .limits import LimitRules

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
PAGE = re.compile(r"Page:\d{1,18}")
LONGEST_WORDS = 200
LONGEST_KEY = 250
MOST_REASONS = 50
MOST_EXCLUSIONS = 100
MOST_AUTO_DECISIONS = 50
MOST_NAMES = 1000
MOST_KEYS = 20
MOST_DAYS = 3650
MOST_FREIGHT_FEN = 100_000
# A confirmation that says the contrary is none.
NOT_SAID = frozenset({"", "0", "false", "no", "否"})


class Party(StrEnum):
    """Who is at fault, or who pays."""

    MERCHANT = "merchant"  # 商家
    CUSTOMER = "customer"  # 买家


class Basis(StrEnum):
    """Why goods may be excluded from 七天无理由退货 at all (消法 art. 25)."""

    CUSTOM_MADE = "custom_made"  # 定作
    PERISHABLE = "perishable"  # 鲜活易腐
    DIGITAL = "digital"  # 在线下载或拆封的数字化商品
    PERIODICAL = "periodical"  # 交付的报纸、期刊
    CONFIRMED_AT_PURCHASE = "confirmed_at_purchase"  # 购买时经消费者确认


class GiftRule(StrEnum):
    """What becomes of a free gift (赠品) when the goods it came with go back."""

    COME_BACK = "come_back"  # with the last of them
    STAY = "stay"


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
        need_keys(self.signed_at_keys, "signed_at_keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredEvidence:
    """At least `count` files of one medium that show one thing."""

    shows: Shows
    count: int = 1
    medium: Medium = Medium.IMAGE

    def __post_init__(self) -> None:
        need(1 <= self.count <= 9, "count", "is 1 to 9")


def missing_evidence(
    wanted: Iterable[RequiredEvidence], given: Iterable[tuple[Medium, Shows]]
) -> tuple[RequiredEvidence, ...]:
    """What of a checklist is not there yet; a file counts for what it is said to show."""
    counts = Counter(given)
    return tuple(want for want in wanted if counts[want.medium, want.shows] < want.count)


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
        need(len(self.evidence) <= MOST_KEYS, "evidence", f"lists {MOST_KEYS} at most")
        if self.days is not None:
            need_days(self.days, "days")
        need_page(self.return_reference, "return_reference")
        need_page(self.refund_reference, "refund_reference")

    @property
    def is_merchants_fault(self) -> bool:
        """商家责任: the law and no exclusion decides, and the outbound shipping goes back."""
        return self.fault is Party.MERCHANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Which goods a rule is about: those that any of these names. Ids are Saleor's."""

    product_types: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # with those below them
    collections: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    # Metadata of product, variant or order line; an empty value stands for any.
    metadata: Mapping[str, str] = field(default_factory=dict)
    virtual: bool = False  # whatever needs no shipping

    def __post_init__(self) -> None:
        need_keys(self.metadata, "metadata")
        by_id = (
            self.product_types,
            self.categories,
            self.collections,
            self.products,
            self.variants,
        )
        names = sum(len(ids) for ids in by_id)
        need(names <= MOST_NAMES, "goods", f"names {MOST_NAMES} things at most")
        need(all(all(ids) for ids in by_id), "goods", "has no empty names")

    def include(self, goods: Bought) -> bool:
        return (
            goods.product_type_id in self.product_types
            or goods.product_id in self.products
            or goods.variant_id in self.variants
            or not goods.category_ids.isdisjoint(self.categories)
            or not goods.collection_ids.isdisjoint(self.collections)
            or any(
                key in goods.metadata and value in ("", goods.metadata[key])
                for key, value in self.metadata.items()
            )
            or (self.virtual and not goods.needs_shipping)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Goods that cannot be returned without the shop's fault (消法 art. 25).

    The four classes of the law need nothing more. Of any other goods the customer must have
    confirmed it for this purchase: a metadata key of the order or its line, set at the checkout.
    """

    code: str
    zh: str
    en: str
    goods: Goods
    basis: Basis
    confirmed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        need_code(self.code)
        need_words(self.zh, "zh")
        need_words(self.en, "en")
        need_keys(self.confirmed_by, "confirmed_by")
        is_by_confirmation = self.basis is Basis.CONFIRMED_AT_PURCHASE
        need(
            bool(self.confirmed_by) is is_by_confirmation,
            "confirmed_by",
            "names a key exactly if the basis is confirmed_at_purchase",
        )

    def covers(self, goods: Bought) -> bool:
        if not self.goods.include(goods):
            return False
        if self.basis is not Basis.CONFIRMED_AT_PURCHASE:
            return True
        return any(
            goods.confirmed.get(key, "").lower() not in NOT_SAID for key in self.confirmed_by
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of everything a shop promises. The first reasons are shown first."""

    window: Window
    reasons: tuple[Reason, ...]
    exclusions: tuple[Exclusion, ...] = ()
    gifts: GiftRule = GiftRule.COME_BACK
    deadlines: DeadlineRules = field(default_factory=DeadlineRules)
    limits: LimitRules = field(default_factory=LimitRules)
    auto_decisions: tuple[AutoDecision, ...] = ()
    # Whether accepted pieces go back into Saleor's stock by themselves.
    restock: bool = False
    # 运费补偿: most that staff may add for the way back, where the shop pays for it.
    most_freight_fen: int = 2500

    def __post_init__(self) -> None:
        need(0 < len(self.reasons) <= MOST_REASONS, "reasons", f"are 1 to {MOST_REASONS}")
        are_few = len(self.exclusions) <= MOST_EXCLUSIONS
        need(are_few, "exclusions", f"are {MOST_EXCLUSIONS} at most")
        are_few = len(self.metadata_keys) <= 5 * MOST_KEYS
        need(are_few, "exclusions", f"name {5 * MOST_KEYS} metadata keys at most")
        need_once((reason.code for reason in self.reasons), "reasons")
        need_once((exclusion.code for exclusion in self.exclusions), "exclusions")
        need_once((rule.name for rule in self.auto_decisions), "auto_decisions")
        asked = {code for rule in self.auto_decisions for code in rule.reasons}
        known = {reason.code for reason in self.reasons}
        need(asked <= known, "auto_decisions", "name reasons that there are")
        need(0 <= self.most_freight_fen <= MOST_FREIGHT_FEN, "most_freight_fen", "is 0 to 100000")
        few = len(self.auto_decisions) <= MOST_AUTO_DECISIONS
        need(few, "auto_decisions", f"are {MOST_AUTO_DECISIONS} at most")

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)

    def days_of(self, reason: Reason) -> int:
        return self.window.days if reason.days is None else reason.days

    def exclusion_of(self, goods: Bought) -> Exclusion | None:
        """Why these goods cannot be returned without the shop's fault; None: they can."""
        return next((e for e in self.exclusions if e.covers(goods)), None)

    def possible_exclusion_of(self, goods: Bought) -> Exclusion | None:
        """As it stands before buying: one that needs a confirmation holds once that is given."""
        return next((e for e in self.exclusions if e.goods.include(goods)), None)

    @property
    def metadata_keys(self) -> frozenset[str]:
        """Everything in Saleor's metadata that decides something here."""
        keys = set(self.window.signed_at_keys)
        for exclusion in self.exclusions:
            keys.update(exclusion.confirmed_by, exclusion.goods.metadata)
        return frozenset(keys)


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


def need_keys(keys: Collection[str], field: str) -> None:
    need(len(keys) <= MOST_KEYS, field, f"names {MOST_KEYS} keys at most")
    are_short = all(0 < len(key) <= LONGEST_KEY for key in keys)
    need(are_short, field, f"has keys of 1 to {LONGEST_KEY} characters")


def need_page(page: str, field: str) -> None:
    """Blank, or base64 of `Page:` and a number: Saleor answers anything else with a crash."""
    try:
        read = b64decode(page, validate=True).decode("ascii")
    except ValueError:
        read = page
    need(not page or PAGE.fullmatch(read) is not None, field, "is the id of a page in Saleor")


def need_once(codes: Iterable[str], field: str) -> None:
    found = list(codes)
    need(len(found) == len(set(found)), field, "has a code twice")

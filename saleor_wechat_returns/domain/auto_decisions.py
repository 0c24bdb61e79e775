"""Rules by which a return is approved at once, and the words that explain it to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .lifecycle import Kind

LONGEST_NAME = 80


class Ground(StrEnum):
    """One condition of a rule that was met."""

    REASON = "reason"
    AMOUNT = "amount"
    EVIDENCE_COMPLETE = "evidence_complete"
    FIRST_RETURN = "first_return"
    KIND = "kind"


GROUND_LABELS: dict[Ground, tuple[str, str]] = {
    Ground.REASON: ("退货原因符合", "the reason"),
    Ground.AMOUNT: ("金额在限额以内", "the amount"),
    Ground.EVIDENCE_COMPLETE: ("凭证齐全", "the evidence is complete"),
    Ground.FIRST_RETURN: ("首次售后", "the first return"),
    Ground.KIND: ("售后类型符合", "the kind"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoDecision:
    """Approves a return that meets every condition. Raises ValueError for a rule of no use.

    `name` is what both sides read. `reasons` empty: any. `kinds` must name REFUND_ONLY to approve
    it, as that pays at once. `max_amount_fen` is of the whole refund, shipping included.
    """

    name: str
    reasons: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.RETURN_AND_REFUND,)
    max_amount_fen: int | None = None
    evidence_complete: bool = True
    first_return: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ValueError(f"name must be 1 to {LONGEST_NAME} characters")
        if not self.kinds:
            raise ValueError("kinds must name at least one")
        if self.max_amount_fen is not None and self.max_amount_fen < 1:
            raise ValueError("max_amount_fen must be 1 or more")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at."""

    reason: str
    kind: Kind
    amount_fen: int
    evidence_complete: bool
    first_return: bool


def rule_for(rules: Sequence[AutoDecision], facts: Facts) -> AutoDecision | None:
    """The first rule that approves it."""
    return next((rule for rule in rules if _approves(rule, facts)), None)


def grounds_of(rule: AutoDecision) -> tuple[Ground, ...]:
    """The conditions a return met when this rule approved it."""
    asked = {
        Ground.REASON: bool(rule.reasons),
        Ground.AMOUNT: rule.max_amount_fen is not None,
        Ground.EVIDENCE_COMPLETE: rule.evidence_complete,
        Ground.FIRST_RETURN: rule.first_return,
    }
    return tuple(ground for ground, is_asked in asked.items() if is_asked) or (Ground.KIND,)


def _approves(rule: AutoDecision, facts: Facts) -> bool:
    return (
        facts.kind in rule.kinds
        and (not rule.reasons or facts.reason in rule.reasons)
        and (rule.max_amount_fen is None or facts.amount_fen <= rule.max_amount_fen)
        and (facts.evidence_complete or not rule.evidence_complete)
        and (facts.first_return or not rule.first_return)
    )

"""The reasons a customer can give, as shipped. A shop's own list comes with its policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    zh: str
    en: str
    # 商家责任: the shop bears what the return costs, and gives the outbound shipping back.
    is_merchants_fault: bool = False


REASONS: tuple[Reason, ...] = (
    Reason("size_does_not_fit", "尺码不合", "The size does not fit"),
    Reason("quality_defect", "质量问题", "Damaged, stained or badly made", is_merchants_fault=True),
    Reason("colour_fades", "褪色", "The colour fades", is_merchants_fault=True),
    Reason(
        "colour_differs", "色差", "The colour differs from the picture", is_merchants_fault=True
    ),
    Reason("wrong_or_missing", "错发/漏发", "Wrong or missing item", is_merchants_fault=True),
    Reason("not_as_described", "与描述不符", "Not as described", is_merchants_fault=True),
    Reason("no_reason_seven_days", "七天无理由", "Seven-day no-reason return"),
    Reason("changed_mind", "不想要了", "No longer wanted"),
)

REASON_BY_CODE = {reason.code: reason for reason in REASONS}

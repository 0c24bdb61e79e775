"""The reasons a customer can give, as shipped. A shop's own list comes with its policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    zh: str
    en: str


REASONS: tuple[Reason, ...] = (
    Reason("size_does_not_fit", "尺码不合", "The size does not fit"),
    Reason("quality_defect", "质量问题", "Damaged, stained or badly made"),
    Reason("colour_fades", "褪色", "The colour fades"),
    Reason("colour_differs", "色差", "The colour differs from the picture"),
    Reason("wrong_or_missing", "错发/漏发", "Wrong or missing item"),
    Reason("not_as_described", "与描述不符", "Not as described"),
    Reason("no_reason_seven_days", "七天无理由", "Seven-day no-reason return"),
    Reason("changed_mind", "不想要了", "No longer wanted"),
)

REASON_BY_CODE = {reason.code: reason for reason in REASONS}

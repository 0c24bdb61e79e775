"""The words for what both sides say and show: offers, evidence, and whether it may be shown."""

from __future__ import annotations

from enum import StrEnum


class OfferStatus(StrEnum):
    OPEN = "open"  # 待买家确认
    ACCEPTED = "accepted"  # 已接受
    DECLINED = "declined"  # 已拒绝
    EXPIRED = "expired"  # 已过期
    WITHDRAWN = "withdrawn"  # 已撤回: another took its place, or the request went on without it


class Safety(StrEnum):
    """What WeChat's content check said. Risky is hidden from the other side, never deleted."""

    UNCHECKED = "unchecked"  # 未检测: not asked, or WeChat could not say; staff see that
    CHECKING = "checking"  # 检测中
    PASSED = "passed"  # 通过
    REVIEW = "review"  # 待人工确认: WeChat leaves it to staff
    RISKY = "risky"  # 违规

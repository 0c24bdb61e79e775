"""The words for what both sides say and show: offers, evidence, and whether it may be shown."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class OfferStatus(StrEnum):
    """How far an offer (协商方案) is."""

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


OFFER_LABELS: dict[str, tuple[str, str]] = {
    OfferStatus.OPEN: ("待买家确认", "Waiting for the customer"),
    OfferStatus.ACCEPTED: ("已接受", "Accepted"),
    OfferStatus.DECLINED: ("已拒绝", "Declined"),
    OfferStatus.EXPIRED: ("已过期", "Expired"),
    OfferStatus.WITHDRAWN: ("已撤回", "Withdrawn"),
}

# Where a customer can turn when the shop has said its last word. 12315: the consumers' line.
FURTHER_HELP = (
    "如对处理结果有异议,可联系微信小程序客服,也可拨打 12315 或登录 www.12315.cn 投诉。",
    "If you disagree, write to the mini-program's WeChat customer service, "
    "or complain to the consumers' line 12315 (by phone or at www.12315.cn).",
)

# How long staff may say that an offer stands.
OFFER_STANDS_AT_LEAST = timedelta(hours=1)
OFFER_STANDS_AT_MOST = timedelta(days=30)
# A rejection can be appealed for so long, unless the return's own deadline says otherwise.
APPEAL_WINDOW = timedelta(days=7)
# Messages may follow the end of a return for so long: a warranty question, a thank-you.
THREAD_STAYS_OPEN = timedelta(days=180)
MOST_MESSAGES = 500

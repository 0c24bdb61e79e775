"""发货信息管理: how far the telling of a payment's parcels has come, and what WeChat answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

LOOK_EVERY = timedelta(hours=6)
LOOK_FOR = timedelta(days=30)
# At what was told and can be corrected: after a day, two and four.
FIRST_LOOK_AFTER = timedelta(days=1)
LOOK_AT_TOLD_FOR = timedelta(days=5)


class ShippingInfoStatus(StrEnum):
    WAITING = "waiting"  # nothing that can be told has gone out
    PARTLY = "partly"  # what has gone out is told, more will follow
    TOLD = "told"
    ELSEWHERE = "elsewhere"  # somebody told WeChat without us
    NOT_NEEDED = "not_needed"  # all of the money went back
    REFUSED = "refused"


# There may be something to tell yet.
OPEN = (ShippingInfoStatus.WAITING, ShippingInfoStatus.PARTLY, ShippingInfoStatus.REFUSED)


def next_look(
    status: str, *, paid_at: datetime, told_at: datetime | None, now: datetime
) -> datetime | None:
    """When the clock looks again, in case a webhook was lost; None: never.

    `told_at`: when that was told which can still be corrected; None: nothing can be.
    """
    if status in OPEN:
        return now + LOOK_EVERY if now < paid_at + LOOK_FOR else None
    if status != ShippingInfoStatus.TOLD or told_at is None:
        return None
    at = now + max(FIRST_LOOK_AFTER, now - told_at)
    return at if at < told_at + LOOK_AT_TOLD_FOR else None


STATUS_WORDS: dict[str, tuple[str, str]] = {
    ShippingInfoStatus.WAITING: ("待上传", "Nothing to tell yet"),
    ShippingInfoStatus.PARTLY: ("部分包裹已上传", "Told so far"),
    ShippingInfoStatus.TOLD: ("已上传", "Told"),
    ShippingInfoStatus.ELSEWHERE: ("已在微信侧录入", "Told by somebody else"),
    ShippingInfoStatus.NOT_NEEDED: ("已全额退款,无需上传", "All refunded: nothing to tell"),
    ShippingInfoStatus.REFUSED: ("上传失败", "Refused"),
}
# By WeChat's number of an order's state.
STATE_WORDS: dict[int, tuple[str, str]] = {
    1: ("待发货", "To be shipped"),
    2: ("已发货", "Shipped"),
    3: ("已确认收货", "Received"),
    4: ("交易完成", "Finished"),
    5: ("已退款", "Refunded"),
    6: ("资金待结算", "Not settled yet"),
}

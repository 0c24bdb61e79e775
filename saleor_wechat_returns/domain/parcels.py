"""Where a courier says one parcel is: few words, the same for every courier.

Knows no courier's codes: each adapter in couriers/ translates its own.
"""

from __future__ import annotations

from enum import StrEnum


class ParcelStatus(StrEnum):
    """`PARCEL_LABELS` has the words people read."""

    UNKNOWN = "unknown"  # 暂无物流信息
    BOOKED = "booked"  # 已下单
    ASSIGNED = "assigned"  # 已派快递员
    COLLECTED = "collected"  # 已揽收
    IN_TRANSIT = "in_transit"  # 运输中
    OUT_FOR_DELIVERY = "out_for_delivery"  # 派送中
    SIGNED = "signed"  # 已签收
    EXCEPTION = "exception"  # 异常: the courier has a problem with it, or lost it
    RETURNED = "returned"  # 退回: refused, or it goes back to its sender
    CANCELED = "canceled"  # 已取消


PARCEL_LABELS: dict[ParcelStatus, tuple[str, str]] = {
    ParcelStatus.UNKNOWN: ("暂无物流信息", "Nothing heard yet"),
    ParcelStatus.BOOKED: ("已下单", "Booked"),
    ParcelStatus.ASSIGNED: ("已派快递员", "A courier is assigned"),
    ParcelStatus.COLLECTED: ("已揽收", "Collected"),
    ParcelStatus.IN_TRANSIT: ("运输中", "On the way"),
    ParcelStatus.OUT_FOR_DELIVERY: ("派送中", "Out for delivery"),
    ParcelStatus.SIGNED: ("已签收", "Signed for"),
    ParcelStatus.EXCEPTION: ("物流异常", "Trouble on the way"),
    ParcelStatus.RETURNED: ("退回中", "Going back to its sender"),
    ParcelStatus.CANCELED: ("已取消", "Canceled"),
}

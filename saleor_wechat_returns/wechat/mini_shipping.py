"""发货信息管理: what is told of a payment's parcels, and what WeChat knows of them.

Told once; what was told whole can be corrected once. Owns the form of both; decides nothing.
Source: mini-program documentation, "uploadShippingInfo", "getOrder" of order shipping management,
read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from .mini_safety import read_number
from .wire import JsonObject, Malformed, read_child, read_children, read_text

MOST_PARCELS = 15
LONGEST_DESCRIPTION = 120
LONGEST_NUMBER = 128
BEIJING = ZoneInfo("Asia/Shanghai")
BY_TRANSACTION = 2
UNIFIED, SPLIT = 1, 2
# What WeChat calls SF Express (顺丰), the one carrier of whose parcels it wants a phone.
NEEDS_CONTACT = "SF"

# Of `upload_shipping_info`.
PAYMENT_UNKNOWN = "10060001"
CORRECTION_USED_UP = "10060003"
STATE_FORBIDS = "10060004"  # also: refunded
NOTHING_NEW = "10060023"


class Logistics(IntEnum):
    """How the goods reach the customer (物流模式)."""

    COURIER = 1
    VIRTUAL = 3
    PICKED_UP = 4  # 用户自提


class OrderState(IntEnum):
    """What becomes of a payment's order at WeChat (订单状态)."""

    TO_SHIP = 1  # 待发货
    SHIPPED = 2  # 已发货
    RECEIVED = 3  # 确认收货
    FINISHED = 4  # 交易完成
    REFUNDED = 5  # 已退款
    UNSETTLED = 6  # 资金待结算


@dataclass(frozen=True, slots=True)
class ToldParcel:
    """`express_company`: WeChat's id of the carrier. `receiver_contact`: masked, for SF only."""

    item_desc: str
    tracking_no: str = field(repr=False, default="")
    express_company: str = ""
    receiver_contact: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class ShippingInfo:
    """All that has gone out for one payment. `is_complete`: nothing will follow."""

    logistics: Logistics
    parcels: tuple[ToldParcel, ...]
    is_split: bool
    is_complete: bool


@dataclass(frozen=True, slots=True)
class ShippedOrder:
    """What WeChat knows. `state`: an OrderState, or one that we do not know.

    `parcels`: carrier's id and number. `times_finished`: 1 told whole, 2 corrected as well.
    """

    state: int
    is_split: bool
    is_finished: bool
    times_finished: int
    parcels: frozenset[tuple[str, str]] = field(repr=False)

    def shows(self, info: ShippingInfo) -> bool:
        """Does WeChat know just this?"""
        numbered = {
            (parcel.express_company.upper(), parcel.tracking_no)
            for parcel in info.parcels
            if parcel.tracking_no
        }
        if not numbered:
            return self.is_finished and info.is_complete
        return self.parcels == numbered and self.is_finished == info.is_complete


def write_upload(
    info: ShippingInfo, transaction_id: str, openid: str, at: datetime
) -> dict[str, object]:
    """The request's body; `at` is later than that of any earlier request."""
    body: dict[str, object] = {
        "order_key": {"order_number_type": BY_TRANSACTION, "transaction_id": transaction_id},
        "logistics_type": int(info.logistics),
        "delivery_mode": SPLIT if info.is_split else UNIFIED,
        "shipping_list": [_write_parcel(parcel) for parcel in info.parcels],
        "upload_time": at.astimezone(BEIJING).isoformat(timespec="milliseconds"),
        "payer": {"openid": openid},
    }
    return body | ({"is_all_delivered": info.is_complete} if info.is_split else {})


def read_order(data: JsonObject) -> ShippedOrder:
    """The answer of `get_order`. Raises Malformed."""
    order = read_child(data, "order")
    state = read_number(order, "order_state")
    if state is None:
        raise Malformed("order_state is missing")
    # Before anything was told there may be none.
    shipping = read_child(order, "shipping") if order.get("shipping") else {}
    parcels = read_children(shipping, "shipping_list") if shipping.get("shipping_list") else []
    return ShippedOrder(
        state=state,
        is_split=read_number(shipping, "delivery_mode") == SPLIT,
        is_finished=shipping.get("finish_shipping") is True,
        times_finished=read_number(shipping, "finish_shipping_count") or 0,
        parcels=frozenset(
            (
                read_text(parcel, "express_company", default="").upper(),
                read_text(parcel, "tracking_no", default=""),
            )
            for parcel in parcels
        ),
    )


def _write_parcel(parcel: ToldParcel) -> dict[str, object]:
    told: dict[str, object] = {"item_desc": parcel.item_desc[:LONGEST_DESCRIPTION]}
    if parcel.tracking_no:
        told["tracking_no"] = parcel.tracking_no
        told["express_company"] = parcel.express_company
    if parcel.receiver_contact:
        told["contact"] = {"receiver_contact": parcel.receiver_contact}
    return told

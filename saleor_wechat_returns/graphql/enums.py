"""Enums of the API. Each has a label beside it, so a new value never breaks an old client."""

from __future__ import annotations

import graphene

from ..domain.lifecycle import ARROWS, Actor, DeliveryStatus, Kind, Move, RefundStatus, Status
from ..models.staff import StaffTaskKind


class LanguageCode(graphene.Enum):
    """The languages this service speaks, written as Saleor writes them."""

    class Meta:
        name = "ReturnLanguageCode"

    ZH_HANS = "zh-hans"
    EN = "en"


PEOPLES_ARROWS = tuple(arrow for arrow in ARROWS if arrow.actor is not Actor.SYSTEM)

ReturnKind = graphene.Enum.from_enum(Kind, name="ReturnKind")
ReturnStatus = graphene.Enum.from_enum(Status, name="ReturnStatus")
ReturnActor = graphene.Enum.from_enum(Actor, name="ReturnActor")
ReturnDeliveryStatus = graphene.Enum.from_enum(DeliveryStatus, name="ReturnDeliveryStatus")
ReturnRefundStatus = graphene.Enum.from_enum(RefundStatus, name="ReturnRefundStatus")
ReturnTaskKind = graphene.Enum(
    "ReturnTaskKind", [(kind.name, kind.value) for kind in StaffTaskKind]
)
ReturnAction = graphene.Enum(
    "ReturnAction",
    [(move.name, move.value) for move in Move if any(a.move is move for a in PEOPLES_ARROWS)],
)
KIND_LABELS: dict[str, tuple[str, str]] = {
    Kind.RETURN_AND_REFUND: ("退货退款", "Return and refund"),
    Kind.REFUND_ONLY: ("仅退款", "Refund only"),
}
REFUND_LABELS: dict[str, tuple[str, str]] = {
    RefundStatus.PLANNED: ("待发起", "To be started"),
    RefundStatus.REQUESTED: ("已申请", "Requested"),
    RefundStatus.PAYING: ("退款中", "Under way"),
    RefundStatus.WAITING_BALANCE: ("处理中", "Being processed"),
    RefundStatus.ABNORMAL: ("退款异常", "Needs attention"),
    RefundStatus.FAILED: ("退款失败", "Failed"),
    RefundStatus.SUCCEEDED: ("已退款", "Refunded"),
}
ACTION_LABELS: dict[str, tuple[str, str]] = {
    Move.APPROVE: ("同意", "Approve"),
    Move.REJECT: ("拒绝", "Reject"),
    Move.SUBMIT_DELIVERY: ("填写物流", "Enter the waybill"),
    Move.RECEIVE: ("确认收货", "Mark as received"),
    Move.INSPECT: ("验货", "Inspect"),
}

EVENT_LABELS: dict[str, tuple[str, str]] = {
    "create": ("提交申请", "Return requested"),
    Move.APPROVE: ("商家同意", "Approved"),
    Move.REJECT: ("商家拒绝", "Rejected"),
    Move.SUBMIT_DELIVERY: ("买家填写物流", "Waybill entered"),
    Move.RECEIVE: ("商家收货", "Parcel received"),
    Move.INSPECT: ("商家验货", "Inspected"),
    Move.MONEY_ARRIVED: ("退款到账", "Refunded"),
    Move.MONEY_FAILED: ("退款遇到问题", "The refund met a problem"),
    Move.MONEY_RESUMED: ("退款继续处理", "The refund goes on"),
    "return_recorded": ("退货已入账", "Return recorded"),
    "refund_counted": ("订单金额已更新", "Order totals updated"),
}


def label(labels: dict[str, tuple[str, str]], value: str, language_code: object) -> str:
    zh, en = labels[value]
    return en if language_code == LanguageCode.EN else zh

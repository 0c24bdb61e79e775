"""Enums of the API. Each has a label beside it, so a new value never breaks an old client."""

from __future__ import annotations

import graphene

from ..domain.lifecycle import ARROWS, Actor, DeliveryStatus, Kind, Move, RefundStatus, Status
from ..models.refunds import RefundOrigin
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
ReturnRefundOrigin = graphene.Enum(
    "ReturnRefundOrigin", [(origin.name, origin.value) for origin in RefundOrigin]
)
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
    RefundStatus.SETTLED: ("已线下退款", "Paid by other means"),
}
ACTION_LABELS: dict[str, tuple[str, str]] = {
    Move.UPDATE: ("修改申请", "Change the request"),
    Move.CANCEL: ("撤销申请", "Cancel the request"),
    Move.APPROVE: ("同意", "Approve"),
    Move.REJECT: ("拒绝", "Reject"),
    Move.SUBMIT_DELIVERY: ("填写物流", "Enter the waybill"),
    Move.RECEIVE: ("确认收货", "Mark as received"),
    Move.INSPECT: ("验货", "Inspect"),
    Move.CLOSE: ("关闭", "Close"),
    Move.RETRY_REFUND: ("重试退款", "Try the refund again"),
    Move.SETTLE_MANUALLY: ("登记线下退款", "Settle by hand"),
}

EVENT_LABELS: dict[str, tuple[str, str]] = {
    "create": ("提交申请", "Return requested"),
    Move.UPDATE: ("买家修改申请", "Request changed"),
    Move.CANCEL: ("买家撤销申请", "Canceled by the customer"),
    Move.APPROVE: ("商家同意", "Approved"),
    Move.REJECT: ("商家拒绝", "Rejected"),
    Move.SUBMIT_DELIVERY: ("买家填写物流", "Waybill entered"),
    Move.RECEIVE: ("商家收货", "Parcel received"),
    Move.INSPECT: ("商家验货", "Inspected"),
    Move.CLOSE: ("商家关闭", "Closed"),
    Move.RETRY_REFUND: ("商家重试退款", "Refund tried again"),
    Move.SETTLE_MANUALLY: ("商家登记线下退款", "Refund paid by other means"),
    Move.MONEY_ARRIVED: ("退款到账", "Refunded"),
    Move.MONEY_FAILED: ("退款遇到问题", "The refund met a problem"),
    Move.MONEY_RESUMED: ("退款继续处理", "The refund goes on"),
    Move.MONEY_REVERSED: ("退款被银行退回", "The bank sent the refund back"),
    "return_adopted": ("退货已入账(由商家登记)", "Return recorded by staff in Saleor"),
    "return_recorded": ("退货已入账", "Return recorded"),
    "refund_counted": ("订单金额已更新", "Order totals updated"),
}


def label(labels: dict[str, tuple[str, str]], value: str, language_code: object) -> str:
    zh, en = labels[value]
    return en if language_code == LanguageCode.EN else zh

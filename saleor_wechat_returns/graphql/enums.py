"""Enums of the API. Each has a label beside it, so a new value never breaks an old client."""

from __future__ import annotations

import graphene

from ..domain.differences import DifferenceKind, DifferenceState
from ..domain.event_words import EVENT_LABELS as EVENT_LABELS
from ..domain.evidence import EvidenceStatus, Medium, Shows
from ..domain.lifecycle import (
    ARROWS,
    Actor,
    BookingStatus,
    DeliveryDirection,
    DeliveryMethod,
    DeliveryStatus,
    Kind,
    Move,
    RefundStatus,
    Status,
)
from ..domain.lifecycle import KIND_LABELS as KIND_LABELS
from ..domain.parcels import ParcelStatus
from ..domain.rejections import RejectionCode
from ..domain.talk import OfferStatus, Safety
from ..models.reconciliation import ReconciliationStatus
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
ReturnDeliveryDirection = graphene.Enum.from_enum(DeliveryDirection, name="ReturnDeliveryDirection")
ReturnDeliveryMethod = graphene.Enum.from_enum(DeliveryMethod, name="ReturnDeliveryMethod")
ReturnParcelStatus = graphene.Enum.from_enum(ParcelStatus, name="ReturnParcelStatus")
ReturnPickupStatus = graphene.Enum.from_enum(BookingStatus, name="ReturnPickupStatus")
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
ReturnOfferStatus = graphene.Enum.from_enum(OfferStatus, name="ReturnOfferStatus")
ReturnRejectionCode = graphene.Enum.from_enum(RejectionCode, name="ReturnRejectionCode")
ReturnReconciliationStatus = graphene.Enum(
    "ReturnReconciliationStatus", [(status.name, status.value) for status in ReconciliationStatus]
)
ReturnDifferenceKind = graphene.Enum.from_enum(DifferenceKind, name="ReturnDifferenceKind")
ReturnDifferenceState = graphene.Enum.from_enum(DifferenceState, name="ReturnDifferenceState")
ReturnEvidenceMedium = graphene.Enum.from_enum(Medium, name="ReturnEvidenceMedium")
ReturnEvidenceShows = graphene.Enum.from_enum(Shows, name="ReturnEvidenceShows")
ReturnEvidenceStatus = graphene.Enum.from_enum(EvidenceStatus, name="ReturnEvidenceStatus")
ReturnContentSafety = graphene.Enum.from_enum(Safety, name="ReturnContentSafety")
RECONCILIATION_LABELS: dict[str, tuple[str, str]] = {
    ReconciliationStatus.DUE: ("待对账", "Waits for its bills"),
    ReconciliationStatus.COMPARING: ("核对中", "Being compared"),
    ReconciliationStatus.DONE: ("已对账", "Compared"),
}
ACTION_LABELS: dict[str, tuple[str, str]] = {
    Move.UPDATE: ("修改申请", "Change the request"),
    Move.CANCEL: ("撤销申请", "Cancel the request"),
    Move.APPROVE: ("同意", "Approve"),
    Move.REJECT: ("拒绝", "Reject"),
    Move.REQUEST_EVIDENCE: ("要求补充凭证", "Ask for more evidence"),
    Move.MAKE_OFFER: ("提出协商方案", "Make an offer"),
    Move.ANSWER: ("补充凭证", "Answer"),
    Move.ACCEPT_OFFER: ("接受方案", "Accept the offer"),
    Move.DECLINE_OFFER: ("不接受方案", "Decline the offer"),
    Move.APPEAL: ("申诉", "Appeal"),
    Move.RESOLVE_APPEAL: ("处理申诉", "Decide the appeal"),
    Move.EXTEND_DEADLINE: ("延长时限", "Extend the deadline"),
    Move.SUBMIT_DELIVERY: ("填写物流", "Enter the waybill"),
    Move.BOOK_PICKUP: ("预约上门取件", "Book a pickup"),
    Move.CANCEL_PICKUP: ("取消上门取件", "Cancel the pickup"),
    Move.PICK_UP: ("登记已取件", "Mark as collected"),
    Move.FAIL_PICKUP: ("登记取件未成功", "Mark the pickup as failed"),
    Move.RECEIVE: ("确认收货", "Mark as received"),
    Move.INSPECT: ("验货", "Inspect"),
    Move.CLOSE: ("关闭", "Close"),
    Move.RETRY_REFUND: ("重试退款", "Try the refund again"),
    Move.SETTLE_MANUALLY: ("登记线下退款", "Settle by hand"),
}

# What WeChat's content check said.
SAFETY_LABELS: dict[str, tuple[str, str]] = {
    Safety.UNCHECKED: ("未检测", "Not checked"),
    Safety.CHECKING: ("检测中", "Being checked"),
    Safety.PASSED: ("已通过", "Passed"),
    Safety.REVIEW: ("待人工确认,仅商家可见", "To be looked at: only staff see it"),
    Safety.RISKY: ("未通过检测,仅商家可见", "Did not pass: only staff see it"),
}
# What happened, and what the person who reads it can do.
TASK_LABELS: dict[str, tuple[str, str]] = {
    StaffTaskKind.FACTS_CONTRADICT_HOLDS: (
        "商品已在 Saleor 中退回或取消,与售后单不符:请核对",
        "The pieces were returned or canceled in Saleor: compare with the return",
    ),
    StaffTaskKind.RETURN_NOT_RECORDED: (
        "Saleor 拒绝登记退货:若已自行登记,重试退款时选择采用该记录",
        "Saleor refused to record the return: if you recorded it yourself, retry and adopt it",
    ),
    StaffTaskKind.GRANT_REFUSED: (
        "Saleor 拒绝批准退款:核对订单后重试",
        "Saleor refused to grant the refund: look at the order, then retry",
    ),
    StaffTaskKind.REFUND_REQUEST_REFUSED: (
        "Saleor 拒绝发起退款:核对后重试",
        "Saleor refused to request the refund: look at the order, then retry",
    ),
    StaffTaskKind.PAYMENT_NOT_OURS: (
        "此支付只能由店铺自行退款:退款后请登记线下退款",
        "Only the shop can refund this payment: pay it back, then settle by hand",
    ),
    StaffTaskKind.MERCHANT_MISSING: (
        "该渠道未配置微信支付商户:配置后自动继续",
        "No WeChat Pay merchant for this channel: it goes on once one is stored",
    ),
    StaffTaskKind.BALANCE_TOO_LOW: (
        "微信支付商户余额不足:充值后重试,或等待自动重试",
        "The WeChat Pay balance is too low: top up, then retry or wait",
    ),
    StaffTaskKind.REFUND_REJECTED: (
        "退款失败,款项未退:请重试或线下退款",
        "The refund failed and nothing was paid: retry, or pay by other means",
    ),
    StaffTaskKind.REFUND_ABNORMAL: (
        "用户账户异常:请在微信支付商户平台处理异常退款",
        "The payer's account refuses: handle it in the WeChat Pay merchant portal",
    ),
    StaffTaskKind.NO_PAYMENT_LEFT: (
        "应退金额超出可退支付:请线下补退并登记",
        "More is owed than the payments bear: pay the rest by other means and settle it",
    ),
    StaffTaskKind.AMOUNT_DIFFERS: (
        "微信支付与记录不符,可能多付:请先核对商户平台",
        "WeChat Pay and our record differ, maybe paid twice: look at the merchant portal first",
    ),
    StaffTaskKind.SALEOR_TOTALS_DIFFER: (
        "款项已退,但 Saleor 的金额未相符:请核对订单",
        "The payer has the money, but Saleor's figures differ: look at the order",
    ),
    StaffTaskKind.REFUND_REVERSED: (
        "退款成功后被银行退回:异常退款请在商户平台处理,已关闭的可重试或线下退款",
        "The bank sent the refund back: handle it in the merchant portal or, once closed, retry",
    ),
    StaffTaskKind.REFUND_BY_HAND: (
        "商户平台已有人手工退款:请核对,避免重复退款",
        "Somebody refunded in the merchant portal: compare, so that it is not paid twice",
    ),
    StaffTaskKind.PAYMENT_DIFFERS: (
        "微信支付收到的款项与订单不符:请核对",
        "WeChat Pay received another amount than was ordered: look at the order",
    ),
    StaffTaskKind.PAYMENT_NOT_REPORTED: (
        "已收款,但未能登记到 Saleor:请核对订单",
        "The money is there, but Saleor did not take it: look at the order",
    ),
    StaffTaskKind.PAID_WITHOUT_ORDER: (
        "已付款但 Saleor 拒绝生成订单:请处理库存或结账,逾时将自动退款",
        "Paid, but Saleor refuses the order: mend stock or checkout, else the money goes back",
    ),
    StaffTaskKind.PART_PAID_WITHOUT_ORDER: (
        "只付了部分款项,未生成订单:请联系买家付清,或在商户平台退款",
        "Only part of a checkout is paid: ask the customer, or refund in the merchant portal",
    ),
    StaffTaskKind.REFUNDED_WITHOUT_ORDER: (
        "已付款未生成订单,款项自动退回:请告知买家",
        "Paid without an order, so the money goes back: tell the customer",
    ),
    StaffTaskKind.CONTENT_HELD: (
        "内容检测提示违规或需人工确认,已对买家隐藏:请查看后决定是否显示",
        "WeChat has doubts about what was written or shown: look at it, and show it or not",
    ),
    StaffTaskKind.REVIEW_OVERDUE: (
        "售后申请逾期未审核:请尽快同意或拒绝",
        "A request has waited too long: approve or reject it",
    ),
    StaffTaskKind.PARCEL_OVERDUE: (
        "退货包裹长时间未送达:请核实物流,确认收货或关闭",
        "A parcel has been on its way too long: look for it, then receive or close",
    ),
    StaffTaskKind.INSPECTION_OVERDUE: (
        "已收货但逾期未验货:请尽快验货退款",
        "Received and not inspected in time: inspect and refund",
    ),
    StaffTaskKind.REFUND_DUE_BY_LAW: (
        "收货已满 7 天仍未退款,已超过法定期限:请立即验货退款",
        "Seven days since the goods came, and the law wants the money back: inspect now",
    ),
    StaffTaskKind.REFUND_DELAYED: (
        "收货已满 15 天仍未退款,依法视为故意拖延:请立即处理",
        "Fifteen days since the goods came: the law calls it deliberate delay, act now",
    ),
    StaffTaskKind.APPEAL_OVERDUE: (
        "申诉逾期未答复:请尽快处理",
        "An appeal has waited too long: decide it",
    ),
    StaffTaskKind.STUCK: (
        "多次失败,仍在重试:请查看详情",
        "Failed many times and still tried: see the detail",
    ),
    StaffTaskKind.PICKUP_FAILED: ("上门取件未成功", "The pickup failed"),
    StaffTaskKind.PICKUP_UNCERTAIN: ("上门取件待核实", "Nobody knows whether the courier comes"),
    StaffTaskKind.PICKUP_BY_HAND: ("需要人工安排取件", "A pickup must be arranged by hand"),
    StaffTaskKind.PARCEL_TROUBLE: ("包裹物流异常", "The courier has trouble with the parcel"),
    StaffTaskKind.PARCEL_SHARED: (
        "运单号与其他售后单重复",
        "Another return names this waybill number",
    ),
    StaffTaskKind.OUTBOUND_TROUBLE: (
        "店铺发出的包裹物流异常",
        "The courier has trouble with what the shop sent",
    ),
    StaffTaskKind.SEND_BACK_DUE: ("需要退还买家商品", "Goods must go back to the customer"),
    StaffTaskKind.RESTOCK_FAILED: ("入库未成功", "The stock could not be raised"),
    StaffTaskKind.SHIPPING_INFO_REFUSED: (
        "发货信息录入失败",
        "WeChat refused the shipping information",
    ),
}


def label(labels: dict[str, tuple[str, str]], value: str, language_code: object) -> str:
    return in_language(labels[value], language_code)


def in_language(words: tuple[str, str], language_code: object) -> str:
    """Of words in Chinese and English."""
    zh, en = words
    return en if language_code == LanguageCode.EN else zh

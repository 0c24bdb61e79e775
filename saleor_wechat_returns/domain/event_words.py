"""What happened to a return, in words: a move, or something that was only written down."""

from __future__ import annotations

from .lifecycle import Move

EVENT_LABELS: dict[str, tuple[str, str]] = {
    "create": ("提交申请", "Return requested"),
    "message": ("留言", "Message"),
    Move.UPDATE: ("买家修改申请", "Request changed"),
    Move.CANCEL: ("买家撤销申请", "Canceled by the customer"),
    Move.APPROVE: ("商家同意", "Approved"),
    Move.REJECT: ("商家拒绝", "Rejected"),
    Move.REQUEST_EVIDENCE: ("商家要求补充凭证", "More evidence asked for"),
    Move.MAKE_OFFER: ("商家提出协商方案", "Offer made"),
    Move.ANSWER: ("买家已补充", "The customer answered"),
    Move.ACCEPT_OFFER: ("买家接受方案", "Offer accepted"),
    Move.DECLINE_OFFER: ("买家不接受方案", "Offer declined"),
    Move.APPEAL: ("买家申诉", "Appealed"),
    Move.RESOLVE_APPEAL: ("申诉已处理", "Appeal decided"),
    Move.EXTEND_DEADLINE: ("时限已延长", "Deadline extended"),
    Move.EXPIRE: ("超时自动处理", "The deadline passed"),
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
    "legal_hold_set": ("证据保全开始", "Held for a dispute"),
    "legal_hold_ended": ("证据保全结束", "The hold for a dispute ended"),
    "deadline_reminded": ("时限将到,请尽快处理", "The deadline comes near"),
    "deadline_moved": ("时限已顺延", "Deadline moved"),
    "return_adopted": ("退货已入账(由商家登记)", "Return recorded by staff in Saleor"),
    "goods_kept": ("商品由买家保留", "The goods stay with the customer"),
    "return_recorded": ("退货已入账", "Return recorded"),
    "refund_counted": ("订单金额已更新", "Order totals updated"),
}

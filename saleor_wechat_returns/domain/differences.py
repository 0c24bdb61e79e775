"""What a day's reconciliation can find, in words: what happened, and what to do about it."""

from __future__ import annotations

from enum import StrEnum


class DifferenceKind(StrEnum):
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_NOT_IN_BILL = "payment_not_in_bill"
    PAYMENT_AMOUNT_DIFFERS = "payment_amount_differs"
    PAYMENT_STATUS_DIFFERS = "payment_status_differs"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_NOT_IN_BILL = "refund_not_in_bill"
    REFUND_AMOUNT_DIFFERS = "refund_amount_differs"
    REFUND_STATUS_DIFFERS = "refund_status_differs"
    FUNDS_LACK = "funds_lack"
    FUNDS_HAVE_MORE = "funds_have_more"
    SALEOR_LACKS_PAYMENT = "saleor_lacks_payment"
    SALEOR_LACKS_REFUND = "saleor_lacks_refund"
    SALEOR_REFUNDED_MORE = "saleor_refunded_more"
    SETTLED_BY_HAND = "settled_by_hand"


class DifferenceState(StrEnum):
    OPEN = "open"  # 待处理
    TAKEN = "taken"  # 已自动处理: brought into our rows by itself
    EXPLAINED = "explained"  # 已说明: a person, or the thing itself, says why
    GONE = "gone"  # 已消失: a later comparison did not find it


# Chinese first.
KIND_WORDS: dict[str, tuple[str, str]] = {
    DifferenceKind.PAYMENT_UNKNOWN: (
        "微信有此收款,本系统没有记录:请在商户平台核对,必要时退款",
        "WeChat Pay has it, nobody here knows it: look in the merchant portal, refund if need be",
    ),
    DifferenceKind.PAYMENT_NOT_IN_BILL: (
        "本系统已收款,账单中没有:请在商户平台核对后再发货",
        "Paid here, not in the bill: look in the merchant portal before anything is sent",
    ),
    DifferenceKind.PAYMENT_AMOUNT_DIFFERS: (
        "收款金额不一致:请核对订单与商户平台",
        "The amounts of the payment differ: compare the order with the merchant portal",
    ),
    DifferenceKind.PAYMENT_STATUS_DIFFERS: (
        "微信已收款,本系统未登记:系统正在查询并补记",
        "Paid at WeChat Pay, not here: it is asked about and recorded by itself",
    ),
    DifferenceKind.REFUND_UNKNOWN: (
        "商户平台有手工退款:系统自动登记并通知 Saleor",
        "Refunded in the merchant portal: recorded here and told to Saleor by itself",
    ),
    DifferenceKind.REFUND_NOT_IN_BILL: (
        "本系统已退款,账单中没有:请在商户平台核对,先不要再次退款",
        "Refunded here, not in the bill: look in the merchant portal before anything is paid again",
    ),
    DifferenceKind.REFUND_AMOUNT_DIFFERS: (
        "退款金额不一致:请核对商户平台,先不要再次退款",
        "The amounts of the refund differ: look in the merchant portal, pay nothing again yet",
    ),
    DifferenceKind.REFUND_STATUS_DIFFERS: (
        "退款状态不一致:系统正在查询,若已重复退款会生成待办",
        "How the refund ended differs: it is asked about; if it was paid twice, a task says so",
    ),
    DifferenceKind.FUNDS_LACK: (
        "交易账单有而资金账单没有:可能尚未结算,请在商户平台核对资金",
        "In the trade bill, not in the account's: perhaps not settled yet, look in the portal",
    ),
    DifferenceKind.FUNDS_HAVE_MORE: (
        "资金账单有而交易账单没有:请在商户平台核对资金",
        "In the account's bill, not in the trade bill: look at the account in the portal",
    ),
    DifferenceKind.SALEOR_LACKS_PAYMENT: (
        "已收款,Saleor 的金额未包含:请查看待办与订单",
        "Paid, but Saleor's total lacks it: look at the tasks and the order",
    ),
    DifferenceKind.SALEOR_LACKS_REFUND: (
        "已退款,Saleor 的金额未包含:系统仍在登记,请查看待办,不要再次退款",
        "Refunded, but Saleor's total lacks it: it is still being told, see the tasks; pay nothing",
    ),
    DifferenceKind.SALEOR_REFUNDED_MORE: (
        "Saleor 的退款多于微信:可能有人以其他方式退款并登记,请核对后说明",
        "Saleor has more refunds than WeChat Pay: paid by other means? Find out, then explain it",
    ),
    DifferenceKind.SETTLED_BY_HAND: (
        "已线下退款并登记,账单中没有:无需处理",
        "Paid by other means and written down, so in no bill: nothing to do",
    ),
}
STATE_WORDS: dict[str, tuple[str, str]] = {
    DifferenceState.OPEN: ("待处理", "Open"),
    DifferenceState.TAKEN: ("已自动处理", "Done by itself"),
    DifferenceState.EXPLAINED: ("已说明", "Explained"),
    DifferenceState.GONE: ("已消失", "Gone"),
}

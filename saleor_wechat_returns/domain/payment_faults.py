"""Why a payment cannot go on, as the mini-program hears it: a code, and a sentence to show."""

from __future__ import annotations

from enum import StrEnum


class PaymentFault(StrEnum):
    """A closed list: in `data.errors[].code` of a payment session."""

    ACTION_NOT_SUPPORTED = "ACTION_NOT_SUPPORTED"
    CURRENCY_NOT_SUPPORTED = "CURRENCY_NOT_SUPPORTED"
    AMOUNT_NOT_PAYABLE = "AMOUNT_NOT_PAYABLE"
    AMOUNT_CHANGED = "AMOUNT_CHANGED"
    AMOUNT_EXCEEDS_TOTAL = "AMOUNT_EXCEEDS_TOTAL"
    MERCHANT_MISSING = "MERCHANT_MISSING"
    MINI_PROGRAM_MISSING = "MINI_PROGRAM_MISSING"
    CODE_MISSING = "CODE_MISSING"
    LOGIN_EXPIRED = "LOGIN_EXPIRED"
    LOGIN_BLOCKED = "LOGIN_BLOCKED"
    SETUP_REFUSED = "SETUP_REFUSED"
    PAYMENT_REFUSED = "PAYMENT_REFUSED"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_CLOSED = "PAYMENT_CLOSED"
    PAYMENT_UNDER_REVIEW = "PAYMENT_UNDER_REVIEW"
    PAYMENT_UNKNOWN = "PAYMENT_UNKNOWN"
    ALREADY_PAID = "ALREADY_PAID"
    NOT_PAID_YET = "NOT_PAID_YET"
    WECHAT_UNAVAILABLE = "WECHAT_UNAVAILABLE"


# What a person reads, Chinese first: calm, and saying what to do.
PAYMENT_MEANINGS: dict[PaymentFault, tuple[str, str]] = {
    PaymentFault.ACTION_NOT_SUPPORTED: (
        "微信支付只支持立即付款。",
        "WeChat Pay charges at once: it cannot authorise first.",
    ),
    PaymentFault.CURRENCY_NOT_SUPPORTED: (
        "微信支付只支持人民币,请选择其他支付方式。",
        "WeChat Pay takes CNY only: please pay another way.",
    ),
    PaymentFault.AMOUNT_NOT_PAYABLE: (
        "金额须大于 0,且精确到分。",
        "The amount must be more than 0, in whole fen.",
    ),
    PaymentFault.AMOUNT_CHANGED: (
        "支付金额已变化,请重新发起支付。",
        "The amount has changed: please begin a new payment.",
    ),
    PaymentFault.AMOUNT_EXCEEDS_TOTAL: (
        "支付金额超过待付金额,请刷新后重试。",
        "More than what is left to pay: please refresh and try again.",
    ),
    PaymentFault.MERCHANT_MISSING: (
        "本店尚未开通微信支付,请联系客服。",
        "No WeChat Pay merchant is set up for this channel: please contact the shop.",
    ),
    PaymentFault.MINI_PROGRAM_MISSING: (
        "本店尚未配置小程序,请联系客服。",
        "No mini-program is set up for this channel: please contact the shop.",
    ),
    PaymentFault.CODE_MISSING: (
        "缺少登录凭证,请升级小程序后重试。",
        "`data.code` must hold the code of wx.login.",
    ),
    PaymentFault.LOGIN_EXPIRED: (
        "微信登录已失效,请重新点击支付。",
        "The WeChat log-in could not be used: please tap pay again.",
    ),
    PaymentFault.LOGIN_BLOCKED: (
        "微信拒绝了本次登录,请联系微信客服。",
        "WeChat refuses to log this user in.",
    ),
    PaymentFault.SETUP_REFUSED: (
        "支付暂不可用,请联系客服。",
        "WeChat refuses this shop's credentials: please contact the shop.",
    ),
    PaymentFault.PAYMENT_REFUSED: (
        "微信支付未接受本次付款,请重新发起支付。",
        "WeChat Pay did not take this payment: please begin a new one.",
    ),
    PaymentFault.PAYMENT_IN_PROGRESS: (
        "另一笔支付正在进行,请稍后再试。",
        "Another payment is under way: please try again in a moment.",
    ),
    PaymentFault.PAYMENT_CLOSED: (
        "该笔支付已关闭,请重新发起支付。",
        "This payment was closed: please begin a new one.",
    ),
    PaymentFault.PAYMENT_UNDER_REVIEW: (
        "您的付款正在核对,请勿重复支付。",
        "The shop is checking this payment: please do not pay again.",
    ),
    PaymentFault.PAYMENT_UNKNOWN: (
        "没有这笔微信支付。",
        "No payment was begun in this app.",
    ),
    PaymentFault.ALREADY_PAID: (
        "已支付成功,请勿重复支付。",
        "This was paid already: please refresh.",
    ),
    PaymentFault.NOT_PAID_YET: (
        "顾客尚未付款,微信支付须由顾客本人付款。",
        "The customer has not paid: with WeChat Pay only the customer can.",
    ),
    PaymentFault.WECHAT_UNAVAILABLE: (
        "微信支付繁忙,请稍后重试。",
        "WeChat Pay did not answer: please try again in a moment.",
    ),
}


def sentence(fault: PaymentFault) -> str:
    """Both languages in one line: the payer reads the first, staff the second."""
    return " ".join(PAYMENT_MEANINGS[fault])


class PaymentRefused(Exception):
    """This payment cannot be begun; nothing was written for it."""

    def __init__(self, fault: PaymentFault) -> None:
        super().__init__(fault)
        self.fault = fault

"""What staff read, Chinese unless the Dashboard speaks another language."""

from __future__ import annotations

from ..domain.lifecycle import LABELS

_ZH = {
    "lang": "zh-Hans",
    "title": "售后单",
    "number": "退货单号",
    "date": "申请时间",
    "order": "订单",
    "pieces": "商品",
    "status": "状态",
    "amount": "应退金额",
    "empty": "还没有售后单。顾客在小程序中申请后会出现在这里。",
    "more": "仅显示最近 50 单。",
    "task": "需要处理",
    "not_allowed": "登录已过期,或您没有订单管理权限。请在 Saleor Dashboard 中重新打开此页面。",
    "unavailable": "暂时无法验证登录,请稍后再试。",
}
_EN = {
    "lang": "en",
    "title": "Returns",
    "number": "Return",
    "date": "Date",
    "order": "Order",
    "pieces": "Items",
    "status": "Status",
    "amount": "To refund",
    "empty": "No returns yet. They appear here once customers ask in the mini-program.",
    "more": "Only the latest 50 are shown.",
    "task": "Needs attention",
    "not_allowed": "Your session has ended, or you may not manage orders. "
    "Please open this page again from the Saleor Dashboard.",
    "unavailable": "Your login cannot be checked just now. Please try again in a minute.",
}


def words_of(locale: str) -> dict[str, str]:
    """The words for a Dashboard locale such as `zh-Hans` or `en`."""
    english = bool(locale) and not locale.lower().startswith("zh")
    labels = {f"status.{status}": both[english] for status, both in LABELS.items()}
    return {**(_EN if english else _ZH), **labels}

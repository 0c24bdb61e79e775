"""What a refund request may contain.

Source: WeChat Pay v3, "refund request, body parameters", read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from .fields import check_notify_url, read_body, read_part, read_positive, read_text
from .problems import bad_field


@dataclass(frozen=True)
class RefundRequest:
    """Two requests are the same if every field is: repeats are compared with `==`."""

    out_refund_no: str
    refund_fen: int
    total_fen: int
    transaction_id: str
    out_trade_no: str
    reason: str
    notify_url: str
    funds_account: str
    goods_detail: str


def read_refund_request(raw: bytes, *, local_http: bool) -> RefundRequest:
    data = read_body(raw)
    amount = read_part(data, "amount")
    if amount.get("currency") != "CNY":
        raise bad_field("/amount/currency", "只支持CNY")
    request = RefundRequest(
        out_refund_no=read_text(data, "out_refund_no", 64),
        refund_fen=read_positive(amount, "refund"),
        total_fen=read_positive(amount, "total"),
        transaction_id=read_text(data, "transaction_id", 32),
        out_trade_no=read_text(data, "out_trade_no", 32),
        reason=read_text(data, "reason", 80),
        notify_url=read_text(data, "notify_url", 256),
        funds_account=read_text(data, "funds_account", 32),
        goods_detail=_goods(data.get("goods_detail")),
    )
    if not re.fullmatch(r"[0-9A-Za-z_\-|*@]+", request.out_refund_no):
        raise bad_field("/out_refund_no", "必填，只能是数字、大小写字母_-|*@")
    if not request.transaction_id and not request.out_trade_no:
        raise bad_field("/transaction_id", "与out_trade_no二选一")
    if request.notify_url:
        check_notify_url(request.notify_url, local_http=local_http)
    if request.funds_account not in {"", "AVAILABLE", "UNSETTLED"}:
        raise bad_field("/funds_account", "枚举值错误")
    return request


def _goods(value: object) -> str:
    if value is None:
        return ""
    needed = {"merchant_goods_id", "unit_price", "refund_amount", "refund_quantity"}
    goods = value if isinstance(value, list) else [None]
    if not all(isinstance(item, dict) and needed <= item.keys() for item in goods):
        raise bad_field("/goods_detail", "必填字段缺失")
    return json.dumps(goods, sort_keys=True)

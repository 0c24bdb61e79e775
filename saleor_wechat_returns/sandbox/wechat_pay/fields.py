"""What a refund request may contain, as the documents list it: types, limits, letters.

Source: WeChat Pay v3, "refund request, body parameters", read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .problems import Problem, bad_field


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


def read_request(raw: bytes, *, local_http: bool) -> RefundRequest:
    """`local_http`: also take a notify_url on this machine without TLS, for the demo."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Problem(400, "PARAM_ERROR", "请求体不是合法的JSON")
    amount = data.get("amount")
    if not isinstance(amount, dict):
        raise bad_field("/amount", "必填")
    if amount.get("currency") != "CNY":
        raise bad_field("/amount/currency", "只支持CNY")
    request = RefundRequest(
        out_refund_no=_text(data, "out_refund_no", 64),
        refund_fen=_positive(amount, "refund"),
        total_fen=_positive(amount, "total"),
        transaction_id=_text(data, "transaction_id", 32),
        out_trade_no=_text(data, "out_trade_no", 32),
        reason=_text(data, "reason", 80),
        notify_url=_text(data, "notify_url", 256),
        funds_account=_text(data, "funds_account", 32),
        goods_detail=_goods(data.get("goods_detail")),
    )
    _check(request, local_http)
    return request


def _check(request: RefundRequest, local_http: bool) -> None:
    if not re.fullmatch(r"[0-9A-Za-z_\-|*@]+", request.out_refund_no):
        raise bad_field("/out_refund_no", "必填，只能是数字、大小写字母_-|*@")
    if not request.transaction_id and not request.out_trade_no:
        raise bad_field("/transaction_id", "与out_trade_no二选一")
    if request.notify_url and not _may_be_notified(request.notify_url, local_http):
        raise bad_field("/notify_url", "必须是https地址，不能携带参数")
    if request.funds_account not in {"", "AVAILABLE", "UNSETTLED"}:
        raise bad_field("/funds_account", "枚举值错误")


def _text(data: dict[str, object], name: str, most_bytes: int) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise bad_field(f"/{name}", "类型错误")
    if len(value.encode(errors="surrogatepass")) > most_bytes:
        raise bad_field(f"/{name}", f"超过{most_bytes}字节")
    return value


def _positive(amount: dict[str, object], name: str) -> int:
    value = amount.get(name)
    if type(value) is not int or value < 1:
        raise bad_field(f"/amount/{name}", "小于最小值")
    return value


def _goods(value: object) -> str:
    if value is None:
        return ""
    needed = {"merchant_goods_id", "unit_price", "refund_amount", "refund_quantity"}
    goods = value if isinstance(value, list) else [None]
    if not all(isinstance(item, dict) and needed <= item.keys() for item in goods):
        raise bad_field("/goods_detail", "必填字段缺失")
    return json.dumps(goods, sort_keys=True)


def _may_be_notified(url: str, local_http: bool) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "?" in url or "#" in url:
        return False
    return parts.scheme == "https" or (
        local_http and parts.scheme == "http" and host in {"127.0.0.1", "localhost"}
    )

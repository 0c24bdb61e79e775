"""What a JSAPI order (下单) may contain.

Source: WeChat Pay v3, "JSAPI order, body parameters", read 2026-11. An unknown field is refused,
as the troubleshooting handbook says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from .fields import check_notify_url, read_body, read_needed, read_part, read_positive, read_text
from .problems import bad_field, broken_rule

KNOWN = {
    *("appid", "mchid", "description", "out_trade_no", "time_expire", "attach", "notify_url"),
    *("goods_tag", "limit_pay", "support_fapiao", "amount", "payer", "detail"),
    *("scene_info", "settle_info"),
}


@dataclass(frozen=True)
class PrepayRequest:
    """Two requests are the same if `whole` is: the body without regard to order and spaces."""

    appid: str
    out_trade_no: str
    total_fen: int
    payer_openid: str
    notify_url: str
    attach: str
    time_expire: datetime | None
    whole: str


def read_prepay_request(raw: bytes, mchid: str, *, local_http: bool) -> PrepayRequest:
    data = read_body(raw)
    if extra := sorted(data.keys() - KNOWN):
        raise bad_field(f"/{extra[0]}", "非法的额外参数")
    if read_needed(data, "mchid", 32) != mchid:
        raise broken_rule("mchid与请求头Authorization中的不一致")
    amount = read_part(data, "amount")
    if amount.get("currency", "CNY") != "CNY":
        raise bad_field("/amount/currency", "只支持CNY")
    read_needed(data, "description", 127, "characters")
    request = PrepayRequest(
        appid=read_needed(data, "appid", 32),
        out_trade_no=read_text(data, "out_trade_no", 32),
        total_fen=read_positive(amount, "total"),
        payer_openid=read_needed(read_part(data, "payer"), "openid", 128, inside="/payer"),
        notify_url=read_needed(data, "notify_url", 255),
        attach=read_text(data, "attach", 128, "characters"),
        time_expire=_time(read_text(data, "time_expire", 64)),
        whole=json.dumps(data, sort_keys=True),
    )
    if not re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", request.out_trade_no):
        raise bad_field("/out_trade_no", "6-32个字符，只能是数字、大小写字母_-|*")
    check_notify_url(request.notify_url, local_http=local_http)
    return request


def _time(written: str) -> datetime | None:
    if not written:
        return None
    try:
        if re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(Z|[+-][0-9:]{5})", written):
            return datetime.fromisoformat(written)
    except ValueError:
        pass
    raise bad_field("/time_expire", "不符合RFC3339格式")

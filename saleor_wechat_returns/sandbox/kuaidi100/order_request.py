"""What a request for a courier at the door (商家寄件) must have, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from .parcels import BEIJING
from .wire import Refused

DAYS = ("今天", "明天", "后天")
COMPANIES = (
    "jd",
    "shunfeng",
    "yuantong",
    "zhongtong",
    "shentong",
    "yunda",
    "ems",
    "jtexpress",
    "debangkuaidi",
)
NUMBERS = {
    "jd": "JDVA{:011d}",
    "shunfeng": "SF{:013d}",
    "yuantong": "YT{:013d}",
    "zhongtong": "78{:012d}",
    "shentong": "77{:013d}",
    "yunda": "43{:013d}",
    "ems": "EZ{:09d}CN",
    "jtexpress": "JT{:013d}",
    "debangkuaidi": "DPK{:012d}",
}
NEEDED = (
    "recManName",
    "recManPrintAddr",
    "sendManName",
    "sendManPrintAddr",
    "callBackUrl",
)
LONGEST = {  # bytes
    "recManPrintAddr": 300,
    "sendManPrintAddr": 300,
    "callBackUrl": 200,
    "thirdOrderId": 32,
}
CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
FIRST_YUAN, KILOGRAM_YUAN = 96, 16  # in tenths: 9.6 for the first kilogram


def check(param: Mapping[str, Any]) -> dict[str, str]:
    """A request's fields as text. Raises Refused(400)."""
    fields = {name: "" if value is None else str(value) for name, value in param.items()}
    _check_texts(fields)
    if fields.get("kuaidicom") not in COMPANIES:
        raise Refused("400", "不支持的快递公司")
    if fields["kuaidicom"] in ("jd", "yuantong") and not fields.get("cargo"):
        raise Refused("400", "cargo 不能为空")
    if fields.get("payment", "SHIPPER") != "SHIPPER":
        raise Refused("400", "不支持到付")
    if fields.get("op") == "1" and not fields.get("pollCallBackUrl"):
        raise Refused("400", "pollCallBackUrl 不能为空")
    return fields


def _check_texts(fields: Mapping[str, str]) -> None:
    for name in NEEDED:
        if not fields.get(name):
            raise Refused("400", f"{name} 不能为空")
    for name, most in LONGEST.items():
        if len(fields.get(name, "").encode()) > most:
            raise Refused("400", f"{name} 过长")
    for whose in ("recMan", "sendMan"):
        mobile, telephone = fields.get(f"{whose}Mobile", ""), fields.get(f"{whose}Tel", "")
        if not re.fullmatch(r"1\d{10}", mobile) and not re.fullmatch(r"0\d{9,11}", telephone):
            raise Refused("400", f"{whose}Mobile、{whose}Tel 须填其一")


def comes_at(fields: Mapping[str, str], now: datetime) -> datetime:
    """When the courier is to be there. Raises Refused(400)."""
    if not fields.get("dayType"):
        return now + timedelta(hours=1)
    times = [fields.get("pickupStartTime", ""), fields.get("pickupEndTime", "")]
    if fields["dayType"] not in DAYS or not all(CLOCK_TIME.fullmatch(it) for it in times):
        raise Refused("400", "预约时间格式错误")
    day = now.astimezone(BEIJING).date() + timedelta(days=DAYS.index(fields["dayType"]))
    start, end = (datetime.combine(day, time.fromisoformat(it), BEIJING) for it in times)
    if end <= max(start, now):
        raise Refused("400", "预约时间已过")
    return start


def price(weight: str) -> dict[str, str]:
    """By the started kilogram. Raises Refused(400)."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", weight):
        raise Refused("400", "weight 格式错误")
    whole, _, rest = weight.partition(".")
    kilograms = max(int(whole) + bool(rest.strip("0")), 1)
    tenths = FIRST_YUAN + KILOGRAM_YUAN * (kilograms - 1)
    return {
        "firstPrice": _yuan(FIRST_YUAN),
        "overPrice": _yuan(KILOGRAM_YUAN),
        "price": _yuan(tenths),
        "defFirstPrice": "12.0",
        "defOverPrice": "2.0",
        "defPrice": f"{12 + 2 * (kilograms - 1)}.0",
    }


def _yuan(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"

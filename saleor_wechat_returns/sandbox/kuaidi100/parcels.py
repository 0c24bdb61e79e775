"""Parcels on their way: what their courier scans, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass
class Scan:
    """`code` is Kuaidi100's statusCode; `at` is when it is made."""

    at: datetime
    code: str
    status: str
    context: str


# Hours after it is collected, statusCode, its name, what the courier writes.
Plan = Sequence[tuple[float, str, str, str]]

_BEGIN: Plan = (
    (0, "103", "已揽收", "【广州市】快递员已取件,联系电话 13700000000"),
    (3, "1002", "干线", "【广州市】快件已发往深圳转运中心"),
    (20, "1001", "到达派件城市", "【深圳市】快件已到达深圳转运中心"),
)
_OUT: Plan = ((26, "5", "派件", "【深圳市】快递员正在派件"),)
JOURNEYS: Mapping[str, Plan] = {
    "delivered": (*_BEGIN, *_OUT, (30, "3", "签收", "【深圳市】快件已签收,签收人:仓库")),
    "refused": (
        *_BEGIN,
        *_OUT,
        (30, "14", "拒签", "【深圳市】收件人拒收"),
        (34, "6", "退回", "【深圳市】快件正在退回寄件人"),
        (60, "4", "退签", "【广州市】退回件已由寄件人签收"),
    ),
    "returned": (
        *_BEGIN,
        (28, "206", "无法联系", "【深圳市】无法联系收件人"),
        (52, "6", "退回", "【深圳市】快件正在退回寄件人"),
        (80, "4", "退签", "【广州市】退回件已由寄件人签收"),
    ),
    "damaged": (
        *_BEGIN,
        (22, "209", "破损", "【深圳市】快件外包装破损"),
        *_OUT,
        (30, "3", "签收", "【深圳市】快件已签收,签收人:仓库"),
    ),
    "locker": (
        *_BEGIN,
        *_OUT,
        (28, "501", "投柜或驿站", "【深圳市】快件已存放至驿站"),
        (40, "304", "投柜或站签收", "【深圳市】快件已从驿站取出"),
    ),
    "lost": _BEGIN[:2],
    "unknown": (),
}
OVER = frozenset({"3", "301", "304", "4"})


@dataclass
class Subscription:
    """Who wants to be told. `told`: how many scans it was."""

    url: str
    salt: str
    since: datetime
    told: int = -1
    is_over: bool = False


@dataclass
class Parcel:
    company: str
    number: str
    phone: str
    scans: list[Scan]
    is_empty: bool = False
    subscriptions: list[Subscription] = field(default_factory=list)
    asked_at: list[datetime] = field(default_factory=list)

    def seen(self, now: datetime) -> list[Scan]:
        """What was scanned by then, oldest first."""
        return [scan for scan in self.scans if scan.at <= now]

    def is_over(self, now: datetime) -> bool:
        seen = self.seen(now)
        return bool(seen) and seen[-1].code in OVER

    def hurry(self, code: str, now: datetime) -> None:
        """Whatever is left until that scan happens now; what follows, as much sooner."""
        wanted = next(scan for scan in self.scans if scan.code == code)
        sooner = max(wanted.at - now, timedelta())
        for scan in self.scans:
            if scan.at > now:
                scan.at = max(scan.at - sooner, now)

    def result(self, now: datetime) -> dict[str, Any]:
        """`lastResult` of a push, or the answer to a query; newest scan first."""
        seen = self.seen(now)
        state = _state(seen[-1].code) if seen else "0"
        return {
            "message": "ok" if seen else "查询无结果",
            "state": state,
            "status": "200" if seen else "201",
            "condition": "F00" if seen else "",
            "ischeck": "1" if self.is_over(now) else "0",
            "com": self.company,
            "nu": self.number,
            "data": [_written(scan) for scan in reversed(seen)],
        }


def planned(journey: str, starts_at: datetime, scale: float) -> list[Scan]:
    """The journey by its name; ValueError for an unknown one."""
    if journey not in JOURNEYS:
        raise ValueError(f"no journey {journey!r}; there are {', '.join(JOURNEYS)}")
    return [
        Scan(starts_at + timedelta(hours=hours) / scale, code, status, context)
        for hours, code, status, context in JOURNEYS[journey]
    ]


def _state(code: str) -> str:
    """The coarse state behind a fine one: 103 is a 1, 304 a 3, but 1002 a 0."""
    if code in ("1001", "1002", "1003"):
        return "0"
    return code[0] if len(code) == 3 else code


def _written(scan: Scan) -> dict[str, Any]:
    at = f"{scan.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    return {
        "context": scan.context,
        "time": at,
        "ftime": at,
        "status": scan.status,
        "statusCode": scan.code,
        "areaCode": None,
        "areaName": scan.context[1:4] if scan.context.startswith("【") else None,
    }

"""Bills: applied for with a signature, downloaded by an address that lives for five minutes.

Source: WeChat Pay v3, "apply for trade bill", "apply for fund flow bill", "download bill", read
2026-11: made from 10:00 of the next day on, kept for three months, the hash is of the unpacked
file.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

from .bill_lines import fund_bill, trade_bill
from .book import Book
from .problems import Problem, bad_field, broken_rule
from .times import BEIJING

READY_AT = time(10)
KEPT = timedelta(days=92)
ADDRESS_LIVES = timedelta(minutes=5)


@dataclass(frozen=True)
class File:
    """What an address leads to; downloads are not signed."""

    body: bytes


@dataclass(frozen=True)
class _Made:
    mchid: str
    body: bytes
    until: datetime


class Bills:
    """Makes bills of what the book has. The caller holds the lock."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._made: dict[str, _Made] = {}

    def apply(
        self, kind: str, mchid: str, target: str, at: datetime, *, host: str, fault: str
    ) -> dict[str, object]:
        """`kind`: trade or fundflow; `host`: where we were asked, with its scheme."""
        asked = parse_qs(urlsplit(target).query)
        day = _day(asked)
        _check(kind, asked)
        _check_time(day, at, fault)
        plain = self._lines(kind, mchid, day, left_out=int(fault.endswith("_lacks_a_row")))
        if fault == "bill_wrong_content":
            plain = _without_a_row(plain)
        hashed = plain + b" " if fault == "bill_hash_wrong" else plain
        packed = asked.get("tar_type") == ["GZIP"]
        token = secrets.token_urlsafe(24)
        body = gzip.compress(plain) if packed else plain
        self._made[token] = _Made(mchid, body, at + ADDRESS_LIVES)
        host = "https://bills.example" if fault == "bill_elsewhere" else host
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(hashed, usedforsecurity=False).hexdigest(),
            "download_url": f"{host}/v3/billdownload/file?token={token}",
        }

    def download(self, mchid: str, target: str, at: datetime, *, fault: str) -> File:
        if fault == "bill_download_5xx":
            raise Problem(502, "SERVICE_UNAVAILABLE", "服务不可用，请稍后重试")
        (token,) = parse_qs(urlsplit(target).query).get("token", [""])
        made = self._made.get(token)
        if made is None or at > made.until:
            raise broken_rule("账单下载地址已失效，请重新申请账单")
        if made.mchid != mchid:
            raise Problem(403, "NO_AUTH", "请检查本次请求的商户是否与申请账单的商户一致")
        return File(made.body[: len(made.body) // 2] if fault == "bill_cut" else made.body)

    def _lines(self, kind: str, mchid: str, day: date, *, left_out: int) -> bytes:
        paid = [p for p in self._book.payments.values() if _is_of(p.mchid, p.paid_at, mchid, day)]
        refunds = self._book.refunds.values()
        back = [r for r in refunds if _is_of(r.mchid, r.created_at, mchid, day)]
        if not paid and not back:
            raise Problem(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        return (trade_bill if kind == "trade" else fund_bill)(paid[left_out:], back)


def _is_of(theirs: str, at: datetime, mchid: str, day: date) -> bool:
    return theirs == mchid and at.astimezone(BEIJING).date() == day


def _day(asked: Mapping[str, list[str]]) -> date:
    try:
        return date.fromisoformat(asked["bill_date"][0])
    except (KeyError, ValueError):
        raise bad_field("bill_date", "格式错误", "query") from None


def _check(kind: str, asked: Mapping[str, list[str]]) -> None:
    """Only what the simulator can make: all of a day's trade, and the basic account."""
    name, usual = ("bill_type", "ALL") if kind == "trade" else ("account_type", "BASIC")
    if asked.get(name, [usual]) != [usual]:
        raise bad_field(name, "枚举值错误", "query")


def _check_time(day: date, at: datetime, fault: str) -> None:
    ready = datetime.combine(day + timedelta(days=1), READY_AT, BEIJING)
    if at - ready > KEPT or at.astimezone(BEIJING).date() <= day:
        raise broken_rule("请检查bill_date，并重新调用")
    if at < ready or fault == "bill_creating":
        raise Problem(400, "STATEMENT_CREATING", "账单生成中")


def _without_a_row(plain: bytes) -> bytes:
    """The totals stay as they were."""
    first, _, *others = plain.split(b"\r\n")
    return b"\r\n".join([first, *others])

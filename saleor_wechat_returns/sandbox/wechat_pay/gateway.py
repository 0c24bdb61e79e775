"""The refund endpoints: who asks, what for, and the signed answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from . import problems
from .book import Book
from .fields import read_request
from .keys import PlatformKey, check_signature, read_authorization

REFUNDS = "/v3/refund/domestic/refunds"


@dataclass(frozen=True)
class Call:
    """One request as it arrived. `mchid` is what it claimed, "" if unreadable."""

    method: str
    path: str
    mchid: str
    at: datetime
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class MerchantEntry:
    serial_no: str
    public_key_pem: str
    apiv3_key: str


class Gateway:
    """Answers one call. The caller holds the lock."""

    def __init__(self, book: Book, platform: PlatformKey, *, local_http: bool) -> None:
        self.merchants: dict[str, MerchantEntry] = {}
        self._book = book
        self._platform = platform
        self._local_http = local_http

    def answer(self, call: Call, fault: str) -> Answer:
        try:
            if fault == "http_500":
                raise problems.system_error()
            if fault == "rate_limited":
                raise problems.too_often()
            mchid = self._authenticate(call)
            found = self._route(call, mchid, balance=fault != "not_enough")
            if fault == "http_500_after_accept":
                raise problems.system_error()
        except problems.Problem as problem:
            return Answer(problem.status, _headers(), _json(problem.body))
        body = b"<html>502</html>" if fault == "garbage" else _json(found)
        return Answer(200, _headers() | self._signature(body, call.at, fault), body)

    def _signature(self, body: bytes, at: datetime, fault: str) -> dict[str, str]:
        if fault == "unsigned":
            return {}
        signed = body + b" " if fault == "bad_signature" else body
        return self._platform.sign(signed, at, probe=fault == "probe_signature")

    def _authenticate(self, call: Call) -> str:
        if not call.headers.get("user-agent"):
            raise problems.broken_rule("Http头缺少User-Agent")
        if "application/json" not in call.headers.get("accept", ""):
            raise problems.broken_rule("Http头Accept不是application/json")
        items = read_authorization(call.headers.get("authorization", ""))
        merchant = self.merchants.get(items["mchid"])
        if merchant is None:
            raise problems.Problem(404, "MCH_NOT_EXISTS", "商户号不存在")
        check_signature(
            items,
            public_key_pem=merchant.public_key_pem,
            serial_no=merchant.serial_no,
            request=(call.method, call.path, call.body),
            now=call.at,
        )
        return items["mchid"]

    def _route(self, call: Call, mchid: str, *, balance: bool) -> dict[str, object]:
        path = urlsplit(call.path).path
        if call.method == "POST" and path == REFUNDS:
            if "application/json" not in call.headers.get("content-type", ""):
                raise problems.broken_rule("Http头Content-Type不是application/json")
            request = read_request(call.body, local_http=self._local_http)
            return self._book.refund(mchid, request, call.at, balance=balance).answer()
        folder, _, number = path.rpartition("/")
        if call.method == "GET" and folder == REFUNDS and number:
            return self._book.find(mchid, unquote(number)).answer()
        # Not RESOURCE_NOT_EXISTS: a mistaken path must never read as "no such refund".
        raise problems.Problem(404, "NOT_FOUND", "请求的URL不存在")


def _headers() -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Request-ID": secrets.token_hex(16).upper(),
    }


def _json(data: dict[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

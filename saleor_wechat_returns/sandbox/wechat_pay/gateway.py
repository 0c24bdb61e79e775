"""The gate: who asks, and the signed answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from . import problems
from .bills import File
from .book import Book
from .certificates import PlatformCertificate
from .doors import Answer
from .keys import PlatformKey, Signer, check_signature, read_authorization
from .routes import Content, Question, Routes
from .till import Till


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
class MerchantEntry:
    """`appids` empty: any app is bound to it. `is_old`: it knows WeChat Pay by certificates.

    `refund_notify_url` is set in the merchant portal, for refunds that name none themselves.
    """

    serial_no: str
    public_key_pem: str
    apiv3_key: str
    appids: frozenset[str] = frozenset()
    is_old: bool = False
    refund_notify_url: str = ""


class Gateway:
    """Answers one call. The caller holds the lock."""

    def __init__(
        self,
        book: Book,
        till: Till,
        platform: PlatformKey,
        *,
        local_http: bool,
        pay: Callable[[str, str], object],
    ) -> None:
        """`pay` lets the payer of a merchant's order pay, as a fault of closing wants it."""
        self.merchants: dict[str, MerchantEntry] = {}
        self.certificates: list[PlatformCertificate] = []
        self._platform = platform
        self._scheme = "http" if local_http else "https"
        self._routes = Routes(book, till, self._own_certificates, local_http=local_http, pay=pay)

    def answer(self, call: Call, fault: str) -> Answer:
        try:
            if fault == "http_500":
                raise problems.system_error()
            if fault == "http_503":
                raise problems.unavailable()
            if fault == "rate_limited":
                raise problems.too_often()
            mchid = self._authenticate(call)
            found = self._routes.answer(self._question(call, mchid, fault))
            if fault == "http_500_after_accept":
                raise problems.system_error()
        except problems.Problem as problem:
            return Answer(problem.status, _headers(call.at), _json(problem.body))
        if isinstance(found, File):
            headers = _headers(call.at) | {"Content-Type": "text/plain"}
            return Answer(200, headers, found.body)
        body = b"<html>502</html>" if fault == "garbage" else _json(found)
        asked_for = call.headers.get("wechatpay-serial", "")
        signature = _signature(self.signer(mchid, asked_for), body, call.at, fault)
        return Answer(200 if body else 204, _headers(call.at) | signature, body)

    def signer(self, mchid: str, asked_for: str = "") -> Signer:
        """Old merchants get the newest certificate, unless they ask for the public key."""
        merchant = self.merchants.get(mchid)
        if merchant is not None and merchant.is_old and asked_for != self._platform.id:
            return self.certificates[-1]
        return self._platform

    def _own_certificates(self, mchid: str) -> Content:
        merchant = self.merchants[mchid]
        if not merchant.is_old:
            raise problems.Problem(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书")
        return {"data": [item.answer(merchant.apiv3_key) for item in self.certificates]}

    def _question(self, call: Call, mchid: str, fault: str) -> Question:
        if call.method == "POST" and "application/json" not in call.headers.get("content-type", ""):
            raise problems.broken_rule("Http头Content-Type不是application/json")
        appids = self.merchants[mchid].appids
        host = f"{self._scheme}://{call.headers.get('host', '')}"
        return Question(call.method, call.path, call.body, mchid, appids, call.at, host, fault)

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


def _signature(signer: Signer, body: bytes, at: datetime, fault: str) -> dict[str, str]:
    if fault == "unsigned":
        return {}
    signed = body + b" " if fault == "bad_signature" else body
    return signer.sign(signed, at, probe=fault == "probe_signature")


def _headers(at: datetime) -> dict[str, str]:
    return {
        "Date": format_datetime(at.astimezone(UTC), usegmt=True),
        "Content-Type": "application/json; charset=utf-8",
        "Request-ID": secrets.token_hex(16).upper(),
    }


def _json(data: dict[str, object] | None) -> bytes:
    if data is None:
        return b""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

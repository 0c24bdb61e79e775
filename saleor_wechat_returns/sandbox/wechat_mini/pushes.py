"""Messages and events on their way to a mini-program's server: address, form, repeats.

Source: mini-program documentation, "message push", read 2026-11: an answer of `success` or of
nothing within 5 s ends it, else it is repeated up to three times.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from .sealing import key_of, seal, sign

ANSWER_SECONDS = 5.0
REPEATS = 3
TAKEN = {b"", b"success", b"SUCCESS"}

Message = Mapping[str, Any]


@dataclass(frozen=True)
class PushAddress:
    """What the console keeps. JSON unless `is_xml`; sealed unless `is_plain` (明文模式)."""

    url: str
    token: str
    encoding_aes_key: str
    is_xml: bool = False
    is_plain: bool = False

    def __post_init__(self) -> None:
        key_of(self.encoding_aes_key)  # the console wants it in the plain mode, too


@dataclass
class Push:
    """One message on its way. `due_at` None: taken, or given up; `answers` None: no answer."""

    appid: str
    message: Message
    due_at: datetime | None
    answers: list[int | None] = field(default_factory=list)
    is_taken: bool = False

    def record(self, status: int | None, content: bytes, at: datetime) -> None:
        self.answers.append(status)
        self.is_taken = status == 200 and content in TAKEN
        is_over = self.is_taken or len(self.answers) > REPEATS
        self.due_at = None if is_over else at + timedelta(seconds=ANSWER_SECONDS)


def is_answered(address: PushAddress, http: httpx.Client, at: datetime) -> bool:
    """The check before the console saves an address: does it give `echostr` back as it is?"""
    echo = str(secrets.randbelow(10**19))
    query = _signed(address, at) | {"echostr": echo}
    try:
        answer = http.get(_with(query, address), timeout=ANSWER_SECONDS)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.content == echo.encode()


def send(
    push: Push, address: PushAddress, http: httpx.Client, at: datetime
) -> tuple[int | None, bytes]:
    """One attempt, signed and sealed anew; status and content of the answer, None if none came."""
    request = request_of(push.message, address, push.appid, at)
    try:
        answer = http.send(request)
    except httpx.HTTPError:
        return None, b""
    return answer.status_code, answer.content


def request_of(message: Message, address: PushAddress, appid: str, at: datetime) -> httpx.Request:
    query = _signed(address, at)
    if "FromUserName" in message:
        query["openid"] = str(message["FromUserName"])
    body = _written(message, address)
    if not address.is_plain:
        encrypted = seal(body, key_of(address.encoding_aes_key), appid)
        signed = sign(address.token, query["timestamp"], query["nonce"], encrypted)
        query |= {"encrypt_type": "aes", "msg_signature": signed}
        envelope = {"ToUserName": message.get("ToUserName", ""), "Encrypt": encrypted}
        body = _written(envelope, address)
    kind = "text/xml" if address.is_xml else "application/json"
    return httpx.Request(
        "POST",
        _with(query, address),
        content=body,
        headers={"Content-Type": kind, "User-Agent": "Mozilla/4.0"},
        extensions={"timeout": httpx.Timeout(ANSWER_SECONDS).as_dict()},
    )


def _with(query: dict[str, str], address: PushAddress) -> httpx.URL:
    return httpx.URL(address.url).copy_merge_params(query)


def _signed(address: PushAddress, at: datetime) -> dict[str, str]:
    timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(10**10))
    signature = sign(address.token, timestamp, nonce)
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def _written(message: Message, address: PushAddress) -> bytes:
    if address.is_xml:
        return f"<xml>{_xml(message)}</xml>".encode()
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _xml(message: Message) -> str:
    """Texts in CDATA, numbers bare; a list stands as its element several times."""
    return "".join(
        f"<{name}>{_xml_value(item)}</{name}>"
        for name, value in message.items()
        for item in (value if isinstance(value, list) else [value])
    )


def _xml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _xml(value)
    if isinstance(value, str):
        return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return json.dumps(value)

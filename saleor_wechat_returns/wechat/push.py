"""The message push (消息推送): bytes in, one believed message out, or PushRefused.

Owns signatures, the envelope of the safe mode (安全模式), JSON and XML. Stores nothing; the same
message can come several times.
In the plain mode (明文模式) the signature is of time and nonce only, so whoever sees one message
could send another in its stead. It is taken only where no EncodingAESKey was stored.
Source: mini-program documentation, "message push", read 2026-11.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from xml.parsers.expat import ExpatError

import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from ..domain.errors import ProviderRejected, Rejection
from .wire import JsonObject, Malformed, read_object, read_text

LARGEST_BODY = 64 * 1024
# WeChat repeats within seconds; the rest is for clocks that are a little off.
FRESH = timedelta(minutes=10)
# 32 bytes, not the 16 of AES.
PADDED_TO_BITS = 256
AES_KEY = r"([0-9A-Za-z]{43})?"
LENGTH_ENDS_AT = 20  # 16 random bytes, then 4 with the length of the message

Query = Mapping[str, str]


class PushFault(StrEnum):
    """Why a message is not believed."""

    TOO_LARGE = "too_large"
    SIGNATURE = "signature"
    STALE = "stale"
    MALFORMED = "malformed"
    NOT_SEALED = "not_sealed"  # in plain, although there is a key to seal with
    UNDECIPHERABLE = "undecipherable"  # another EncodingAESKey
    WRONG_APP = "wrong_app"
    NO_KEYS = "no_keys"  # manage.py add_mini_program was not told of a push


class PushRefused(Exception):
    """Answer 4xx and do nothing."""

    def __init__(self, reason: PushFault) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PushKeys:
    """What the console was given. Raises ProviderRejected (CONFIGURATION) if it cannot be that."""

    appid: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        for name, pattern in (("token", r"[0-9A-Za-z]{3,32}"), ("encoding_aes_key", AES_KEY)):
            if not re.fullmatch(pattern, getattr(self, name)):
                message = "The message push's settings are incomplete."
                raise ProviderRejected(
                    Rejection.CONFIGURATION, "PUSH_UNUSABLE", message, field=name
                )


def check_echo(query: Query, keys: PushKeys, now: datetime) -> str:
    """The text to give back when the console tries the address. Raises PushRefused."""
    _check_signature(query, "signature", keys, now)
    echo = query.get("echostr", "")
    if not re.fullmatch(r"[!-~]{1,128}", echo):
        raise PushRefused(PushFault.MALFORMED)
    return echo


def open_push(query: Query, body: bytes, keys: PushKeys, now: datetime) -> JsonObject:
    """The message. Numbers of an XML message are texts. Raises PushRefused and nothing else.

    Of the compatible mode (兼容模式) only the sealed part is read.
    """
    if len(body) > LARGEST_BODY:
        raise PushRefused(PushFault.TOO_LARGE)
    try:
        envelope = _read(body)
        if "Encrypt" in envelope:
            return _sealed(query, read_text(envelope, "Encrypt"), keys, now)
        if keys.encoding_aes_key:
            raise PushRefused(PushFault.NOT_SEALED)
        _check_signature(query, "signature", keys, now)
    except Malformed:
        raise PushRefused(PushFault.MALFORMED) from None
    # Only some events name the app.
    if envelope.get("appid", keys.appid) != keys.appid:
        raise PushRefused(PushFault.WRONG_APP)
    return envelope


def _sealed(query: Query, encrypted: str, keys: PushKeys, now: datetime) -> JsonObject:
    _check_signature(query, "msg_signature", keys, now, encrypted)
    if not keys.encoding_aes_key:
        raise PushRefused(PushFault.UNDECIPHERABLE)
    message, appid = _deciphered(encrypted, keys.encoding_aes_key)
    if appid != keys.appid.encode():
        raise PushRefused(PushFault.WRONG_APP)
    return _read(message)


def _check_signature(query: Query, name: str, keys: PushKeys, now: datetime, *sealed: str) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    parts = "".join(sorted([keys.token, timestamp, nonce, *sealed])).encode("utf-8", "replace")
    expected = hashlib.sha1(parts, usedforsecurity=False).hexdigest()
    given = query.get(name, "").encode("utf-8", "replace")
    if not hmac.compare_digest(expected.encode(), given):
        raise PushRefused(PushFault.SIGNATURE)
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise PushRefused(PushFault.MALFORMED)
    if abs(now.timestamp() - int(timestamp)) > FRESH.total_seconds():
        raise PushRefused(PushFault.STALE)


def _deciphered(encrypted: str, encoding_aes_key: str) -> tuple[bytes, bytes]:
    key = b64decode(encoding_aes_key + "=")
    try:
        decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
        padded = decryptor.update(b64decode(encrypted, validate=True)) + decryptor.finalize()
        unpadder = PKCS7(PADDED_TO_BITS).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise PushRefused(PushFault.UNDECIPHERABLE) from None
    ends_at = LENGTH_ENDS_AT + int.from_bytes(plain[16:LENGTH_ENDS_AT], "big")
    return plain[LENGTH_ENDS_AT:ends_at], plain[ends_at:]


def _read(body: bytes) -> JsonObject:
    return _read_xml(body) if body.lstrip()[:1] == b"<" else read_object(body)


def _read_xml(body: bytes) -> JsonObject:
    """Flat XML as WeChat writes it. No document type: it could define entities without end."""
    try:
        text = body.decode("utf-8")
        if "<!DOCTYPE" in text:
            raise Malformed("a document type")
        parsed: Any = xmltodict.parse(text, encoding="utf-8", disable_entities=True)
    except (ValueError, ExpatError):
        raise Malformed("not XML") from None
    message = parsed.get("xml")
    if not isinstance(message, dict):
        raise Malformed("no message in it")
    return cast(JsonObject, message)

"""A pushed message, opened byte for byte as other programs seal it …"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.errors import ProviderRejected, Rejection
from saleor_wechat_returns.sandbox.wechat_mini.sealing import key_of, seal, sign
from saleor_wechat_returns.wechat.push import PushKeys, PushRefused, check_echo, open_push

TOKEN, AES_KEY, APPID = "aTokenOfTheShop", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789ABCDEFG", "wx1"
KEYS = PushKeys(APPID, TOKEN, AES_KEY)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_is_the_one_of_the_vectors(vectors: Callable[[str], dict[str, Any]]) -> None:
    vector = vectors("mini_program_message_push.json")
    keys = PushKeys(vector["appid"], vector["token"], vector["encoding_aes_key"])
    at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    check, safe = vector["url_verify"], vector["safe_mode"]
    query = {
        "timestamp": vector["timestamp"],
        "nonce": vector["nonce"],
        "signature": safe["signature"],
        "msg_signature": safe["msg_signature"],
    }

    envelope = json.dumps({"ToUserName": "gh", "Encrypt": safe["Encrypt"]}).encode()

    assert check_echo(check["query"], keys, at) == check["answer"]
    assert open_push(query, envelope, keys, at) == json.loads(safe["plain_message"])


def query_for(encrypted: str) -> dict[str, str]:
    now = str(int(NOW.timestamp()))
    return {"timestamp": now, "nonce": "1", "msg_signature": sign(TOKEN, now, "1", encrypted)}


@given(
    message=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.none(),
    )
)
def test_is_what_was_sealed(message: dict[str, Any]) -> None:
    plain = json.dumps(message, ensure_ascii=False).encode()
    encrypted = seal(plain, key_of(AES_KEY), APPID)
    body = json.dumps({"Encrypt": encrypted}).encode()

    assert open_push(query_for(encrypted), body, KEYS, NOW) == message


@given(body=st.binary(max_size=300), query=st.dictionaries(st.text(), st.text()))
def test_is_refused_or_opened_and_nothing_else(body: bytes, query: dict[str, str]) -> None:
    with pytest.raises(PushRefused):
        open_push(query, body, KEYS, NOW)


@given(sealed=st.binary(max_size=200))
def test_is_refused_if_what_is_signed_does_not_open(sealed: bytes) -> None:
    encrypted = b64encode(sealed).decode()
    body = json.dumps({"Encrypt": encrypted}).encode()

    with pytest.raises(PushRefused):
        open_push(query_for(encrypted), body, KEYS, NOW)


@pytest.mark.parametrize(
    ("token", "aes_key", "field"),
    [
        ("", AES_KEY, "token"),
        ("ab", AES_KEY, "token"),
        ("a" * 33, AES_KEY, "token"),
        ("with space", AES_KEY, "token"),
        (TOKEN, AES_KEY[:-1], "encoding_aes_key"),
        (TOKEN, AES_KEY[:-1] + "=", "encoding_aes_key"),
    ],
)
def test_needs_keys_as_the_console_gives_them(token: str, aes_key: str, field: str) -> None:
    with pytest.raises(ProviderRejected) as no:
        PushKeys(APPID, token, aes_key)

    assert (no.value.kind, no.value.field) == (Rejection.CONFIGURATION, field)


def test_shows_no_key() -> None:
    assert TOKEN not in repr(KEYS)
    assert AES_KEY not in repr(KEYS)

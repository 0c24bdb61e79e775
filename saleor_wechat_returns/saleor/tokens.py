"""What Saleor signs: people's JWTs and webhook bodies, both checked against the shop's JWKS.

Source: Saleor 3.21-3.23 as measured, 2026-11: RS256, one key, `kid` is its RFC 7638 thumbprint;
webhooks carry a detached JWS over the raw body (RFC 7797, b64=false).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

import httpx
import jwt
from jwt.api_jws import PyJWS

from ..bounds import fetch
from ..domain.errors import ProviderUnavailable

KEYS_KEPT_SECONDS = 3600
# An unknown `kid` asks for the keys again, but a forger cannot make us ask all the time.
ASK_AGAIN_SECONDS = 10
LEEWAY_SECONDS = 10
# Somebody waits: a person, or Saleor with its refund webhook, which it gives up after 18 s.
FETCH_SECONDS = 4.0
LARGEST_KEYS = 64 * 1024
# What reading a page that lists no keys may end in.
NO_KEYS = (ValueError, KeyError, TypeError, RecursionError)


class Forged(Exception):
    """Not signed by this shop, or not meant for us. The text says which check failed."""


class TokenType(StrEnum):
    ACCESS = "access"
    THIRD_PARTY = "thirdparty"


@dataclass(frozen=True, slots=True)
class Person:
    """Who a JWT says is asking. `permissions` are the person's own, signed by Saleor."""

    user_id: str
    is_staff: bool
    type: str
    app_id: str
    permissions: frozenset[str]


class _Keys:
    """JWKS of each issuer, kept for an hour in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, jwt.PyJWK]]] = {}

    def find(self, api_url: str, kid: str, http: httpx.Client) -> jwt.PyJWK:
        fetched_at, keys = self._kept.get(api_url, (float("-inf"), {}))
        age = time.monotonic() - fetched_at
        if age > KEYS_KEPT_SECONDS or (kid not in keys and age > ASK_AGAIN_SECONDS):
            try:
                keys = fetch_keys(api_url, http)
            except ProviderUnavailable:
                if kid not in keys:  # a key that we know stays good while Saleor is away
                    raise
                return keys[kid]
            with self._lock:
                self._kept[api_url] = (time.monotonic(), keys)
        if kid not in keys:
            raise Forged("unknown key")
        return keys[kid]

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


keys = _Keys()


def verify_person(token: str, *, api_url: str, http: httpx.Client, now: datetime) -> Person:
    """The person behind a Saleor JWT issued by exactly this shop and still in date.

    Raises Forged, or ProviderUnavailable when the keys cannot be had.
    """
    try:
        kid = str(jwt.get_unverified_header(token).get("kid"))
        claims = jwt.decode(
            token,
            keys.find(api_url, kid, http),
            algorithms=["RS256"],
            issuer=api_url,
            # The date is checked below, against the one clock of this service.
            options={
                "require": ["exp", "iss"],
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as wrong:
        raise Forged(type(wrong).__name__) from wrong
    expires = claims["exp"]
    if not isinstance(expires, int) or expires + LEEWAY_SECONDS <= now.timestamp():
        raise Forged("expired")
    if claims.get("type") not in set(TokenType) or not isinstance(claims.get("user_id"), str):
        raise Forged("not a token of a person")
    return Person(
        user_id=claims["user_id"],
        is_staff=claims.get("is_staff") is True,
        type=claims["type"],
        app_id=_text(claims.get("app")),
        permissions=frozenset(_texts(claims.get("user_permissions"))),
    )


def issuer_of(token: str) -> str:
    """Which shop a token claims to come from; blank if it claims nothing. Proves nothing."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return ""
    return _text(claims.get("iss"))


def verify_webhook(signature: str, body: bytes, *, api_url: str, http: httpx.Client) -> None:
    """Prove that Saleor sent exactly these bytes. Raises Forged or ProviderUnavailable."""
    jws = PyJWS(algorithms=["RS256"])
    try:
        kid = str(jws.get_unverified_header(signature).get("kid"))
        jws.decode_complete(
            signature,
            key=keys.find(api_url, kid, http),
            algorithms=["RS256"],
            detached_payload=body,
        )
    except jwt.PyJWTError as wrong:
        raise Forged(type(wrong).__name__) from wrong


def fetch_keys(api_url: str, http: httpx.Client) -> dict[str, jwt.PyJWK]:
    """The shop's public keys by `kid`, read now. Raises ProviderUnavailable."""
    try:
        url = urljoin(api_url, "/.well-known/jwks.json")
        request = http.build_request("GET", url, timeout=FETCH_SECONDS)
        response, content = fetch(http, request, largest=LARGEST_KEYS)
        response.raise_for_status()
        found = [jwt.PyJWK(node, algorithm="RS256") for node in json.loads(content)["keys"]]
    except (httpx.HTTPError, jwt.PyJWTError, *NO_KEYS) as trouble:
        raise ProviderUnavailable(f"no keys from {api_url}") from trouble
    return {str(key.key_id): key for key in found}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

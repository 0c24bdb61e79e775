"""Our own log-in for customers: a token of fifteen minutes, signed here and kept nowhere.

It names a WeChat log-in by its blind index, or the one order of a guest; never an openid, a
phone number or a Saleor account. It can make nobody staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ..models import Shop, WechatAccount

LIFETIME = timedelta(minutes=15)
ALGORITHM = "HS256"
WECHAT = "returns-wechat-session"
GUEST = "returns-guest-session"


@dataclass(frozen=True, slots=True)
class Proved:
    """What a session says: a WeChat log-in, or else a guest's order."""

    appid: str = ""
    openid_index: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    expires_at: datetime
    proved: Proved


def begin_session(shop: Shop, proved: Proved, *, now: datetime) -> Session:
    """A session in this shop that ends in fifteen minutes. Nothing is stored."""
    ends = int((now + LIFETIME).timestamp())
    claims: dict[str, Any] = {"shop": shop.key, "iat": int(now.timestamp()), "exp": ends}
    if proved.order_id:
        claims |= {"type": GUEST, "order": proved.order_id}
    else:
        claims |= {"type": WECHAT, "appid": proved.appid, "openid": proved.openid_index}
    token = jwt.encode(claims, _key(), algorithm=ALGORITHM)
    return Session(token, datetime.fromtimestamp(ends, UTC), proved)


def is_session(token: str) -> bool:
    """Does it look like one of ours, and so never like Saleor's (RS256)? Proves nothing."""
    try:
        return jwt.get_unverified_header(token).get("alg") == ALGORITHM
    except jwt.PyJWTError:
        return False


def read_session(shop: Shop, token: str, *, now: datetime) -> Proved | None:
    """What the session proves; None if it is forged, of another shop or over."""
    try:
        # The date is checked below, against the one clock of this service.
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        claims = jwt.decode(token, _key(), algorithms=[ALGORITHM], options=options)
    except jwt.PyJWTError:
        return None
    if claims["shop"] != shop.key or claims["exp"] <= now.timestamp():
        return None
    if claims["type"] == GUEST:
        return Proved(order_id=claims["order"])
    return Proved(appid=claims["appid"], openid_index=claims["openid"])


def user_id_of(shop: Shop, proved: Proved) -> str:
    """The Saleor account tied to the WeChat log-in at this moment; blank for none."""
    found = WechatAccount.objects.filter(
        shop=shop, appid=proved.appid, openid_index=proved.openid_index
    )
    return found.values_list("user_id", flat=True).first() or ""


def _key() -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"session v1")
    return derivation.derive(settings.SECRET_KEY.encode())

"""The address at which WeChat fetches a picture that it is asked about: signed, for an hour.

Its key is not that of links which people get, so that neither opens what the other is for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ..models import SafetyCheck, Shop

LIFETIME = timedelta(minutes=60)
ALGORITHM = "HS256"


def link_for(check: SafetyCheck, *, now: datetime) -> str:
    """A public address of the check's picture, as it is in this round."""
    claims = {
        "check": str(check.pk),
        "round": check.round,
        "exp": int((now + LIFETIME).timestamp()),
    }
    token = jwt.encode(claims, _key(), algorithm=ALGORITHM)
    return f"{settings.PUBLIC_URL}/s/{check.shop.key}/wechat-check/{token}/"


def check_behind(shop: Shop, token: str, *, now: datetime) -> SafetyCheck | None:
    """The check that waits for this link's picture; None if it is forged, over or answered."""
    try:
        # The date is checked below, against the one clock of this service.
        claims = jwt.decode(token, _key(), algorithms=[ALGORITHM], options={"verify_exp": False})
    except jwt.PyJWTError:
        return None
    if claims["exp"] <= now.timestamp():
        return None
    waiting = SafetyCheck.objects.filter(shop=shop, answered_at=None).exclude(media_key="")
    return waiting.filter(pk=UUID(claims["check"]), round=claims["round"]).first()


def _key() -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"checker link v1")
    return derivation.derive(settings.SECRET_KEY.encode())

"""Tokens in links to what is private: good for some minutes, for one thing of one shop."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from ..models import Shop

SEPARATOR = "."


def sign(what: str, *said: str, shop: Shop, now: datetime) -> str:
    """`what` it leads to: a token for one kind of thing opens no other. `said`: which, undotted."""
    ends = math.ceil((now + timedelta(minutes=settings.EVIDENCE_LINK_MINUTES)).timestamp())
    return _signer(what, shop).sign(SEPARATOR.join((*said, str(ends))))


def unsign(what: str, token: str, *, shop: Shop, now: datetime) -> list[str] | None:
    """What was said; None if it is forged, of something else, or over."""
    try:
        *said, ends = _signer(what, shop).unsign(token).split(SEPARATOR)
    except BadSignature:
        return None
    return said if int(ends) > now.timestamp() else None


def _signer(what: str, shop: Shop) -> Signer:
    return Signer(salt=f"{what} of {shop.key}", sep=SEPARATOR)

"""Tokens in links to what is private: good for some minutes, for one row of one shop."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from ..models import Shop

SEPARATOR = "."


def sign(what: str, pk: UUID, *, shop: Shop, now: datetime) -> str:
    """`what` it leads to: a token for one kind of thing opens no other."""
    ends = math.ceil((now + timedelta(minutes=settings.EVIDENCE_LINK_MINUTES)).timestamp())
    return _signer(what, shop).sign(SEPARATOR.join((pk.hex, str(ends))))


def unsign(what: str, token: str, *, shop: Shop, now: datetime) -> UUID | None:
    """The row it leads to; None if it is forged, of something else, or over."""
    try:
        pk, ends = _signer(what, shop).unsign(token).split(SEPARATOR)
    except BadSignature:
        return None
    return UUID(pk) if int(ends) > now.timestamp() else None


def _signer(what: str, shop: Shop) -> Signer:
    return Signer(salt=f"{what} of {shop.key}", sep=SEPARATOR)

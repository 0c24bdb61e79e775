"""Links to evidence: short-lived, signed, and good for one file in one shop.

A link is made only for somebody who may see the return, and looked at again when it is followed:
what was erased or found risky since is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from ..domain.evidence import EvidenceStatus, Medium
from ..models import Evidence, Shop
from .access import Viewer
from .ownership import returns_of
from .safety import HELD
from .signed_links import sign, unsign

EVIDENCE = "evidence"


class Variant(StrEnum):
    SHOWN = "shown"
    THUMBNAIL = "thumbnail"


class Audience(StrEnum):
    """Who gets the link: what is risky is hidden from customers, never from staff."""

    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class ShownFile:
    """What a link leads to; `size` in bytes."""

    key: str
    content_type: str
    size: int


def find_evidence(viewer: Viewer, pk: UUID | None) -> Evidence | None:
    """Evidence that the viewer has uploaded, or of a return they see."""
    if pk is None:
        return None
    seen = Q(caller__in=viewer.keys)
    if not viewer.is_warehouse:
        seen |= Q(request__in=returns_of(viewer))
    found = Evidence.objects.filter(seen, shop=viewer.shop, pk=pk)
    return found.select_related("shop", "line").first()


def link_for(viewer: Viewer, evidence: Evidence, variant: Variant, *, now: datetime) -> str | None:
    """A link for this viewer of the return, good for some minutes; None if there is nothing."""
    audience = Audience.STAFF if viewer.is_staff else Audience.CUSTOMER
    if _file_of(evidence, variant, audience) is None:
        return None
    token = sign(EVIDENCE, evidence.pk.hex, variant, audience, shop=evidence.shop, now=now)
    return f"{settings.PUBLIC_URL}/s/{evidence.shop.key}/evidence/{token}"


def open_link(shop: Shop, token: str, *, now: datetime) -> ShownFile | None:
    """The file behind a link of this shop; None if it is forged, over, or not to be shown."""
    said = unsign(EVIDENCE, token, shop=shop, now=now)
    if said is None:
        return None
    pk, variant, audience = said
    evidence = Evidence.objects.filter(shop=shop, pk=pk).first()
    if evidence is None:
        return None
    return _file_of(evidence, Variant(variant), Audience(audience))


def _file_of(evidence: Evidence, variant: Variant, audience: Audience) -> ShownFile | None:
    if evidence.status != EvidenceStatus.READY:
        return None
    if evidence.safety in HELD and audience is Audience.CUSTOMER:
        return None
    if variant is Variant.THUMBNAIL:
        return ShownFile(evidence.thumbnail_key, "image/jpeg", evidence.thumbnail_size or 0)
    content_type = "video/mp4" if evidence.medium == Medium.VIDEO else "image/jpeg"
    return ShownFile(evidence.shown_key, content_type, evidence.shown_size or 0)

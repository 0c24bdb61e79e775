"""证据包: asking for it, and the short-lived link to it. `build_bundle.py` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from ..domain.bundles import BundleStatus
from ..domain.errors import ErrorCode, Refusal, refuse
from ..models import EvidenceBundle, ReturnRequest, Shop
from ..outbox import put
from .access import Viewer
from .idempotency import fault_of_key
from .locks import lock_own_request, own_request
from .signed_links import sign, unsign
from .stored_files import give_up

log = structlog.get_logger(__name__)

BUILD = "bundle.build"
# One at a time in the whole service: each is read and written whole.
BUILD_KEY = "bundle"
MOST_AN_HOUR = 5
BUNDLE = "evidence bundle"
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BundleFile:
    """What a link leads to; `size` in bytes."""

    key: str
    name: str
    size: int


def ask_for_bundle(
    viewer: Viewer, request_id: str, *, idempotency_key: str, now: datetime
) -> EvidenceBundle:
    """Have a bundle built for the viewer's side; one that is being built serves too.

    The same key gives the same bundle. Takes the order lock. Raises Refusal.
    """
    if fault := fault_of_key(idempotency_key):
        raise Refusal(fault)
    own_request(viewer, request_id)
    with transaction.atomic():
        request = lock_own_request(viewer, request_id)
        bundles = EvidenceBundle.objects.filter(request=request, actor=viewer.actor)
        repeated = EvidenceBundle.objects.filter(
            shop=viewer.shop, caller__in=viewer.keys, idempotency_key=idempotency_key
        ).first()
        if repeated is not None and repeated.request_id != request.pk:
            raise refuse(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")
        found = repeated or bundles.filter(status=BundleStatus.WAITING).first()
        if found is not None:
            return found
        if bundles.filter(created_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
            raise refuse(ErrorCode.RATE_LIMITED)
        return _begin(viewer, request, idempotency_key, now)


def find_bundle(viewer: Viewer, pk: UUID | None) -> EvidenceBundle | None:
    """A bundle for the viewer's side of a return that he may see."""
    found = EvidenceBundle.objects.filter(shop=viewer.shop, actor=viewer.actor)
    bundle = found.select_related("shop").filter(pk=pk).first() if pk else None
    if bundle is None:
        return None
    try:
        own_request(viewer, str(bundle.request_id))
    except Refusal:
        return None
    return bundle


def link_to_bundle(bundle: EvidenceBundle, *, now: datetime) -> str | None:
    """A link good for some minutes; None while there is nothing. The caller may see the bundle."""
    if bundle.status != BundleStatus.READY:
        return None
    token = sign(BUNDLE, bundle.pk.hex, shop=bundle.shop, now=now)
    return f"{settings.PUBLIC_URL}/s/{bundle.shop.key}/bundles/{token}"


def open_bundle_link(shop: Shop, token: str, *, now: datetime) -> BundleFile | None:
    """The file behind a link of this shop; None if it is forged, over, or the file is gone."""
    said = unsign(BUNDLE, token, shop=shop, now=now)
    if said is None:
        return None
    (pk,) = said
    ready = EvidenceBundle.objects.filter(shop=shop, pk=pk, status=BundleStatus.READY)
    bundle = ready.select_related("request").first()
    if bundle is None:
        return None
    return BundleFile(bundle.key, f"{bundle.request.number}.zip", bundle.size or 0)


def delete_old_bundles(*, now: datetime) -> int:
    """Delete the files of bundles whose days are over; how many."""
    old = EvidenceBundle.objects.filter(status=BundleStatus.READY, delete_at__lte=now)
    pks = list(old.order_by("delete_at").values_list("pk", flat=True)[:MOST_AT_ONCE])
    return sum(delete_bundle(pk, now=now) for pk in pks)


def delete_bundle(pk: UUID, *, now: datetime) -> bool:
    """Delete one file, or keep one that is being built from being kept. False: it was gone."""
    with transaction.atomic():
        bundle = EvidenceBundle.objects.select_for_update().get(pk=pk)
        if bundle.status == BundleStatus.DELETED:
            return False
        give_up(bundle.key, now=now)
        bundle.status, bundle.key = BundleStatus.DELETED, ""
        bundle.save(update_fields=["status", "key"])
    return True


def _begin(
    viewer: Viewer, request: ReturnRequest, idempotency_key: str, now: datetime
) -> EvidenceBundle:
    bundle = EvidenceBundle.objects.create(
        shop=viewer.shop,
        request=request,
        actor=viewer.actor,
        caller=viewer.key,
        idempotency_key=idempotency_key,
        status=BundleStatus.WAITING,
        created_at=now,
    )
    put(BUILD, bundle.pk, shop=viewer.shop, key=BUILD_KEY, due_at=now)
    log.info("bundle.asked", number=request.number, actor=viewer.actor)
    return bundle

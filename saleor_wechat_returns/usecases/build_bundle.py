"""The worker builds an evidence bundle: on disk, file by file, so that memory stays as it is.

Built again after a crash of ours from the beginning; what was then stored is deleted as unknown.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from .. import clock, vault
from ..domain.bundles import BundleStatus
from ..models import EvidenceBundle
from .bundle_contents import Contents, Json, Packed, contents_of
from .stored_files import give_up, store, take

log = structlog.get_logger(__name__)

PAGE, FACTS, MANIFEST = "index.html", "timeline.json", "manifest.json"


def build(bundle_id: UUID) -> None:
    """Effect: make the file of a waiting bundle.

    Raises ProviderUnavailable when the storage is away.
    """
    bundle = EvidenceBundle.objects.select_related("shop", "request__order", "request__shop").get(
        pk=bundle_id
    )
    if bundle.status != BundleStatus.WAITING:
        return
    contents = contents_of(bundle.request, bundle.actor, now=clock.now())
    with tempfile.TemporaryDirectory(prefix="returns-bundle-") as folder:
        path = Path(folder, "bundle.zip")
        _write(path, bundle, contents)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            key = store(bundle.shop, file, now=clock.now())
        _keep(bundle, key, path.stat().st_size, digest)


def _write(path: Path, bundle: EvidenceBundle, contents: Contents) -> None:
    zone = bundle.shop.zone
    with zipfile.ZipFile(path, "w") as archive:
        package = _Package(archive, zone)
        for number, packed in enumerate(contents.files):
            _progress(bundle, number, len(contents.files))
            package.add_file(packed)
        with timezone.override(zone):
            page = render_to_string(f"bundle/{PAGE}", {"it": contents.facts})
        package.add(PAGE, page.encode(), clock.now())
        package.add(FACTS, _json(contents.facts), clock.now())
        package.add(MANIFEST, _json({"files": package.manifest}), clock.now())


class _Package:
    """The ZIP while it is written; pictures and videos are not compressed a second time."""

    def __init__(self, archive: zipfile.ZipFile, zone: ZoneInfo) -> None:
        self._archive, self._zone = archive, zone
        self.manifest: list[Json] = []

    def add(self, name: str, content: bytes, at: datetime) -> None:
        self._add(name, [content], at, zipfile.ZIP_DEFLATED)

    def add_file(self, packed: Packed) -> None:
        chunks = vault.read(packed.key, first=0, length=packed.size)
        self._add(packed.name, chunks, packed.received_at, zipfile.ZIP_STORED)

    def _add(self, name: str, chunks: Iterable[bytes], at: datetime, compression: int) -> None:
        info = zipfile.ZipInfo(name, at.astimezone(self._zone).timetuple()[:6])
        info.compress_type = compression
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.manifest.append({"file": name, "size": size, "sha256": digest.hexdigest()})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder).encode()


def _progress(bundle: EvidenceBundle, done: int, total: int) -> None:
    EvidenceBundle.objects.filter(pk=bundle.pk).update(done=done, total=total)


def _keep(bundle: EvidenceBundle, key: str, size: int, digest: str) -> None:
    now = clock.now()
    with transaction.atomic():
        row = EvidenceBundle.objects.select_for_update().get(pk=bundle.pk)
        if row.status != BundleStatus.WAITING:  # built by somebody else, or not wanted any more
            give_up(key, now=now)
            return
        take(key, now=now)
        row.status, row.key, row.size, row.sha256 = BundleStatus.READY, key, size, digest
        row.built_at, row.done = now, row.total
        row.delete_at = now + timedelta(days=settings.EVIDENCE_BUNDLE_DAYS)
        row.save()
    log.info("bundle.built", bundle=str(bundle.pk), bytes=size)

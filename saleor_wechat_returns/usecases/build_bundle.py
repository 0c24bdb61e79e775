"""The worker builds an evidence bundle: on disk, file by file, so that memory stays as it is.

Built again after a crash of ours from the beginning; what was then stored is deleted as unknown.
"""

from __future__ import annotations

import hashlib
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock
from ..domain.bundles import BundleStatus
from ..models import EvidenceBundle, OutboxMessage
from ..models.staff import StaffTaskKind
from .bundle_contents import Contents, contents_of
from .bundle_package import Package
from .bundles import BUILD
from .scratch import scratch
from .staff_tasks import close_tasks, open_task
from .stored_files import give_up, store, take

log = structlog.get_logger(__name__)


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
    with scratch("bundle") as folder:
        path = folder / "bundle.zip"
        _write(path, bundle, contents)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            key = store(bundle.shop, file, now=clock.now())
        _keep(bundle, key, path.stat().st_size, digest)


def stuck(message: OutboxMessage) -> bool:
    """Its sides wait for a file that is perhaps lost: staff hear of it. Is it of a bundle?"""
    if message.topic != BUILD:
        return False
    bundle = EvidenceBundle.objects.select_related("request").get(pk=message.subject)
    open_task(bundle.request, StaffTaskKind.STUCK, f"{message.topic}: {message.latest_error}")
    return True


def _write(path: Path, bundle: EvidenceBundle, contents: Contents) -> None:
    total = len(contents.files)
    with zipfile.ZipFile(path, "w") as archive:
        package = Package(archive, bundle.shop.zone)
        package.add_return(contents, progress=lambda done: _progress(bundle, done, total))
        package.end()


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
        close_tasks(bundle.request, StaffTaskKind.STUCK, now=now, begins=BUILD)
    log.info("bundle.built", bundle=str(bundle.pk), bytes=size)

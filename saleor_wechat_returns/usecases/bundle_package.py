"""Writing what a bundle holds into a ZIP, file by file, with a manifest of hashes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone

from .. import clock, vault
from .bundle_contents import Contents, Packed
from .bundle_money import Json

PAGE, FACTS, MANIFEST = "index.html", "timeline.json", "manifest.json"


class Package:
    """A ZIP while it is written; pictures and videos are not compressed a second time."""

    def __init__(self, archive: zipfile.ZipFile, zone: ZoneInfo) -> None:
        self._archive, self._zone = archive, zone
        self._manifest: list[Json] = []

    def add_return(
        self,
        contents: Contents,
        *,
        folder: str = "",
        progress: Callable[[int], object] = lambda _done: None,
    ) -> None:
        """The page, the data and the files of one return; `progress` hears how many are in.

        Raises ProviderUnavailable when the storage is away.
        """
        progress(0)
        for done, packed in enumerate(contents.files, start=1):
            self.add_file(packed, folder=folder)
            progress(done)
        with timezone.override(self._zone):
            page = render_to_string(f"bundle/{PAGE}", {"it": contents.facts})
        self._add(folder + PAGE, [page.encode()], clock.now())
        self.add_json(folder + FACTS, contents.facts)

    def add_file(self, packed: Packed, *, folder: str = "") -> None:
        """Raises ProviderUnavailable when the storage is away."""
        chunks = vault.read(packed.key, first=0, length=packed.size)
        self._add(folder + packed.name, chunks, packed.received_at, zipfile.ZIP_STORED)

    def add_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder)
        self._add(name, [text.encode()], clock.now())

    def end(self) -> None:
        """Write the manifest; nothing may be added any more."""
        self.add_json(MANIFEST, {"files": list(self._manifest)})

    def _add(
        self,
        name: str,
        chunks: Iterable[bytes],
        at: datetime,
        compression: int = zipfile.ZIP_DEFLATED,
    ) -> None:
        info = zipfile.ZipInfo(name, at.astimezone(self._zone).timetuple()[:6])
        info.compress_type = compression
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self._manifest.append({"file": name, "size": size, "sha256": digest.hexdigest()})

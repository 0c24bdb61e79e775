"""A folder for one errand with files. Whoever is killed leaves it behind, with a file as it came
and all that it tells of its sender: so the clock deletes what nobody works in any more.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

PREFIX = "returns-"
# Longer than any errand: the outbox leases one for five minutes.
LASTS_SECONDS = 3600


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A new folder that nobody else may read, until the block ends."""
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{what}-") as folder:
        yield Path(folder)


def delete_leftovers() -> int:
    """Delete the folders of errands that cannot be running; how many. Real time, as disks have."""
    deleted = 0
    for kind in ("media", "bundle"):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}{kind}-*"):
            try:
                if folder.stat().st_mtime > time.time() - LASTS_SECONDS:
                    continue
                shutil.rmtree(folder)
            except OSError as wrong:  # another user's, or somebody else deletes it just now
                log.info("scratch.kept", why=type(wrong).__name__)
                continue
            deleted += 1
    return deleted

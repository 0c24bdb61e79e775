"""The temporary folders that embedded servers live in: who owns one, and which are leftovers.

An owner holds a lock (flock) on its folder for as long as it lives; the kernel lets go of it
even after SIGKILL, and a reused process id or another container cannot confuse it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "returns-pg-"
LONGEST_HOME = 103 - len("/data/.s.PGSQL.5432")  # a socket's path: 107 bytes, 103 on macOS
MEMORY = Path("/dev/shm").resolve()  # noqa: S108
DISK = Path("/tmp")  # noqa: S108
ROOMY = 4 * 1024**3


@contextmanager
def fresh(*, shared: bool) -> Iterator[Path]:
    """A new locked folder, removed at the end; `shared` lets other accounts pass through it."""
    owner = os.getpid()
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_parent(shared=shared)))
    lock = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if shared:
            home.chmod(0o711)
        yield home
    finally:
        if os.getpid() == owner:  # a forked child that unwinds must not take it from its parent
            shutil.rmtree(home, ignore_errors=True)
        os.close(lock)


def sweep() -> list[Path]:
    """Remove the folders whose owners are dead and answer which; safe beside running servers.

    A server that outlived its owner (only where the kernel cannot tie them together) notices
    within a minute that its folder is gone, and ends.
    """
    found = [path for parent in _parents() for path in sorted(parent.glob(f"{PREFIX}*"))]
    return [path for path in found if _remove_if_abandoned(path)]


def _remove_if_abandoned(home: Path) -> bool:
    try:
        lock = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return False
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Empty means: made a moment ago, about to be locked.
            if any(home.iterdir()):
                shutil.rmtree(home, ignore_errors=True)
                return True
        return False
    finally:
        os.close(lock)


def _parents() -> list[Path]:
    """Where our folders may lie, by preference: as TMPDIR says, in memory, on disk.

    Memory makes a TRUNCATE, which ends every transactional test, ten times faster.
    """
    chosen = [Path(os.environ["TMPDIR"])] if os.environ.get("TMPDIR") else []
    parents = (*chosen, MEMORY, Path(tempfile.gettempdir()), DISK)
    return list(dict.fromkeys(parent.resolve() for parent in parents if parent.is_dir()))


def _parent(*, shared: bool) -> Path:
    for parent in _parents():
        longest = parent / f"{PREFIX}12345678"
        fits = len(os.fsencode(longest)) <= LONGEST_HOME
        if fits and (parent != MEMORY or _is_roomy()) and (not shared or _open_to_all(parent)):
            return parent
    return DISK


def _is_roomy() -> bool:
    """Whether memory has room for a cluster, and lets programs run (Docker's does neither)."""
    memory = os.statvfs(MEMORY)
    runs_programs = not memory.f_flag & getattr(os, "ST_NOEXEC", 0)
    return runs_programs and memory.f_bavail * memory.f_frsize >= ROOMY


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))

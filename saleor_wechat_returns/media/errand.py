"""What is asked of the process, and what it answers: JSON on its input and output."""

from __future__ import annotations

import errno
from dataclasses import dataclass

# The exit status of a process that could not work just now: of sysexits.h, "try again".
TRY_AGAIN = 75
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


@dataclass(frozen=True, slots=True)
class Errand:
    """`shown` and `thumbnail`: paths of the files to make. Sides are in pixels."""

    medium: str
    original: str
    shown: str
    thumbnail: str
    side: int
    thumbnail_side: int
    seconds: int  # of a video, at most
    frames: int = 0  # to cut out of a video


@dataclass(frozen=True, slots=True)
class Made:
    """Size in pixels of what is shown, and of a video its length in seconds."""

    width: int
    height: int
    duration_seconds: float | None = None


class Unreadable(Exception):
    """Nobody can look at this file; the text is one of domain.evidence.Trouble."""


def is_no_room(error: BaseException | None) -> bool:
    """Is it this machine's disk that failed, and not the file?"""
    return getattr(error, "errno", None) in NO_ROOM

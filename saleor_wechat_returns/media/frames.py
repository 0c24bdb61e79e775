"""A few pictures out of a video that we have made: what a checker of pictures can look at."""

from __future__ import annotations

from typing import Any

import av
from av.error import FFmpegError

from ..domain.evidence import Trouble
from .errand import Errand, Made, Unreadable
from .pictures import QUALITY
from .videos import SAFE


def cut_frames(errand: Errand) -> Made:
    """Write `errand.frames` JPEGs, spread over the video, as `<shown>-0`, `<shown>-1` …

    Raises Unreadable.
    """
    try:
        with av.open(errand.original, options=SAFE) as source:
            return _cut(source, errand)
    except (FFmpegError, OSError, ValueError, EOFError) as wrong:
        raise Unreadable(Trouble.BROKEN) from wrong


def _cut(source: Any, errand: Errand) -> Made:
    stream = source.streams.video[0]
    seconds = float(source.duration or 0) / av.time_base
    size = (0, 0)
    for number in range(errand.frames):
        frame = _frame_at(source, stream, seconds * (number + 0.5) / errand.frames)
        picture = frame.to_image()
        picture.thumbnail((errand.side, errand.side))
        picture.save(f"{errand.shown}-{number}", "JPEG", quality=QUALITY, exif=b"")
        size = picture.size
    return Made(*size, duration_seconds=seconds)


def _frame_at(source: Any, stream: Any, seconds: float) -> Any:
    """The first picture from that moment on; the last one, if the video ends before."""
    source.seek(int(seconds / stream.time_base), stream=stream)
    latest = None
    for frame in source.decode(stream):
        latest = frame
        if (frame.time or 0.0) >= seconds:
            break
    if latest is None:
        raise Unreadable(Trouble.BROKEN)
    return latest

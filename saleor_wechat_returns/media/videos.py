"""A video made anew: H.264 and AAC in MP4, with nothing in it but what can be seen and heard."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

from ..domain.evidence import Trouble
from .errand import Errand, Made, Unreadable
from .pictures import save_with_thumbnail

MOST_PIXELS = 40_000_000  # of a frame: 8K is 33 million
FRAMES_A_SECOND = 30
QUALITY = "26"  # x264's CRF: lower is better and larger
AUDIO_RATE = 44_100
THREADS = 2
OVERSHOOT_SECONDS = 1.0
TICK = Fraction(1, FRAMES_A_SECOND)
# FFmpeg's filters for what a player would turn counterclockwise; anything else is left as it is.
TURNS = {
    90: (("transpose", "cclock"),),
    180: (("hflip", None), ("vflip", None)),
    270: (("transpose", "clock"),),
}
# The one reader of MP4 and MOV, and files only: no video opens an address or another file.
READER = "mov"
SAFE = {"protocol_whitelist": "file", "enable_drefs": "0", "use_absolute_path": "0"}


def make_video(errand: Errand) -> Made:
    """Raises Unreadable."""
    try:
        with av.open(errand.original, format=READER, options=SAFE) as source:
            return _converted(source, errand)
    except (FFmpegError, OSError, ValueError, EOFError) as wrong:
        raise Unreadable(Trouble.BROKEN) from wrong


def _converted(source: Any, errand: Errand) -> Made:
    stream = _readable(source.streams.video)
    if stream is None:
        raise Unreadable(Trouble.BROKEN)
    if stream.width * stream.height > MOST_PIXELS:
        raise Unreadable(Trouble.TOO_MANY_PIXELS)
    said = float(source.duration or 0) / av.time_base
    if said > errand.seconds + OVERSHOOT_SECONDS:
        raise Unreadable(Trouble.TOO_LONG)
    stream.thread_count = THREADS
    with av.open(
        errand.shown, "w", format="mp4", options={"movflags": "faststart", "fflags": "+bitexact"}
    ) as target:
        sound = _readable(source.streams.audio)
        writing = _Writing(target, errand, has_sound=sound is not None)
        for frame in _frames(source, stream, sound):
            writing.take(frame)
        return writing.end()


def _readable(streams: Any) -> Any:
    """The first that can be decoded: phones add others, as sound for players in space."""
    return next((stream for stream in streams if stream.codec_context is not None), None)


def _frames(source: Any, stream: Any, sound: Any) -> Iterator[Any]:
    """Pictures and sound in the order they come."""
    for packet in source.demux([it for it in (stream, sound) if it is not None]):
        try:
            yield from packet.decode()
        except FFmpegError:
            # A broken picture in the middle; where nothing can be read the end will tell.
            continue


class _Writing:
    """The new file while it is written."""

    def __init__(self, target: Any, errand: Errand, *, has_sound: bool) -> None:
        self._target, self._errand, self._has_sound = target, errand, has_sound
        self._video: Any = None
        self._audio: Any = None
        self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=AUDIO_RATE)
        self._size = (0, 0)
        self._turn = 0
        self._turning: Any = None
        self._begins: float | None = None
        self._latest = -1
        self._seconds = 0.0
        self._early_sound: list[Any] = []

    def take(self, frame: Any) -> None:
        if isinstance(frame, av.VideoFrame):
            self._take_picture(frame)
        elif self._video is None:
            self._early_sound.append(frame)  # the streams are declared once a picture was seen
        else:
            self._take_sound(frame)

    def end(self) -> Made:
        """Raises Unreadable where not a single picture was seen."""
        if self._video is None:
            raise Unreadable(Trouble.BROKEN)
        for stream in filter(None, (self._video, self._audio)):
            self._target.mux(stream.encode(None))
        return Made(*self._size, duration_seconds=round(self._seconds, 2))

    def _take_picture(self, frame: Any) -> None:
        at = float(frame.time or 0.0)
        if self._begins is None:
            self._begins = at
            self._begin(frame)
        self._seconds = at - self._begins
        if self._seconds > self._errand.seconds + OVERSHOOT_SECONDS:
            raise Unreadable(Trouble.TOO_LONG)
        tick = round(self._seconds * FRAMES_A_SECOND)
        if tick <= self._latest:  # more pictures a second than are kept
            return
        self._latest = tick
        shown = self._upright(frame)
        shown.pts, shown.time_base = tick, TICK
        self._target.mux(self._video.encode(shown))

    def _begin(self, frame: Any) -> None:
        turn = int(frame.rotation or 0) % 360
        self._turn = turn if turn in TURNS else 0
        across = (
            (frame.height, frame.width) if self._turn in (90, 270) else (frame.width, frame.height)
        )
        self._size = _fitting(*across, self._errand.side)
        video = self._target.add_stream("libx264", rate=FRAMES_A_SECOND)
        video.width, video.height = self._size
        video.pix_fmt = "yuv420p"
        video.options = {"crf": QUALITY, "preset": "veryfast"}
        video.codec_context.thread_count = THREADS
        video.codec_context.time_base = TICK
        self._video = video
        poster = self._upright(frame).to_image()
        save_with_thumbnail(poster, self._errand, shown_as_jpeg=False)
        if self._has_sound:
            self._audio = self._target.add_stream("aac", rate=AUDIO_RATE)
            self._audio.codec_context.layout = "stereo"
        for early in self._early_sound:
            self._take_sound(early)
        self._early_sound.clear()

    def _upright(self, frame: Any) -> Any:
        """The frame in its new size, turned as the player would have turned it."""
        if not self._turn:
            return frame.reformat(*self._size, format="yuv420p")
        if self._turning is None:
            self._turning = _turning(self._turn, self._size)
        across, down = self._size if self._turn == 180 else reversed(self._size)
        small = frame.reformat(across, down, format="yuv420p")
        small.pts, small.time_base = 0, TICK  # the filter keeps nothing back, whatever the time
        self._turning.push(small)
        return self._turning.pull()

    def _take_sound(self, frame: Any) -> None:
        frame.pts = None  # counted anew: gaps and jumps of the old file make no broken new one
        for piece in self._resampler.resample(frame):
            self._target.mux(self._audio.encode(piece))


def _turning(turn: int, size: tuple[int, int]) -> Any:
    """A chain of filters that turns pictures, which are of `size` afterwards."""
    across, down = size if turn == 180 else reversed(size)
    graph: Any = av.filter.Graph()
    nodes = [graph.add_buffer(width=across, height=down, format="yuv420p", time_base=TICK)]
    nodes += [graph.add(name, how) for name, how in TURNS[turn]]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    """The size within `side`, even as H.264 wants it, and never larger than it was."""
    factor = min(1.0, side / max(width, height))
    return max(2, int(width * factor) // 2 * 2), max(2, int(height * factor) // 2 * 2)

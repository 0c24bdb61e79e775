"""Videos made for tests, and what is in one."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
from PIL import Image

PLACE = "+31.2304+121.4737+005.000/"


@dataclass(frozen=True)
class Told:
    """What a player would learn of a video."""

    video: str
    audio: str
    size: tuple[int, int]
    seconds: float
    metadata: dict[str, str]


def video(
    *,
    codec: str = "libx264",
    form: str = "mov",
    size: tuple[int, int] = (320, 240),
    seconds: float = 1.0,
    rate: int = 15,
    with_sound: bool = True,
    **metadata: str,
) -> bytes:
    """A red picture that grows green, and a silence that a phone has recorded somewhere."""
    file, frames = io.BytesIO(), cast(Any, av.VideoFrame)
    with av.open(file, "w", format=form, options={"movflags": "use_metadata_tags"}) as target:
        target.metadata.update({"location": PLACE, "make": "Apple", **metadata})
        stream: Any = target.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if codec == "libx265":
            stream.options = {"x265-params": "log-level=none"}
        sound: Any = target.add_stream("aac", rate=44_100) if with_sound else None
        for number in range(int(seconds * rate)):
            picture = Image.new("RGB", size, (255, 0, 0))
            picture.paste((0, 255, 0), (0, 0, size[0] // 4, size[1] // 4))
            frame = frames.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        if sound is not None:
            for piece in _silence(seconds):
                target.mux(sound.encode(piece))
            target.mux(sound.encode(None))
    return file.getvalue()


def _silence(seconds: float) -> Any:
    for number in range(int(seconds * 44_100 / 1024)):
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 44_100, number * 1024
        yield frame


def look_at(content: bytes) -> Told:
    opened: Any = av.open(io.BytesIO(content))
    with opened as source:
        stream: Any = source.streams.video[0]
        size = (stream.width, stream.height)
        sound = source.streams.audio[0].codec_context.name if source.streams.audio else ""
        metadata = {**source.metadata, **stream.metadata}
        seconds = float(source.duration or 0) / av.time_base
        return Told(stream.codec_context.name, sound, size, seconds, metadata)


def turned(content: bytes, degrees: int) -> bytes:
    """The same video, held so that it must be turned clockwise: the matrix of its first track.

    Source: ISO/IEC 14496-12, 8.3.2 (tkhd, version 0); numbers are 16.16, the last 2.30.
    """
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    matrix = (cosine, sine, 0, -sine, cosine, 0, 0, 0, 0x4000)
    at = content.index(b"tkhd") + 4 + 40
    written = b"".join(struct.pack(">i", number << 16) for number in matrix)
    return content[:at] + written + content[at + 36 :]


def with_broken_index(content: bytes) -> bytes:
    """The same video, whole, whose index says that its samples are somewhere else.

    Source: ISO/IEC 14496-12, 8.6.1.2 (stts) and 8.7.3.2 (stsz): counts and sizes of samples.
    """
    for table in (b"stts", b"stsz"):
        at = content.index(table) + 4
        content = content[:at] + b"\xff" * 20 + content[at + 20 :]
    return content


def first_picture(content: bytes) -> Image.Image:
    opened: Any = av.open(io.BytesIO(content))
    with opened as source:
        return cast(Image.Image, next(source.decode(video=0)).to_image())

"""The process that makes a file anew … (EC58)"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from saleor_wechat_returns.media.errand import TRY_AGAIN
from tests import evidence, videos

FILES = {
    "JPEG": ("image", evidence.picture()),
    "PNG": ("image", evidence.picture(form="PNG")),
    "WEBP": ("image", evidence.picture(form="WEBP")),
    "HEIF": ("image", evidence.picture(form="HEIF")),
    "MOV": ("video", videos.video(seconds=0.3)),
    "HEVC": ("video", videos.video(seconds=0.3, codec="libx265", form="mp4")),
}


def make_anew(
    folder: Path, medium: str, content: bytes, **changes: Any
) -> subprocess.CompletedProcess[bytes]:
    (folder / "original").write_bytes(content)
    asked = {
        "medium": medium,
        "original": str(folder / "original"),
        "shown": str(folder / "shown"),
        "thumbnail": str(folder / "thumbnail"),
        "side": 640,
        "thumbnail_side": 100,
        "seconds": 60,
        "limit_seconds": 30,
    }
    return subprocess.run(
        [sys.executable, "-m", "saleor_wechat_returns.media"],
        input=json.dumps(asked | changes).encode(),
        capture_output=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


@rules(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), form=st.sampled_from(sorted(FILES)))
def test_ends_by_itself_whatever_was_done_to_the_file(
    tmp_path: Path, data: st.DataObject, form: str
) -> None:
    medium, content = FILES[form]
    twisted = bytearray(content)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(12, len(twisted) - 1))
        twisted[at] = data.draw(st.integers(0, 255))

    done = make_anew(tmp_path, medium, bytes(twisted))

    assert done.returncode in (0, -signal.SIGSEGV, -signal.SIGABRT), done.stderr.decode()[-500:]
    if not done.returncode:
        said = json.loads(done.stdout)
        assert said.get("trouble") or (said["width"] and said["height"])


def test_reads_no_video_whose_codec_it_does_not_know(tmp_path: Path) -> None:
    content = FILES["MOV"][1].replace(b"avc1", b"zzzz")

    done = make_anew(tmp_path, "video", content)

    assert json.loads(done.stdout) == {"trouble": "broken"}


@pytest.mark.parametrize("form", ["JPEG", "MOV"])
@pytest.mark.parametrize("which", ["shown", "thumbnail"])
def test_blames_no_file_for_a_full_disk(tmp_path: Path, form: str, which: str) -> None:
    medium, content = FILES[form]

    done = make_anew(tmp_path, medium, content, **{which: "/dev/full"})

    assert done.returncode == TRY_AGAIN, done.stderr.decode()[-500:]


def test_is_over_in_the_time_it_was_given(tmp_path: Path) -> None:
    content = videos.video(size=(1280, 720), seconds=10, rate=30)

    done = make_anew(tmp_path, "video", content, limit_seconds=1)

    assert done.returncode == -signal.SIGALRM


def test_opens_no_other_file_and_no_address(tmp_path: Path) -> None:
    """A playlist in the clothes of a video names what it wants to be read."""
    (tmp_path / "secret").write_bytes(FILES["MOV"][1])
    playlist = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\n{tmp_path}/secret\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile '{tmp_path}/secret'\n"

    for text in (playlist, concat):
        done = make_anew(tmp_path, "video", text.encode())
        assert json.loads(done.stdout) == {"trouble": "broken"}

"""What was uploaded … (EC58)"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from PIL import Image, ImageCms

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import Evidence, OutboxMessage, StoredFile
from saleor_wechat_returns.usecases import process_evidence
from tests import evidence, make, videos
from tests.usecases.wires import Killed, Killer, work_until_killed
from tests.world import TestShop, World

MOST_CHANCES = 30
PLACE = {0x8825: {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}}


def worked(shop: TestShop, content: bytes, medium: str = "IMAGE") -> dict[str, Any]:
    """The evidence as Li sees it when the worker was there."""
    given = [{"id": evidence.uploaded(shop, content, medium)}]
    request = make.requested(shop, shop.order(), evidence=given)
    shop.world.quiet()
    (found,) = evidence.shown(shop, request)
    return found


def opened(shop: TestShop, url: str) -> Image.Image:
    return Image.open(io.BytesIO(evidence.get(shop, url).content))


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and packs a black line a thousand times as small."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(1 + 3 * width)
    lines = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_becomes_a_picture_that_both_sides_see(world: World, form: str) -> None:
    found = worked(world.shop, evidence.picture(form=form))

    assert (found["status"], found["width"], found["height"]) == ("READY", 640, 480)
    picture = opened(world.shop, found["url"])
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (640, 480))
    small = opened(world.shop, found["thumbnailUrl"])
    assert (small.format, small.size) == ("JPEG", (400, 300))
    row = Evidence.objects.get()
    content = evidence.get(world.shop, found["url"]).content
    assert row.shown_sha256 == hashlib.sha256(content).hexdigest()
    assert row.shown_size == len(content)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_tells_of_no_place_and_of_no_device(world: World, form: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Huawei", "Mate 60"
    exif.get_ifd(0x8825).update(PLACE[0x8825])
    content = evidence.picture(form=form, exif=exif.tobytes())
    assert b"Huawei" in content

    found = worked(world.shop, content)

    for url in (found["url"], found["thumbnailUrl"]):
        made = evidence.get(world.shop, url).content
        assert b"Huawei" not in made
        assert b"Exif" not in made
        assert dict(Image.open(io.BytesIO(made)).getexif()) == {}


@pytest.mark.parametrize("form", ["JPEG", "HEIF"])
def test_stands_upright_without_the_tag_that_turned_it(world: World, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # its top is at the right: phones held upright write that

    found = worked(world.shop, evidence.picture(form=form, exif=exif.tobytes()))

    picture = opened(world.shop, found["url"])
    # HEIF's own turn is in the file; a decoder applies it and drops the tag.
    expected = (480, 640) if form == "JPEG" else (640, 480)
    assert picture.size in {expected, (480, 640)}
    assert (found["width"], found["height"]) == picture.size
    red = picture.getpixel((picture.width - 10, 10) if picture.size == (480, 640) else (10, 10))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 90


@pytest.mark.parametrize(
    "field",
    [
        struct.pack(">HI4s", 2, 2, b"6"),  # a text
        struct.pack(">HII", 4, 1, 0x7FFFFFFF),  # no side at all
        struct.pack(">HIhh", 8, 1, -1, 0),
    ],
)
def test_stands_as_it_is_where_the_tag_that_turns_it_is_broken(world: World, field: bytes) -> None:
    tag = struct.pack(">HIHH", 0x002A, 8, 1, 0x0112) + field + bytes(4)

    found = worked(world.shop, evidence.picture(exif=b"Exif\0\0MM" + tag))

    assert (found["status"], found["width"], found["height"]) == ("READY", 640, 480)


def test_is_made_smaller_and_never_larger(world: World) -> None:
    large = worked(world.shop, evidence.picture(4000, 3000))
    small = worked(world.shop, evidence.picture(20, 10))

    assert (large["width"], large["height"]) == (2560, 1920)
    assert (small["width"], small["height"]) == (20, 10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_may_have_any_colours(world: World, mode: str) -> None:
    file = io.BytesIO()
    form = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (64, 48)).save(file, form)

    assert worked(world.shop, file.getvalue())["status"] == "READY"


def test_keeps_its_colours_where_a_profile_changed_them(world: World) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    found = worked(world.shop, evidence.picture(icc_profile=profile))
    broken = worked(world.shop, evidence.picture(icc_profile=b"no profile at all"))

    assert [it["status"] for it in (found, broken)] == ["READY", "READY"]
    assert "icc_profile" not in opened(world.shop, found["url"]).info


@pytest.mark.parametrize(
    ("content", "medium", "words"),
    [
        (evidence.picture()[:-600], "IMAGE", "文件已损坏"),
        (b"\xff\xd8\xff\xe0" + bytes(5000), "IMAGE", "文件已损坏"),
        (b"\x89PNG\r\n\x1a\n" + b"rubbish" * 99, "IMAGE", "文件已损坏"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "IMAGE", "文件已损坏"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heic", "IMAGE", "文件已损坏"),
        (png(20_000, 20_000), "IMAGE", "图片尺寸过大"),
        (videos.video(seconds=0.5)[:-2000], "VIDEO", "文件已损坏"),
        (videos.video(seconds=0.5)[:200], "VIDEO", "文件已损坏"),
        (videos.with_broken_index(videos.video(seconds=0.5)), "VIDEO", "文件已损坏"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42" + bytes(999), "VIDEO", "文件已损坏"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_that_nobody_can_look_at_says_so_to_its_sender(
    world: World, content: bytes, medium: str, words: str
) -> None:
    found = worked(world.shop, content, medium)

    assert (found["status"], found["url"]) == ("UNREADABLE", None)
    assert found["statusLabel"].startswith(words)
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert StoredFile.objects.filter(delete_after=None).count() == 0
    assert not OutboxMessage.objects.filter(done_at=None, topic="evidence.process").exists()


def test_that_unpacks_to_more_than_a_machine_has_harms_nobody(world: World) -> None:
    """10,000 × 9,999 pixels may be decoded: that takes 300 MB there and nothing here."""
    bomb, fine = png(10_000, 9_999), evidence.picture()
    assert len(bomb) < 2_000_000

    ids = [evidence.uploaded(world.shop, content) for content in (bomb, fine)]
    request = make.requested(world.shop, world.shop.order(), evidence=[{"id": id} for id in ids])
    world.quiet()

    assert [it["status"] for it in evidence.shown(world.shop, request)] == ["READY", "READY"]


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
@pytest.mark.parametrize("form", ["mov", "mp4"])
def test_becomes_a_video_that_every_phone_plays(world: World, codec: str, form: str) -> None:
    content = videos.video(codec=codec, form=form, size=(640, 360), seconds=2)

    found = worked(world.shop, content, "VIDEO")

    assert (found["status"], found["statusLabel"]) == ("READY", "可查看")
    assert (found["width"], found["height"]) == (640, 360)
    assert found["duration"] == pytest.approx(2, abs=0.2)
    answer = evidence.get(world.shop, found["url"])
    assert answer.headers["content-type"] == "video/mp4"
    told = videos.look_at(answer.content)
    assert (told.video, told.audio, told.size) == ("h264", "aac", (640, 360))
    assert told.seconds == pytest.approx(2, abs=0.2)
    assert opened(world.shop, found["thumbnailUrl"]).size == (400, 225)


def test_of_a_video_tells_of_no_place_and_of_no_device(world: World) -> None:
    content = videos.video()
    assert b"+31.2304" in content
    assert b"Apple" in content

    made = evidence.get(world.shop, worked(world.shop, content, "VIDEO")["url"]).content

    assert b"+31.23" not in made
    assert b"Apple" not in made
    assert set(videos.look_at(made).metadata) <= {
        *("major_brand", "minor_version", "compatible_brands"),
        *("language", "handler_name", "vendor_id", "encoder"),
    }


def test_of_a_video_can_be_played_while_it_loads(world: World) -> None:
    made = evidence.get(world.shop, worked(world.shop, videos.video(), "VIDEO")["url"]).content

    assert made.index(b"moov") < made.index(b"mdat")


def test_of_a_video_is_made_smaller(world: World) -> None:
    found = worked(world.shop, videos.video(size=(1920, 1080), seconds=0.4), "VIDEO")

    assert (found["width"], found["height"]) == (1280, 720)


@pytest.mark.parametrize(
    ("degrees", "size", "green"),
    [
        (90, (240, 320), "top right"),
        (180, (320, 240), "bottom right"),
        (270, (240, 320), "bottom left"),
    ],
)
def test_of_a_video_stands_upright(
    world: World, degrees: int, size: tuple[int, int], green: str
) -> None:
    """Its green corner is at the top left of what the phone's sensor saw."""
    content = videos.turned(videos.video(seconds=0.4), degrees)

    found = worked(world.shop, content, "VIDEO")

    assert (found["width"], found["height"]) == size
    for picture in (
        videos.first_picture(evidence.get(world.shop, found["url"]).content),
        opened(world.shop, found["thumbnailUrl"]),
    ):
        assert green_corner(picture) == green


def green_corner(picture: Image.Image) -> str:
    right, bottom = picture.width - 9, picture.height - 9
    corners = {
        "top left": (8, 8),
        "top right": (right, 8),
        "bottom left": (8, bottom),
        "bottom right": (right, bottom),
    }
    colours: dict[str, Any] = {
        name: picture.convert("RGB").getpixel(at) for name, at in corners.items()
    }
    (found,) = [name for name, (red, green, _) in colours.items() if green > 150 > red]
    return found


def test_of_a_video_without_sound_has_none(world: World) -> None:
    content = videos.video(with_sound=False)

    made = evidence.get(world.shop, worked(world.shop, content, "VIDEO")["url"]).content

    assert videos.look_at(made).audio == ""


def test_of_a_video_that_is_too_long_says_so(world: World, settings: Any) -> None:
    settings.EVIDENCE_VIDEO_SECONDS = 1

    found = worked(world.shop, videos.video(seconds=3), "VIDEO")

    assert found["statusLabel"] == "视频过长,请剪短后重新上传。"


def test_is_worked_on_once_although_two_workers_come(world: World) -> None:
    evidence.uploaded(world.shop, evidence.picture())
    row = Evidence.objects.get()
    process_evidence.process(row.pk)
    before = set(StoredFile.objects.filter(delete_after=None).values_list("key", flat=True))

    process_evidence.process(row.pk)

    assert set(StoredFile.objects.filter(delete_after=None).values_list("key", flat=True)) == before


def test_waits_while_the_storage_is_away(world: World) -> None:
    shop = world.shop
    request = make.requested(
        shop,
        shop.order(),
        evidence=[{"id": evidence.uploaded(shop, evidence.picture())}],
    )
    folder = Path(settings.EVIDENCE_DIR, shop.row.pk.hex)
    away = folder.with_suffix(".away")
    folder.rename(away)
    for _ in range(10):  # more than the tries after which a file is given up
        world.quiet()
        world.clock.forward(minutes=13)

    (waiting,) = evidence.shown(shop, request)
    assert (waiting["status"], waiting["statusLabel"]) == ("STORED", "处理中")
    away.rename(folder)
    world.quiet()

    assert evidence.shown(shop, request)[0]["status"] == "READY"


def test_is_kept_as_it_came_only_until_it_was_made_anew(world: World) -> None:
    evidence.uploaded(world.shop, evidence.picture())
    key = Evidence.objects.get().original_key

    world.quiet()

    stored = StoredFile.objects.get(key=key)
    assert stored.delete_after == world.clock.now
    assert Evidence.objects.get().original_key == ""


def test_that_takes_too_long_is_given_up(world: World, settings: Any) -> None:
    settings.EVIDENCE_DECODE_SECONDS = 1
    content = videos.video(size=(1920, 1080), seconds=12, rate=30)

    found = worked(world.shop, content, "VIDEO")

    assert found["statusLabel"].startswith("视频处理超时")


def test_whose_decoding_is_killed_again_and_again_is_given_up(world: World) -> None:
    """As where the machine has not enough memory for it."""
    shop = world.shop
    given = [{"id": evidence.uploaded(shop, videos.video(size=(1920, 1080), seconds=8), "VIDEO")}]
    request = make.requested(shop, shop.order(), evidence=given)

    for left in reversed(range(8)):
        with killing_decoders():
            world.work()
        expected = "STORED" if left else "UNREADABLE"
        assert evidence.shown(shop, request)[0]["status"] == expected
        world.clock.forward(minutes=13)

    world.quiet()
    assert not OutboxMessage.objects.filter(done_at=None).exists()


@contextmanager
def killing_decoders() -> Iterator[None]:
    """Whatever child decodes is killed while the block runs, as the kernel does it."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            for child in psutil.Process().children():
                if "saleor_wechat_returns.media" in child.cmdline():
                    child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


def test_ends_right_wherever_its_worker_is_killed(world: World) -> None:
    shop = world.shop
    for at in range(1, MOST_CHANCES):
        killer = Killer(at)
        given = [{"id": evidence.uploaded(shop, evidence.picture())}]
        request = make.requested(shop, shop.order(), evidence=given)
        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=5, seconds=1)
        world.quiet()

        (found,) = evidence.shown(shop, request)
        assert found["status"] == "READY"
        assert evidence.get(shop, found["url"]).status_code == 200
        if not was_killed:
            break
    assert not was_killed
    assert killer.chances.count("commit") >= 4
    assert_files_are_known(shop, kept=2 * at)


def test_comes_in_once_wherever_its_web_process_is_killed(world: World) -> None:
    shop = world.shop
    for at in range(1, MOST_CHANCES):
        killer, ticket = Killer(at), evidence.ticket(shop)
        with killer.around(world), suppress(Killed), killer.awake():
            evidence.send(shop, ticket, evidence.picture())

        again = evidence.send(shop, ticket, evidence.picture())

        assert again.status in (200, 201)
        assert Evidence.objects.count() == at
        if len(killer.chances) < at:
            break
    assert len(killer.chances) < at
    world.quiet()
    assert_files_are_known(shop, kept=2 * at)


def assert_files_are_known(shop: TestShop, *, kept: int) -> None:
    """After the clock came by there are the files that rows name, and no other."""
    shop.world.clock.forward(hours=1)
    tasks.delete_files()
    folder = Path(settings.EVIDENCE_DIR)
    there = {path.relative_to(folder).as_posix() for path in (folder / shop.row.pk.hex).iterdir()}
    rows = Evidence.objects.values_list("shown_key", "thumbnail_key")
    assert there == {key for keys in rows for key in keys}
    assert there == set(StoredFile.objects.values_list("key", flat=True))
    assert len(there) == kept


def test_whose_decoder_dies_with_words_that_nobody_can_read_is_given_up(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback cut in the middle of a folder's Chinese name, or a file's own words."""
    decoder = tmp_path / "decoder"
    decoder.write_bytes(b"#!/bin/sh\ncat >/dev/null\nprintf '\\300\\257' >&2\nexit 1\n")
    decoder.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(decoder))

    assert worked(world.shop, evidence.picture())["status"] == "UNREADABLE"


def test_is_left_on_no_disk_by_a_worker_that_was_killed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, working, foreign = (
        tmp_path / name for name in ("returns-media-a", "returns-bundle-b", "others-c")
    )
    for folder in (killed, working, foreign):
        folder.mkdir()
        (folder / "original").write_bytes(evidence.picture())
    for folder in (killed, foreign):
        os.utime(folder, (0, 0))

    tasks.delete_files()

    assert sorted(tmp_path.iterdir()) == [foreign, working]

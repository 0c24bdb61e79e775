"""What was uploaded …"""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests import evidence, make, videos
from tests.world import World


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_becomes_a_picture_that_both_sides_see(world: World, form: str) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, evidence.picture(form=form))
    request = make.requested(shop, shop.order(), evidence=[{"id": id}])

    world.quiet()

    (found,) = evidence.shown(shop, request)
    assert (found["status"], found["width"], found["height"]) == ("READY", 640, 480)
    answer = evidence.get(shop, found["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, picture.size) == ("JPEG", (640, 480))
    small = Image.open(io.BytesIO(evidence.get(shop, found["thumbnailUrl"]).content))
    assert (small.format, small.size) == ("JPEG", (400, 300))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_becomes_a_video_that_every_phone_plays(world: World, codec: str) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, videos.video(codec=codec), "VIDEO")
    request = make.requested(shop, shop.order(), evidence=[{"id": id}])

    world.quiet()

    (found,) = evidence.shown(shop, request)
    assert (found["status"], found["statusLabel"]) == ("READY", "可查看")
    assert (found["width"], found["height"]) == (320, 240)
    told = videos.look_at(evidence.get(shop, found["url"]).content)
    assert (told.video, told.audio) == ("h264", "aac")

"""A link to evidence … (EC58)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from saleor_wechat_returns.models import Evidence
from tests import evidence, make, videos
from tests.world import TestShop, World


def ready(shop: TestShop, content: bytes | None = None, medium: str = "IMAGE") -> dict[str, Any]:
    """A return of Li's with one piece of evidence that can be seen."""
    id = evidence.uploaded(shop, content or evidence.picture(), medium)
    request = make.requested(shop, shop.order(), evidence=[{"id": id}])
    shop.world.quiet()
    return request


def link(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> str:
    (found,) = evidence.shown(shop, request, ask=ask)
    return str(found["url"])


def test_is_made_for_both_sides_of_the_return_and_nobody_else(world: World) -> None:
    shop = world.shop
    request = ready(shop)

    for ask in (shop.as_li, shop.as_clerk):
        assert evidence.get(shop, link(shop, request, ask=ask)).status_code == 200
    assert shop.as_wang(evidence.READ, id=request["id"]).data["returnRequest"] is None
    assert world.other_shop.as_clerk(evidence.READ, id=request["id"]).data["returnRequest"] is None


def test_is_made_for_the_uploader_before_anything_is_asked_for(world: World) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, evidence.picture())
    world.quiet()

    (own, wangs, staffs) = (
        ask(evidence.ONE, id=id).data["returnEvidence"]
        for ask in (shop.as_li, shop.as_wang, shop.as_clerk)
    )

    assert (own["status"], evidence.get(shop, own["url"]).status_code) == ("READY", 200)
    assert (wangs, staffs) == (None, None)
    make.requested(shop, shop.order(), evidence=[{"id": id}])
    assert shop.as_clerk(evidence.ONE, id=id).data["returnEvidence"]["status"] == "READY"
    assert world.other_shop.as_clerk(evidence.ONE, id=id).data["returnEvidence"] is None
    assert shop.as_li(evidence.ONE, id="x").data["returnEvidence"] is None


def test_shows_and_does_nothing_else(world: World) -> None:
    answer = evidence.get(world.shop, link(world.shop, ready(world.shop)))

    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    )
    assert answer.headers["content-length"] == str(len(answer.content))


def test_is_good_for_ten_minutes(world: World) -> None:
    url = link(world.shop, ready(world.shop))

    world.clock.forward(minutes=9, seconds=59)
    assert evidence.get(world.shop, url).status_code == 200
    world.clock.forward(seconds=1)
    assert evidence.get(world.shop, url).status_code == 404


def test_is_of_one_shop_and_cannot_be_changed(world: World) -> None:
    shop = world.shop
    url = link(shop, ready(shop))
    said, signature = url.rsplit(".", 1)
    altered = signature[:-1] + ("A" if signature[-1] != "A" else "E")
    other = world.other_shop.row.key

    for forged in (
        url.replace(shop.row.key, other),
        url.replace(shop.row.key, "nobody"),
        url.replace(".shown.", ".thumbnail."),
        url.replace(".customer.", ".staff."),
        f"{said[:-1]}9.{signature}",
        f"{said}.{altered}",
        f"{said}.",
        said,
    ):
        assert evidence.get(shop, forged).status_code == 404, forged


def test_to_something_risky_is_for_staff_alone(world: World) -> None:
    shop = world.shop
    request = ready(shop)
    before = link(shop, request)

    Evidence.objects.update(safety="risky")

    (hidden,) = evidence.shown(shop, request)
    assert (hidden["safety"], hidden["url"], hidden["thumbnailUrl"]) == ("RISKY", None, None)
    assert evidence.get(shop, before).status_code == 404
    assert evidence.get(shop, link(shop, request, ask=shop.as_clerk)).status_code == 200


def test_is_not_there_before_the_file_was_made_anew(world: World) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, evidence.picture())

    request = make.requested(shop, shop.order(), evidence=[{"id": id}])

    (found,) = evidence.shown(shop, request, ask=shop.as_clerk)
    assert (found["status"], found["url"], found["thumbnailUrl"]) == ("STORED", None, None)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, -1),
        ("bytes=-100", -100, -1),
        ("bytes=5-99999999", 5, -1),
        ("bytes=1-1", 1, 1),
    ],
)
def test_answers_the_part_that_a_player_asks_for(
    world: World, asked: str, first: int, last: int
) -> None:
    url = link(world.shop, ready(world.shop, videos.video(seconds=0.5), "VIDEO"))
    whole = evidence.get(world.shop, url).content
    size = len(whole)
    first, last = first % size, last % size

    answer = evidence.get(world.shop, url, Range=asked)

    assert answer.status_code == 206
    assert answer.content == whole[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=9-3", "rubbish", "bytes=1-x"]
)
def test_answers_the_whole_where_it_cannot_tell_the_part(world: World, asked: str) -> None:
    url = link(world.shop, ready(world.shop))

    answer = evidence.get(world.shop, url, Range=asked)

    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "bytes")


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_says_how_long_the_file_is_where_the_part_lies_behind_it(world: World, asked: str) -> None:
    url = link(world.shop, ready(world.shop))

    answer = evidence.get(world.shop, url, Range=asked)

    size = Evidence.objects.get().shown_size
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")


def test_answers_503_while_the_file_cannot_be_read(world: World) -> None:
    url = link(world.shop, ready(world.shop))
    file = Path(settings.EVIDENCE_DIR, Evidence.objects.get().shown_key)
    file.rename(file.with_suffix(".away"))

    assert evidence.get(world.shop, url).status_code == 503


def test_answers_its_headers_alone_when_asked_for_them(world: World) -> None:
    url = link(world.shop, ready(world.shop))

    answer = world.us.head(url.removeprefix(settings.PUBLIC_URL))

    size = Evidence.objects.get().shown_size
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(size)

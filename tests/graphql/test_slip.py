"""The slip for the parcel …"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests import make
from tests.qr import text_of
from tests.returning import WAREHOUSE, enter_address
from tests.world import World

READ = "query($id: ID) { returnRequest(id: $id) { slipUrl } }"
A_PICTURE = re.compile(r"<svg[^>]*>.*</svg>", re.DOTALL)


def link(world: World, request: dict[str, Any]) -> str | None:
    url = world.shop.as_li(READ, id=request["id"]).data["returnRequest"]["slipUrl"]
    return None if url is None else str(url)


def fetch(world: World, url: str) -> httpx.Response:
    return world.us.get(httpx.URL(url).raw_path.decode())


def test_shows_number_code_pieces_and_address_and_no_customer(world: World) -> None:
    enter_address(world.shop, note="不收<到付>件")
    order = world.shop.order()
    request = make.approved(world.shop, order, {0: 1, 1: 2})

    answer = fetch(world, link(world, request) or "")

    page = answer.text
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    shown = [request["number"], order.number, "连帽卫衣 Hoodie M", "HOODIE-M", "SHIRT-S"]
    shown += [str(WAREHOUSE[key]) for key in ("contactName", "phone", "streetAddress")]
    assert [text for text in [*shown, "不收&lt;到付&gt;件"] if text not in page] == []
    picture = A_PICTURE.search(page)
    assert picture is not None
    assert text_of(picture[0]) == request["number"]
    assert [text for text in ("li@example.com", "李", "太小了") if text in page] == []


def test_says_to_ask_where_the_shop_has_entered_no_address(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert "请向商家确认退货地址" in fetch(world, link(world, request) or "").text


@pytest.mark.parametrize("stage", [make.requested, make.received, make.rejected])
def test_is_there_only_while_goods_are_to_come(world: World, stage: Any) -> None:
    assert link(world, stage(world.shop, world.shop.order())) is None


def test_is_not_for_money_alone(world: World) -> None:
    request = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")

    assert link(world, request) is None


@pytest.mark.parametrize("trouble", ["over", "altered", "no longer", "another shop", "nonsense"])
def test_is_shown_by_no_link_that_is(world: World, trouble: str) -> None:
    request = make.approved(world.shop, world.shop.order())
    url = link(world, request) or ""
    match trouble:
        case "over":
            world.clock.forward(minutes=11)
        case "altered":
            url = url[:-1] + ("A" if url[-1] != "A" else "B")
        case "no longer":
            world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())
        case "another shop":
            url = url.replace(world.shop.row.key, world.other_shop.row.key)
        case "nonsense":
            url = f"{url.rpartition('/')[0]}/%00.x"

    answer = fetch(world, url)

    assert (answer.status_code, answer.content) == (404, b"")

"""The pages in the Dashboard …"""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.world import World

LIST = "/dashboard/content/returns/"
ORDER = "/dashboard/content/order/"


def _get(world: World, path: str, token: str | None = None, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return world.us.get(path, params=query, headers=headers)


@pytest.mark.parametrize("path", ["/dashboard/returns/", "/dashboard/order/"])
def test_begin_as_shells_that_hold_nothing_of_a_shop(world: World, path: str) -> None:
    make.requested(world.shop, world.shop.order())

    shell = _get(world, path, saleorApiUrl="https://evil.example/graphql/", orderId="x")

    assert shell.status_code == 200
    assert "/dashboard/static/bridge.js" in shell.text
    assert "R2026" not in shell.text
    assert "evil" not in shell.text


def test_may_be_framed_by_dashboards_and_run_only_our_script(world: World) -> None:
    shell = _get(world, "/dashboard/returns/")

    assert "X-Frame-Options" not in shell.headers
    policy = shell.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https:")
    assert "script-src 'self';" in policy
    assert "Set-Cookie" not in shell.headers


def test_show_staff_the_shops_returns_newest_first(world: World) -> None:
    shop = world.shop
    first = make.requested(shop, shop.order())
    second = make.inspected(shop, shop.order(), {1: 2})
    foreign = make.requested(world.other_shop, world.other_shop.order())

    page = _get(world, LIST, shop.saleor.dashboard_token(shop.clerk, shop.app))

    assert page.status_code == 200
    assert page.text.index(second["number"]) < page.text.index(first["number"])
    assert foreign["number"] not in page.text
    assert "待审核" in page.text
    assert "T恤 T-shirt S × 2" in page.text
    assert "199.80" in page.text


def test_tell_the_time_of_the_shop(world: World) -> None:
    """02:00 UTC is ten o'clock in Shanghai."""
    shop = world.shop
    make.requested(shop, shop.order())
    ReturnRequest.objects.update(created_at=world.clock.now)

    page = _get(world, LIST, shop.saleor.dashboard_token(shop.clerk, shop.app))

    assert "10:00" in page.text


def test_show_the_returns_of_one_order_only(world: World) -> None:
    shop = world.shop
    order = shop.order()
    mine = make.requested(shop, order)
    other = make.requested(shop, shop.order())

    token = shop.saleor.dashboard_token(shop.clerk, shop.app)
    page = _get(world, ORDER, token, orderId=order.id)

    assert mine["number"] in page.text
    assert other["number"] not in page.text


def test_speak_the_language_of_the_dashboard(world: World) -> None:
    shop = world.shop
    make.requested(shop, shop.order())
    token = shop.saleor.dashboard_token(shop.clerk, shop.app)

    assert "Waiting for review" in _get(world, LIST, token, locale="en").text
    assert "待审核" in _get(world, LIST, token, locale="zh-Hant").text


def test_escape_what_a_shop_calls_its_goods(world: World) -> None:
    shop = world.shop
    order = shop.order()
    order.lines[0].product_name = "<script>alert(1)</script>"
    make.requested(shop, order)

    page = _get(world, LIST, shop.saleor.dashboard_token(shop.clerk, shop.app))

    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_are_shut_to_everybody_else(world: World) -> None:
    shop = world.shop
    number = make.requested(shop, shop.order())["number"]
    saleor = shop.saleor
    tokens = [
        None,
        "rubbish",
        saleor.user_token(shop.li),
        saleor.user_token(shop.clerk),
        saleor.dashboard_token(shop.packer, shop.app),
        saleor.dashboard_token(shop.clerk, shop.app, lifetime=timedelta(minutes=-1)),
        saleor.dashboard_token(shop.clerk, shop.app, app="QXBwOjk5"),
        saleor.dashboard_token(shop.clerk, shop.app, iss="https://shop-b.example/graphql/"),
    ]

    for token in tokens:
        page = _get(world, LIST, token)
        assert page.status_code == 401
        assert number not in page.text


def test_serve_their_two_files_and_no_other(world: World) -> None:
    assert (
        _get(world, "/dashboard/static/bridge.js")
        .headers["Content-Type"]
        .startswith("text/javascript")
    )
    assert _get(world, "/dashboard/static/app.css").status_code == 200
    assert _get(world, "/dashboard/static/..%2Fviews.py").status_code == 404

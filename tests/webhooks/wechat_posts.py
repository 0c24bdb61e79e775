"""What WeChat Pay posts to us."""

from __future__ import annotations

from typing import Any

import httpx

from tests import make
from tests.world import TestShop


def refund_accepted(shop: TestShop) -> tuple[Any, dict[str, Any], str]:
    """An order, its return of one hoodie, and the number WeChat Pay works at."""
    order = shop.order()
    request = make.inspected(shop, order)
    shop.world.quiet()
    number = f"{request['number']}-1-1"
    assert number in {refund.out_refund_no for refund in shop.world.wechat.refunds}
    return order, request, number


def post_notice(shop: TestShop, notice: tuple[dict[str, str], bytes]) -> httpx.Response:
    headers, body = notice
    return shop.world.us.post(
        f"/s/{shop.row.key}/wechat-pay/refund/", content=body, headers=headers
    )


def post_payment_notice(shop: TestShop, notice: tuple[dict[str, str], bytes]) -> httpx.Response:
    headers, body = notice
    return shop.world.us.post(
        f"/s/{shop.row.key}/wechat-pay/payment/", content=body, headers=headers
    )

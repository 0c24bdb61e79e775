"""The walks of tests/make.py, in a real shop: all they need of a shop is `as_li` and `as_clerk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from saleor_wechat_returns.models import Refund
from tests import make
from tests.live.live_shop import LiveOrder, LiveShop
from tests.world import Answer

Walk = Callable[..., dict[str, Any]]

requested: Walk = make.requested
received: Walk = make.received
inspected: Walk = make.inspected
read: Walk = make.read
settle: Callable[..., Answer] = make.settle
retry: Callable[..., Answer] = make.retry
tasks: Callable[..., list[tuple[str, str]]] = make.tasks


def accept(shop: LiveShop, order: LiveOrder, request: dict[str, Any]) -> dict[str, Any]:
    """Staff accept the one piece of the first line that lies before them."""
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    version = read(shop, request)["version"]
    return shop.as_clerk(make.INSPECT, id=request["id"], version=version, lines=lines).request


def is_reporting(request: dict[str, Any]) -> bool:
    """Is Saleor still being told how a refund of the return ended?"""
    return bool(Refund.objects.filter(request__number=request["number"], running=True).exists())

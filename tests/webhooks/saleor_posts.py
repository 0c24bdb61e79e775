"""What Saleor posts to us, as it is, altered and signed anew, or not signed at all."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests import make
from tests.world import TestShop

REFUND_REQUESTED = "TRANSACTION_REFUND_REQUESTED"


def refund_asked(shop: TestShop) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """An order, its accepted return of one hoodie, and the webhook Saleor has not yet sent."""
    order = shop.order()
    request = make.inspected(shop, order)
    shop.world.work()
    return order, request, latest_webhook(shop)


def latest_webhook(shop: TestShop, event: str = REFUND_REQUESTED) -> dict[str, Any]:
    payload = shop.saleor.delivered(event)[-1].payload
    return dict(payload)


def forget_deliveries(shop: TestShop) -> None:
    """Saleor never sends what it has queued: the test does it instead."""
    for delivery in shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)


def post(
    shop: TestShop,
    event: Any,
    *,
    to: str = "refund-requested",
    signed_by: TestShop | None = None,
    **headers: str,
) -> httpx.Response:
    """Post `event` (data, or raw bytes) as Saleor would, signed over exactly these bytes."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    usual = {
        "Saleor-Api-Url": shop.saleor.world.api_url,
        "Saleor-Signature": (signed_by or shop).saleor.keys.sign_payload(body),
        "Content-Type": "application/json",
    }
    renamed = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.world.us.post(f"/saleor/{to}/", content=body, headers={**usual, **renamed})


def changed(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the event with another value at `a.b.c`."""
    copy: dict[str, Any] = json.loads(json.dumps(event))
    *parents, name = path.split(".")
    node = copy
    for parent in parents:
        node = node[parent]
    node[name] = value
    return copy


def without(event: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of the event that lacks `a.b.c`."""
    copy: dict[str, Any] = json.loads(json.dumps(event))
    *parents, name = path.split(".")
    node = copy
    for parent in parents:
        node = node[parent]
    del node[name]
    return copy

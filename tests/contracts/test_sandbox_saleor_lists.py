"""Recorded lists of orders: which are in, in which order, and how many there are in all.

The recorded shop had more orders than the lists show; others stand in for those.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.sandbox.saleor.people import User
from saleor_wechat_returns.sandbox.saleor.world import (
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderEvent,
    OrderLine,
)
from tests.contracts import recordings
from tests.contracts.recordings import LI, Lab
from tests.contracts.test_sandbox_saleor_lab import Step, Story, play, tell

LONG_AGO = datetime.fromisoformat("2026-11-23T01:00:00+00:00")


def nodes(name: str) -> list[dict[str, Any]]:
    """The orders of a recorded answer, as they were listed."""
    data = recordings.load(name).answer["data"]
    listed = data["me"]["orders"] if "me" in data else data["orders"]
    return [edge["node"] for edge in listed["edges"]]


def add_order(lab: Lab, node: dict[str, Any], user: User | None) -> Order:
    """An order with what the list says about it, and plain defaults."""
    world = lab.shop.world
    changed = node.get("updatedAt")
    order = Order(
        id=node.get("id") or world.ids.random("Order"),
        number=node["number"],
        created=datetime.fromisoformat(node["created"]) if "created" in node else LONG_AGO,
        updated_at=datetime.fromisoformat(changed) if changed else LONG_AGO,
        currency="CNY",
        channel_slug="cn",
        total=Decimal(str(node["total"]["gross"]["amount"])) if "total" in node else Decimal(1),
        shipping_price=Decimal(0),
        status=node.get("status", "UNFULFILLED"),
        charge_status=node.get("chargeStatus", "NONE"),
        user=user,
        user_email=user.email if user else "",
    )
    order.lines = [_line(lab, order, line) for line in node.get("lines", ())]
    order.fulfillments = [_fulfillment(lab, order, f) for f in node.get("fulfillments", ())]
    order.events = [
        OrderEvent(world.ids.numbered("OrderEvent"), order, event["type"], LONG_AGO)
        for event in node.get("events", ())
    ]
    world.orders.append(order)
    return order


def _line(lab: Lab, order: Order, given: dict[str, Any]) -> OrderLine:
    variant = lab.shop.world.find(given["variant"]["id"]) if "variant" in given else None
    return OrderLine(
        id=given["id"],
        order=order,
        product_name=given.get("productName", ""),
        variant_name="",
        product_sku=None,
        quantity=given.get("quantity", 1),
        unit_price=Decimal(1),
        total_price=Decimal(1),
        undiscounted_unit_price=Decimal(1),
        variant=variant,
    )


def _fulfillment(lab: Lab, order: Order, given: dict[str, Any]) -> Fulfillment:
    fulfillment = Fulfillment(
        id=lab.shop.world.ids.numbered("Fulfillment"),
        order=order,
        fulfillment_order=1,
        status="FULFILLED",
        created=LONG_AGO,
    )
    lines = {line.id: line for line in order.lines}
    fulfillment.lines = [
        FulfillmentLine(line["id"], fulfillment, lines[line["orderLine"]["id"]], 1)
        for line in given["lines"]
    ]
    return fulfillment


def listed(name: str) -> Step:
    """Li orders what the list shows, which is the newest first."""

    def act(lab: Lab) -> None:
        li = lab.shop.world.find(LI)
        for number, node in enumerate(reversed(nodes(name)), 100):
            add_order(lab, {"number": str(number), **node}, li)

    return Step(act)


def others(count: int, *, of_li: bool, **details: Any) -> Step:
    """More orders, numbered from 1."""

    def act(lab: Lab) -> None:
        owner = lab.shop.world.find(LI) if of_li else None
        for number in range(1, count + 1):
            add_order(lab, {"number": str(number), **details}, owner)

    return Step(act)


AFTERWARDS = (LONG_AGO + timedelta(hours=1)).isoformat()

STORIES: dict[str, Story] = {
    "orders of one e-mail address": [
        others(7, of_li=True),
        others(3, of_li=False),
        listed("139-"),
        play("139-orders-list-filter"),
    ],
    "a customer's own orders": [
        others(17, of_li=True),
        others(3, of_li=False),
        listed("220-"),
        play("220-customer-me-orders"),
    ],
    "orders with what belongs to them": [
        listed("240-"),
        play("240-cost-example"),
    ],
    "orders changed since a time, the longest unchanged first": [
        others(9, of_li=True, updatedAt=AFTERWARDS),
        others(3, of_li=True),
        listed("340-"),
        play("340-orders-updated-since"),
    ],
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])

"""When the customer had a parcel, as staff report it, …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboundDelivery
from tests.usecases.allowed import answer as returnable
from tests.usecases.allowed import one_hoodie
from tests.usecases.unchanged import nothing_changes, rows_stay
from tests.world import Answer, TestShop, World

REPORT = """mutation($order: ID!, $fulfillment: ID!, $at: DateTime!) {
  returnOutboundSignedReport(orderId: $order, fulfillmentId: $fulfillment, signedAt: $at) {
    signedAt errors { field code } } }"""


def report(shop: TestShop, order: Any, at: Any, **changes: Any) -> Answer:
    named = {"order": order.id, "fulfillment": order.fulfillments[0].id, "at": at.isoformat()}
    return shop.as_clerk(REPORT, **(named | changes))


def test_begins_the_days_to_return_it(world: World) -> None:
    """EC53"""
    order = one_hoodie(world)
    before = returnable(world, order)
    world.clock.forward(days=2)

    said = report(world.shop, order, world.clock.now - timedelta(days=1))

    assert said.payload["errors"] == []
    after = returnable(world, order)
    # Monday the 23rd and five days of grace; signed for on Tuesday the 24th.
    assert (before["isReckoned"], before["lastDay"]) == (True, "2026-12-13")
    assert (after["isReckoned"], after["lastDay"]) == (False, "2026-12-09")
    assert OutboundDelivery.objects.get().reported_by == world.shop.clerk.id


def test_may_be_corrected(world: World) -> None:
    order = one_hoodie(world)
    world.clock.forward(days=2)
    report(world.shop, order, world.clock.now - timedelta(days=1))

    report(world.shop, order, world.clock.now)

    assert OutboundDelivery.objects.get().signed_at == world.clock.now


@pytest.mark.parametrize("away", [timedelta(seconds=1), timedelta(seconds=-1)])
def test_is_between_the_dispatch_and_now(world: World, away: timedelta) -> None:
    order = one_hoodie(world)

    with nothing_changes(world, reads=1):
        said = report(world.shop, order, world.clock.now + away)

    assert said.refusals == [("SIGNED_TIME_OUT_OF_RANGE", "signedAt")]


def test_is_of_a_fulfilment_of_that_order(world: World) -> None:
    order, other = one_hoodie(world), one_hoodie(world)

    with nothing_changes(world, reads=1):
        said = report(world.shop, order, world.clock.now, fulfillment=other.fulfillments[0].id)

    assert said.refusals == [("NOT_FOUND", "fulfillmentId")]


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after_accept", "http_500"])
def test_waits_for_saleor(world: World, fault: str) -> None:
    order = one_hoodie(world)
    world.shop.saleor.faults.add(fault, "order")

    with rows_stay():
        said = report(world.shop, order, world.clock.now)

    assert said.refusals == [("SALEOR_UNAVAILABLE", None)]


def test_waits_for_a_saleor_that_knows_our_app(world: World) -> None:
    order = one_hoodie(world)
    world.shop.saleor.deactivate_app(world.shop.app)

    said = report(world.shop, order, world.clock.now)

    assert said.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert OutboundDelivery.objects.count() == 0


def test_is_no_affair_of_customers(world: World) -> None:
    order = one_hoodie(world)
    named = {"order": order.id, "fulfillment": order.fulfillments[0].id}

    with nothing_changes(world):
        said = world.shop.as_li(REPORT, at=world.clock.now.isoformat(), **named)

    assert said.refusals == [("FORBIDDEN", None)]

"""What WeChat Pay refuses for good ends with staff, and never in between (EC37) …"""

from __future__ import annotations

from typing import Any

from tests import make
from tests.world import World


def test_a_refund_more_than_a_year_after_the_payment(world: World) -> None:
    order = world.shop.order()
    world.clock.forward(days=366)
    order.fulfillments[0].created = world.clock.now  # it was ordered long before there were any

    request = make.inspected(world.shop, order)
    world.run(minutes=30)

    assert_left_to_staff(world, order, request)


def test_the_fifty_first_part_of_one_payment(world: World) -> None:
    order = world.shop.order()
    for _ in range(50):
        world.wechat.refund_in_console(order.transactions[0].psp_reference, 1)
        world.clock.forward(minutes=2)

    request = make.inspected(world.shop, order)
    world.run(minutes=30)

    assert_left_to_staff(world, order, request)


def assert_left_to_staff(world: World, order: Any, request: dict[str, Any]) -> None:
    """Nothing was paid, Saleor knows that it failed, and staff can pay it another way."""
    (transaction,) = order.transactions
    assert (transaction.refunded, transaction.refund_pending) == (0, 0)
    assert [grant.status for grant in order.granted_refunds] == ["FAILURE"]
    ((kind, detail),) = make.tasks(world.shop, request)
    assert kind == "REFUND_REJECTED"
    assert detail.startswith("INVALID_REQUEST")
    assert make.settle(world.shop, request).request["status"] == "REFUNDED"

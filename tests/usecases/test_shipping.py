"""Outbound shipping …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnRequest
from tests import evidence, make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_settled
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, TestShop, World

EVERYTHING = {0: 2, 1: 3}  # 697.70 of goods, 12.00 of shipping


def inspect(
    shop: TestShop, order: Any, request: dict[str, Any], accepted: dict[int, int], **more: Any
) -> Any:
    lines = [
        {"orderLineId": order.lines[at].id, "acceptedQuantity": count}
        for at, count in accepted.items()
    ]
    version = make.read(shop, request)["version"]
    return shop.as_clerk(
        INSPECT_WITH_SHIPPING, id=request["id"], version=version, lines=lines, **more
    )


INSPECT_WITH_SHIPPING = make.INSPECT.replace(
    "$version: Int!,", "$version: Int!, $shipping: Boolean,"
).replace("lines: $lines", "lines: $lines, refundShipping: $shipping")


def promised(request: dict[str, Any]) -> tuple[int, int]:
    return request["promisedAmount"]["fen"], request["shippingAmount"]["fen"]


def test_goes_back_with_the_whole_order(world: World) -> None:
    """EC25."""
    order = world.shop.order()

    request = make.inspected(world.shop, order, EVERYTHING)
    world.run()

    assert promised(request) == (70970, 1200)
    (granted,) = order.granted_refunds
    assert (granted.amount, granted.shipping_costs_included) == (Decimal("709.70"), True)
    assert order.transactions[0].refunded == Decimal("709.70")
    assert_settled(world.shop, request)


def test_stays_when_only_part_of_the_order_comes_back(world: World) -> None:
    order = world.shop.order()

    request = make.inspected(world.shop, order, {0: 2})
    world.run()

    assert promised(request) == (39800, 0)
    assert order.granted_refunds[0].shipping_costs_included is False
    assert order.transactions[0].refunded == 398


@pytest.mark.parametrize("reason", ["quality_defect", "wrong_or_missing", "not_as_described"])
def test_goes_back_with_one_piece_where_the_shop_is_at_fault(world: World, reason: str) -> None:
    """EC25."""
    order = world.shop.order()

    request = make.inspected(world.shop, order, **evidence.of_fault(world.shop, reason))
    world.run()

    assert promised(request) == (21100, 1200)
    assert order.transactions[0].refunded == 211
    assert_settled(world.shop, request)


def test_goes_back_once_whichever_return_completes_the_order(world: World) -> None:
    """EC25."""
    order = world.shop.order()
    first = make.received(world.shop, order, {0: 2})
    second = make.received(world.shop, order, {1: 3})
    assert [promised(first), promised(second)] == [(39800, 0), (31170, 1200)]

    decided_first = inspect(world.shop, order, second, {1: 3}).request
    completing = inspect(world.shop, order, first, {0: 2}).request
    world.run(minutes=30)

    # Whether the first return would be accepted was not known yet.
    assert decided_first["shippingAmount"]["fen"] == 0
    assert completing["shippingAmount"]["fen"] == 1200
    assert order.transactions[0].refunded == Decimal("709.70")
    assert ReturnRequest.objects.filter(shipping_fen__gt=0).count() == 1


def test_goes_back_once_though_the_order_was_sent_in_parts(world: World) -> None:
    """EC25: one hoodie was sent and comes back, the other is refunded before it was sent."""
    order = world.shop.order([HOODIE], fulfilled={HOODIE.sku: 1})
    unsent = make.requested(world.shop, order, {0: 1}, kind="REFUND_ONLY")
    world.shop.as_clerk(make.APPROVE, id=unsent["id"], version=unsent["version"])
    world.run()
    assert order.transactions[0].refunded == 199

    sent = make.inspected(world.shop, order, {0: 1})
    world.run()

    assert sent["shippingAmount"]["fen"] == 1200
    assert order.transactions[0].refunded == 410  # 2 x 199.00 + 12.00


def test_goes_back_once_though_two_returns_are_the_shops_fault(world: World) -> None:
    """EC25."""
    order = world.shop.order()

    for at in (0, 1):
        make.inspected(world.shop, order, {at: 1}, **evidence.of_fault(world.shop))
    world.run(minutes=30)

    assert order.transactions[0].refunded == Decimal("310.90")  # 199.00 + 99.90 + 12.00


def test_is_free_again_when_its_return_comes_to_nothing(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order, **evidence.of_fault(world.shop))
    world.shop.as_clerk(make.REJECT, id=request["id"], version=1, why="不符合条件")

    again = make.requested(world.shop, order, **evidence.of_fault(world.shop))

    assert promised(again) == (21100, 1200)


def test_stays_when_the_inspection_leaves_a_piece_with_the_customer(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, EVERYTHING)

    decided = inspect(world.shop, order, request, {0: 1, 1: 3}).request
    make.agree(world.shop, decided)
    world.run()

    assert decided["shippingAmount"]["fen"] == 0
    assert order.transactions[0].refunded == Decimal("498.70")


@pytest.mark.parametrize(("wish", "refunded"), [(True, "211.00"), (False, "199.00")])
def test_goes_as_staff_wish(world: World, wish: bool, refunded: str) -> None:
    order = world.shop.order()
    reason = {} if wish else evidence.of_fault(world.shop)
    request = make.received(world.shop, order, **reason)

    inspected = inspect(world.shop, order, request, {0: 1}, shipping=wish).request
    # What was promised and is kept after all, the customer is asked about first.
    assert inspected["status"] == ("REFUNDING" if wish else "INSPECTED")
    make.agree(world.shop, inspected)
    world.run()

    assert order.transactions[0].refunded == Decimal(refunded)


def test_cannot_be_wished_twice(world: World) -> None:
    order = world.shop.order()
    make.inspected(world.shop, order, **evidence.of_fault(world.shop))
    request = make.received(world.shop, order, {1: 1})

    with nothing_changes(world):
        answer = inspect(world.shop, order, request, {1: 1}, shipping=True)

    assert answer.refusals == [("SHIPPING_NOT_REFUNDABLE", "refundShipping")]


def test_is_not_promised_where_staff_granted_it_in_saleor(world: World) -> None:
    order = world.shop.order()
    cashier.grant_shipping(world.shop, order, "12.00")

    request = make.requested(world.shop, order, **evidence.of_fault(world.shop))

    assert promised(request) == (19900, 0)


def test_granted_by_staff_meanwhile_is_dropped_when_staff_try_again(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order, **evidence.of_fault(world.shop))
    cashier.grant_shipping(world.shop, order, "12.00")
    world.wait(minutes=2)
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["GRANT_REFUSED"]

    make.retry(world.shop, request)
    world.run()

    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


def test_of_an_order_refunded_before_it_was_sent_goes_back(world: World) -> None:
    order = world.shop.order(fulfilled=None)
    request = make.requested(world.shop, order, EVERYTHING, kind="REFUND_ONLY")

    world.shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    world.run()

    assert order.transactions[0].refunded == Decimal("709.70")
    assert_settled(world.shop, request)

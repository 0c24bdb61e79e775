"""Every kind of order: who pays the refund, what Saleor shows, what customer and staff read.

The table in the README says the same; each of its rows is one story here, in two shops that share
a merchant number.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.sandbox.saleor.seed_payments import (
    PaidByGiftCard,
    PaidWithOldPayment,
    Paying,
)
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases.paid_once import assert_settled
from tests.world import TestShop, World

STRIPE = "saleor.app.payment.stripe"
EVERYTHING = {0: 2, 1: 3}


@pytest.fixture(params=["one shop", "the other"])
def shop(request: pytest.FixtureRequest, world: World) -> TestShop:
    return world.shop if request.param == "one shop" else world.other_shop


def returned(shop: TestShop, paid_with: Sequence[Paying]) -> tuple[Any, dict[str, Any]]:
    """An order so paid, all of it sent back and accepted, and time enough for the money."""
    order = shop.order(paid_with=list(paid_with))
    request = make.inspected(shop, order, EVERYTHING)
    shop.world.run(minutes=30)
    return order, make.read(shop, request)


def grants(order: Any) -> list[tuple[str, Decimal]]:
    return [(grant.status, grant.amount) for grant in order.granted_refunds]


def assert_left_to_staff(shop: TestShop, request: dict[str, Any], kind: str, fen: int) -> None:
    """The customer reads that it needs attention; staff what to do, and it ends when they did."""
    assert request["status"] == "REFUND_FAILED"
    assert [task["kind"] for task in request["tasks"]] == [kind]
    at = next(n for n, r in enumerate(request["refunds"]) if r["status"] == "PLANNED")
    assert request["refunds"][at]["amount"]["fen"] == fen
    settled = make.settle(shop, request, at=at, reference="paid at the counter, receipt 7")
    assert settled.request["status"] == "REFUNDED"
    assert settled.request["tasks"] == []


def test_one_payment_of_ours(shop: TestShop) -> None:
    order, request = returned(shop, [PaidWith(IDENTIFIER, "42000000002026000001")])

    assert grants(order) == [("SUCCESS", Decimal("709.70"))]
    assert order.status == "RETURNED"
    assert_settled(shop, request)


def test_several_payments_of_ours(shop: TestShop) -> None:
    order, request = returned(
        shop,
        [
            PaidWith(IDENTIFIER, "42000000002026000001", "300.00"),
            PaidWith(IDENTIFIER, "42000000002026000002"),
        ],
    )

    assert grants(order) == [("SUCCESS", Decimal("409.70")), ("SUCCESS", Decimal("300.00"))]
    assert_settled(shop, request)


def test_a_payment_of_another_app(shop: TestShop) -> None:
    shop.saleor.add_payment_app(STRIPE)

    order, request = returned(shop, [PaidWith(STRIPE, "pi_1")])

    assert grants(order) == [("SUCCESS", Decimal("709.70"))]
    assert shop.world.wechat.calls == []
    assert_settled(shop, request)


def test_a_payment_that_staff_recorded(shop: TestShop) -> None:
    order, request = returned(shop, [PaidWith(None, "cash")])

    assert grants(order) == []
    assert_left_to_staff(shop, request, "PAYMENT_NOT_OURS", 70970)
    assert order.transactions[0].refunded == 0  # nobody may report on it; staff write it down there


def test_a_payment_whose_app_is_gone(shop: TestShop) -> None:
    app = shop.saleor.add_payment_app(STRIPE)
    order = shop.order(paid_with=[PaidWith(STRIPE, "pi_1")])
    shop.saleor.uninstall_app(app.app)

    request = make.inspected(shop, order, EVERYTHING)
    shop.world.run(minutes=30)

    assert_left_to_staff(shop, make.read(shop, request), "PAYMENT_NOT_OURS", 70970)


def test_a_payment_of_the_api_before_transactions(shop: TestShop) -> None:
    order, request = returned(shop, [PaidWithOldPayment("mirumee.payments.dummy", "old-1")])

    assert grants(order) == []
    assert_left_to_staff(shop, request, "NO_PAYMENT_LEFT", 70970)


def test_paid_in_part_by_gift_card(shop: TestShop) -> None:
    """EC28."""
    order, request = returned(
        shop, [PaidByGiftCard("GIFT-1", "100.00"), PaidWith(IDENTIFIER, "42000000002026000001")]
    )

    assert grants(order) == [("SUCCESS", Decimal("609.70"))]
    assert order.transactions[0].refunded == Decimal("609.70")
    assert_left_to_staff(shop, request, "NO_PAYMENT_LEFT", 10000)


def test_paid_in_part(shop: TestShop) -> None:
    """EC29."""
    order, request = returned(shop, [PaidWith(IDENTIFIER, "42000000002026000001", "600.00")])

    assert grants(order) == [("SUCCESS", Decimal("600.00"))]
    assert_left_to_staff(shop, request, "NO_PAYMENT_LEFT", 10970)


def test_paid_too_much(shop: TestShop) -> None:
    """EC29: what the pieces cost goes back; what was paid beyond is no return's affair."""
    order, request = returned(shop, [PaidWith(IDENTIFIER, "42000000002026000001", "800.00")])

    assert grants(order) == [("SUCCESS", Decimal("709.70"))]
    assert shop.world.wechat.refunded_fen("42000000002026000001") == 70970
    assert_settled(shop, request)


def test_not_paid(shop: TestShop) -> None:
    order = shop.order(paid_with=[])

    answer = shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())

    assert answer.refusals == [("ORDER_NOT_PAID", "orderId")]
    assert "没有可退的款项" in answer.payload["errors"][0]["message"]


def test_from_before_the_installation(world: World) -> None:
    """Paid through an app of ours whose row is long gone, and returned now."""
    shop = world.shop
    order = shop.order()
    shop.saleor.uninstall_app(shop.app)
    shop.install()

    request = make.inspected(shop, order, EVERYTHING)
    world.run(minutes=30)

    assert_settled(shop, request)

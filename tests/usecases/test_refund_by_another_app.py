"""A refund on another app's transaction …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import ForeignPaymentApp, PaidWith
from saleor_wechat_returns.sandbox.saleor.foreign_app import Manner
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases.paid_once import assert_settled
from tests.world import World

STRIPE = "saleor.app.payment.stripe"


@pytest.fixture
def app(world: World) -> ForeignPaymentApp:
    return world.shop.saleor.add_payment_app(STRIPE)


def order_paid_by(world: World, *apps: str) -> Any:
    amounts = ("300.00", "409.70") if len(apps) > 1 else ("709.70",)
    return world.shop.order(
        paid_with=[
            PaidWith(app, f"4200000000202600000{n}", amount)
            for n, (app, amount) in enumerate(zip(apps, amounts, strict=True))
        ]
    )


def test_is_paid_by_that_app_and_ends_with_its_grant(world: World, app: ForeignPaymentApp) -> None:
    order = order_paid_by(world, STRIPE)

    request = make.inspected(world.shop, order)
    world.run()

    assert len(app.heard) == 1
    assert [(g.status, g.amount) for g in order.granted_refunds] == [("SUCCESS", 199)]
    assert order.transactions[0].refunded == 199
    assert world.wechat.calls == []
    assert_settled(world.shop, request)


def test_needs_no_merchant_of_ours(world: World, app: ForeignPaymentApp) -> None:
    order = order_paid_by(world, STRIPE)
    world.shop.forget_merchants()

    request = make.inspected(world.shop, order)
    world.run()

    assert_settled(world.shop, request)


def test_waits_as_long_as_that_app_takes(world: World, app: ForeignPaymentApp) -> None:
    app.manner = Manner.ACCEPT
    order = order_paid_by(world, STRIPE)
    request = make.inspected(world.shop, order)
    world.wait(minutes=60)
    assert make.read(world.shop, request)["status"] == "REFUNDING"

    app.finish()
    world.run(minutes=60)

    assert len(app.heard) == 1
    assert_settled(world.shop, request)


def test_that_takes_days_is_put_before_staff(world: World, app: ForeignPaymentApp) -> None:
    app.manner = Manner.ACCEPT
    order = order_paid_by(world, STRIPE)
    request = make.inspected(world.shop, order)
    world.quiet()

    for _ in range(10):
        world.clock.forward(hours=6)
        world.quiet()

    assert make.tasks(world.shop, request) == [
        ("STUCK", "the transaction's own app has not answered")
    ]
    app.finish()
    for _ in range(3):
        world.clock.forward(hours=6)
        world.quiet()
    assert_settled(world.shop, request)


@pytest.mark.parametrize("manner", [Manner.FAIL, Manner.GARBAGE, Manner.UNREACHABLE])
def test_that_fails_is_a_task_and_can_be_tried_again(
    world: World, app: ForeignPaymentApp, manner: Manner
) -> None:
    app.manner = manner
    order = order_paid_by(world, STRIPE)
    request = make.inspected(world.shop, order)
    world.run()
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_REJECTED"]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"

    app.manner = Manner.SUCCEED
    make.retry(world.shop, request).request  # noqa: B018 - asserts that it was taken
    world.run()

    assert len(order.granted_refunds) == 1  # the failed grant is used again
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


def test_whose_app_is_gone_is_left_to_staff(world: World, app: ForeignPaymentApp) -> None:
    order = order_paid_by(world, STRIPE)
    world.shop.saleor.uninstall_app(app.app)

    request = make.inspected(world.shop, order)
    world.run()

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["PAYMENT_NOT_OURS"]
    assert not Refund.objects.filter(running=True).exists()


def test_that_pays_less_than_was_owed_is_told(world: World, app: ForeignPaymentApp) -> None:
    app.manner = Manner.ACCEPT
    order = order_paid_by(world, STRIPE)
    request = make.inspected(world.shop, order)
    world.quiet()

    app.heard[-1]["action"]["amount"] = 150
    app.finish()
    world.run(minutes=60)

    assert make.tasks(world.shop, request) == [
        (
            "SALEOR_TOTALS_DIFFER",
            "the transaction's own app paid 15000 fen, owed were 19900",
        )
    ]


def test_stands_beside_one_of_ours(world: World, app: ForeignPaymentApp) -> None:
    order = order_paid_by(world, STRIPE, IDENTIFIER)
    theirs, ours = order.transactions

    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    world.run(minutes=30)

    assert (ours.refunded, theirs.refunded) == (Decimal("409.70"), Decimal("88.20"))
    assert [len(g.lines) for g in order.granted_refunds] == [2, 0]
    assert_settled(world.shop, request)


def test_survives_a_lost_answer_to_every_call(world: World, app: ForeignPaymentApp) -> None:
    order = order_paid_by(world, STRIPE)
    faults = world.shop.saleor.faults
    for field in (
        "orderFulfillmentReturnProducts",
        "orderGrantRefundCreate",
        "transactionRequestRefundForGrantedRefund",
    ):
        faults.add("timeout_after_accept", field)

    request = make.inspected(world.shop, order)
    world.run(minutes=60)

    assert len(app.heard) == 1
    assert_settled(world.shop, request)
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


def test_under_way_is_not_paid_from_another_payment_when_staff_say_go_on(
    world: World, app: ForeignPaymentApp
) -> None:
    """That app's request has taken the money off the charge, which is not a lack of money."""
    app.manner = Manner.ACCEPT
    order = order_paid_by(world, IDENTIFIER, STRIPE)
    ours, theirs = order.transactions
    request = make.inspected(world.shop, order, {0: 2})
    world.wait(minutes=3)
    assert (theirs.charged, theirs.refund_pending) == (Decimal("11.70"), 398)

    answer = make.retry(world.shop, request)
    world.wait(minutes=3)
    app.finish()
    world.run(minutes=60)

    assert [refund["amount"]["fen"] for refund in answer.request["refunds"]] == [39800]
    assert (ours.refunded, theirs.refunded) == (0, 398)
    assert world.wechat.calls == []
    assert len(app.heard) == 1
    assert_settled(world.shop, request)


def test_under_way_leaves_the_rest_of_its_payment_to_the_next_return(
    world: World, app: ForeignPaymentApp
) -> None:
    app.manner = Manner.ACCEPT
    order = order_paid_by(world, STRIPE)
    make.inspected(world.shop, order, {0: 2})
    world.wait(minutes=3)

    second = make.inspected(world.shop, order, {1: 3})

    assert [refund["amount"]["fen"] for refund in second["refunds"]] == [29970 + 1200]
    assert second["tasks"] == []

"""A paid checkout that nobody orders …"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from pytest_django import Settings

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import PaidWith
from tests.usecases import dashboard, payer
from tests.usecases.unordered import (
    GIVE_BACK,
    LOOK,
    after,
    assert_given_back,
    assert_ordered,
    completions,
    paid,
    sell_out,
    tasks,
    transaction_of,
)
from tests.usecases.wires import Once, wired
from tests.world import HOODIE, World

SOLD_OUT = "INSUFFICIENT_STOCK: Insufficient product stock: 连帽卫衣 Hoodie (M)"


def test_is_ordered_half_an_hour_after_it_was_paid(world: World) -> None:
    payment = paid(world.shop)

    after(world, LOOK - 1)
    assert completions(world.shop) == 0
    after(world, 1)

    assert completions(world.shop) == 1
    assert_ordered(world.shop, payment)


def test_is_ordered_in_each_of_two_shops_with_one_merchant_number(world: World) -> None:
    payments = [paid(shop) for shop in (world.shop, world.other_shop)]

    after(world, LOOK)

    for shop, payment in zip((world.shop, world.other_shop), payments, strict=True):
        assert_ordered(shop, payment)


def test_is_left_alone_once_the_customer_ordered_it(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    world.shop.saleor.shopper(world.shop.li).complete(checkout)
    world.quiet()

    after(world, LOOK)

    assert completions(world.shop) == 1
    assert_ordered(world.shop, payment)


def test_is_left_alone_once_saleor_ordered_it(world: World) -> None:
    payment = paid(world.shop)
    world.shop.saleor.world.automatically_complete = True
    world.quiet()

    after(world, LOOK)

    assert completions(world.shop) == 0
    assert_ordered(world.shop, payment)


def test_is_ordered_when_saleor_takes_it_after_all(world: World) -> None:
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    assert tasks() == [("paid_without_order", SOLD_OUT)]

    sell_out(world.shop, is_sold_out=False)
    after(world, 10)

    assert_ordered(world.shop, payment)


def test_is_ordered_by_the_customer_while_staff_mend_it(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    sell_out(world.shop)
    after(world, LOOK)

    sell_out(world.shop, is_sold_out=False)
    world.shop.saleor.shopper(world.shop.li).complete(checkout)
    after(world, 10)

    assert_ordered(world.shop, payment)


def sold_out(world: World, _checkout: str) -> None:
    sell_out(world.shop)


def dearer(world: World, checkout: str) -> None:
    """As when a voucher runs out, or the customer puts in another piece."""
    world.shop.saleor.world.find(checkout).lines[0].quantity += 1


def emptied(world: World, checkout: str) -> None:
    world.shop.saleor.world.find(checkout).lines.clear()


def deleted(world: World, checkout: str) -> None:
    shop = world.shop.saleor.world
    shop.delete_checkout(shop.find(checkout))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (sold_out, SOLD_OUT),
        (emptied, "NO_LINES: Cannot complete checkout without lines."),
        (dearer, "it costs more than was paid"),
        (deleted, "the checkout was deleted"),
    ],
)
def test_is_given_back_after_an_hour_when_no_order_can_come_of_it(
    world: World, what: Callable[[World, str], None], why: str
) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    what(world, checkout)

    after(world, GIVE_BACK - 1)
    assert tasks() == [("paid_without_order", why)]
    assert world.wechat.refunds == []
    after(world, 10)
    world.run()

    assert_given_back(world.shop, payment)
    number = payer.row_of(payment).out_trade_no
    told = f"41000 fen of payment {number} go back: {why}"
    assert tasks() == [("refunded_without_order", told)]
    (attempt,) = Refund.objects.get().wechat_refunds.all()
    assert attempt.reason == f"未生成订单,退回付款 {number}"


def test_is_never_given_back_where_the_shop_forbids_it(world: World, settings: Settings) -> None:
    settings.REFUND_WITHOUT_ORDER_MINUTES = 0
    payment = paid(world.shop)
    sell_out(world.shop)
    for _ in range(5):
        after(world, GIVE_BACK)
    assert tasks() == [("paid_without_order", SOLD_OUT)]
    assert Refund.objects.count() == 0

    sell_out(world.shop, is_sold_out=False)
    after(world, 10)

    assert_ordered(world.shop, payment)


@pytest.mark.parametrize(
    "fault", ["timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept"]
)
@pytest.mark.parametrize("field", ["checkoutComplete", "transaction"])
def test_is_ordered_once_through_every_fault_of_saleor(
    world: World, fault: str, field: str
) -> None:
    payment = paid(world.shop)
    world.shop.saleor.faults.add(fault, field, times=3)

    after(world, LOOK)
    world.run()

    assert_ordered(world.shop, payment)


def test_that_saleor_does_not_show_becomes_a_task(world: World) -> None:
    payment = paid(world.shop)
    shown = world.shop.saleor.world
    hidden, shown.checkouts = shown.checkouts, []

    world.wait(minutes=LOOK + 60)

    ((kind, detail),) = tasks()
    assert (kind, detail[:18]) == ("stuck", "payment.find_order")
    shown.checkouts = hidden
    world.run(minutes=15)
    assert len(shown.orders) == 1
    assert payer.row_of(payment).refunds.count() == 0


def test_is_given_back_by_staff_before(world: World) -> None:
    """By Saleor's API, or its own release of funds: the Dashboard shows no checkouts."""
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)

    dashboard.refund_by_hand(world.shop, transaction_of(world.shop, payment), payer.TOTAL)
    world.run()
    after(world, 10)

    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.status) == ("dashboard", "succeeded")
    (paid_back,) = world.wechat.refunds
    assert (paid_back.refund_fen, paid_back.status) == (payer.TOTAL_FEN, "SUCCESS")
    assert tasks() == []
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_keeps_its_money_when_its_order_comes_in_the_last_moment(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    sell_out(world.shop)
    after(world, LOOK)

    def order() -> None:
        sell_out(world.shop, is_sold_out=False)
        world.shop.saleor.shopper(world.shop.li).complete(checkout)

    with wired(world, before=Once("ReportRefund", order)):
        after(world, GIVE_BACK - LOOK)
    assert transaction_of(world.shop, payment).refund_pending == Decimal("410.00")
    world.run()

    assert_ordered(world.shop, payment)
    (refund,) = Refund.objects.all()
    assert (refund.status, refund.running) == ("failed", False)
    events = [e.type for e in transaction_of(world.shop, payment).events][-2:]
    assert events == ["REFUND_REQUEST", "REFUND_FAILURE"]


def test_cannot_be_ordered_any_more_while_it_is_given_back(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)
    assert world.wechat.refunds == []

    sell_out(world.shop, is_sold_out=False)
    with pytest.raises(Exception, match="CHECKOUT_NOT_FULLY_PAID"):
        world.shop.saleor.shopper(world.shop.li).complete(checkout)
    world.run()

    assert_given_back(world.shop, payment)


def test_is_nobodys_business_when_an_order_was_paid(world: World) -> None:
    order = world.shop.saleor.seed_order(
        lines=[HOODIE], user=world.shop.li, paid_with=[PaidWith(None, "cash", "98.00")]
    )
    payment = payer.begin(world.shop, order.id)
    payer.pay(world.shop, payment)
    world.quiet()

    after(world, LOOK)

    assert (tasks(), completions(world.shop)) == ([], 0)
    assert not OutboxMessage.objects.filter(done_at=None).exists()

"""Stories of a checkout that is paid, and whose customer has closed the mini-program."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from saleor_wechat_returns.models import OutboxMessage, Refund
from tests import make
from tests.kill.mortal import Mortal
from tests.usecases import dashboard, payer
from tests.usecases.paid_once import assert_money_moved_once
from tests.usecases.test_refund_by_hand_searched import refund_in_portal
from tests.usecases.test_refund_without_order import tell_staff_to
from tests.usecases.unordered import (
    GIVE_BACK,
    LOOK,
    after,
    assert_given_back,
    assert_ordered,
    paid,
    sell_out,
    transaction_of,
)
from tests.usecases.wires import Once, wired


def ordered_for_the_customer(mortal: Mortal) -> Callable[[], None]:
    shop = mortal.world.shop
    payment = paid(shop)
    return lambda: assert_ordered(shop, payment)


def sold_out(mortal: Mortal) -> Callable[[], None]:
    """No order can come of it any more: what was paid goes back."""
    shop = mortal.world.shop
    payment = paid(shop)
    sell_out(shop)
    return lambda: assert_given_back(shop, payment)


def ordered_in_the_last_moment(mortal: Mortal) -> Callable[[], None]:
    """While its money is taken off the charge, which then keeps it."""
    shop = mortal.world.shop
    checkout = payer.fill(shop)
    payment = paid(shop, checkout=checkout)
    sell_out(shop)
    after(mortal.world, LOOK)

    def order() -> None:
        sell_out(shop, is_sold_out=False)
        shop.saleor.shopper(shop.li).complete(checkout)

    with wired(mortal.world, before=Once("ReportRefund", order)):
        after(mortal.world, GIVE_BACK - LOOK)
    return lambda: assert_ordered(shop, payment)


def refunded_in_the_portal(mortal: Mortal) -> Callable[[], None]:
    shop = mortal.world.shop
    payment = paid(shop)
    sell_out(shop)
    after(mortal.world, LOOK)
    refund_in_portal(shop, transaction_of(shop, payment), payer.TOTAL_FEN)

    def check() -> None:
        assert_money_moved_once(shop, transaction_of(shop, payment), payer.TOTAL_FEN)
        assert Refund.objects.get().origin == "console"
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check


def refunded_by_saleor(mortal: Mortal) -> Callable[[], None]:
    """Its release of funds, or staff through its API: asked until the money is back."""
    shop = mortal.world.shop
    payment = paid(shop)
    sell_out(shop)
    transaction = transaction_of(shop, payment)
    while not transaction.refunded:
        dashboard.refund_by_hand(shop, transaction, payer.TOTAL)
        mortal.go_on(minutes=3)  # long before we would give it back ourselves

    def check() -> None:
        assert_money_moved_once(shop, transaction, payer.TOTAL_FEN)
        assert not Refund.objects.filter(running=True).exists()
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check


def settled_by_hand(mortal: Mortal) -> Callable[[], None]:
    """WeChat Pay could not give it back, staff did."""
    world = mortal.world
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)
    after(world, 1)
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()
    tell_staff_to(world, make.SETTLE, input={"reference": "bank transfer 42"})

    def check() -> None:
        transaction = transaction_of(world.shop, payment)
        assert (transaction.charged, transaction.refunded) == (0, Decimal(payer.TOTAL))
        assert len(world.wechat.refunds) == 1
        assert not Refund.objects.filter(running=True).exists()
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check


def sent_back_by_the_bank(mortal: Mortal) -> Callable[[], None]:
    world = mortal.world
    payment = paid(world.shop)
    sell_out(world.shop)
    world.run(minutes=90)
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED", reversed=True)

    def check() -> None:
        transaction = transaction_of(world.shop, payment)
        assert (transaction.charged, transaction.refunded) == (Decimal(payer.TOTAL), 0)
        assert not Refund.objects.filter(running=True).exists()
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check

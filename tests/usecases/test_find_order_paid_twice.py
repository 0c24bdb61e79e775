"""A checkout that is paid in two parts, anew, or twice, and that nobody orders …"""

from __future__ import annotations

from decimal import Decimal

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import Payment
from tests.usecases import dashboard, payer
from tests.usecases.test_find_order import SOLD_OUT
from tests.usecases.test_task_settled import TASKS, settle
from tests.usecases.unordered import (
    GIVE_BACK,
    LOOK,
    after,
    assert_given_back,
    assert_ordered,
    completions,
    paid,
    retry_rejected,
    sell_out,
    tasks,
    transaction_of,
)
from tests.world import World


def test_of_two_payments_is_given_back_by_two_refunds(world: World) -> None:
    checkout = payer.fill(world.shop)
    deposit = paid(world.shop, "100.00", checkout)
    balance = paid(world.shop, "310.00", checkout)
    sell_out(world.shop)

    for _ in range(3):
        after(world, LOOK)
    world.run()

    assert_given_back(world.shop, deposit, 10000)
    assert_given_back(world.shop, balance, 31000)


def test_of_two_payments_is_tried_for_an_hour_from_the_second_one(world: World) -> None:
    checkout = payer.fill(world.shop)
    deposit = paid(world.shop, "100.00", checkout)
    after(world, LOOK)
    after(world, 6 * 60 - 10)
    balance = paid(world.shop, "310.00", checkout)
    sell_out(world.shop)

    after(world, 10)  # the deposit is looked at, and a minute would be too short
    assert tasks() == [("paid_without_order", SOLD_OUT)]
    assert Refund.objects.count() == 0
    sell_out(world.shop, is_sold_out=False)
    after(world, LOOK)

    assert_ordered(world.shop, deposit, balance)


def test_of_two_payments_the_second_follows_the_first(world: World) -> None:
    checkout = payer.fill(world.shop)
    deposit = paid(world.shop, "100.00", checkout)
    after(world, 5)
    balance = paid(world.shop, "310.00", checkout)
    sell_out(world.shop)

    world.run(minutes=3 * 60)

    assert_given_back(world.shop, deposit, 10000)
    assert_given_back(world.shop, balance, 31000)


def test_waits_as_long_as_only_a_deposit_is_paid(world: World) -> None:
    checkout = payer.fill(world.shop)
    deposit = paid(world.shop, "100.00", checkout)
    for _ in range(3):
        after(world, 7 * 60)
    assert (tasks(), completions(world.shop)) == ([], 0)
    after(world, 7 * 60)
    assert tasks() == [("part_paid_without_order", "10000 fen of 41000 fen")]
    assert Refund.objects.count() == 0

    balance = paid(world.shop, None, checkout)
    after(world, LOOK)
    after(world, 6 * 60)

    assert completions(world.shop) == 1
    assert_ordered(world.shop, deposit, balance)


def test_is_given_back_although_it_was_paid_anew_and_ordered(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, checkout=checkout)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)

    sell_out(world.shop, is_sold_out=False)
    anew = paid(world.shop, checkout=checkout)
    world.shop.saleor.shopper(world.shop.li).complete(checkout)
    world.run()
    after(world, LOOK)

    (order,) = world.shop.saleor.world.orders
    assert [t.charged for t in order.transactions] == [0, Decimal("410.00")]
    (refund,) = world.wechat.refunds
    assert refund.transaction_id == payer.row_of(payment).wechat_transaction_id
    assert payer.row_of(anew).status == "paid"
    assert [kind for kind, _ in tasks()] == ["refunded_without_order"]


def test_is_given_back_on_a_second_try_although_it_was_paid_anew_and_ordered(
    world: World,
) -> None:
    checkout = payer.fill(world.shop)
    paid(world.shop, checkout=checkout)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)
    sell_out(world.shop, is_sold_out=False)
    paid(world.shop, checkout=checkout)
    world.shop.saleor.shopper(world.shop.li).complete(checkout)
    after(world, LOOK)
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()
    (order,) = world.shop.saleor.world.orders
    assert order.charge_status == "OVERCHARGED"

    retry_rejected(world.shop)
    world.run()

    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    assert [t.charged for t in order.transactions] == [0, Decimal("410.00")]
    assert [kind for kind, _ in tasks()] == ["refunded_without_order"]


def paid_twice(world: World) -> Payment:
    """The first device's payment was closed, and WeChat Pay took it all the same."""
    shop = world.shop
    checkout = payer.fill(shop)
    world.wechat.faults.add("timeout_after_accept", 2)
    older = payer.begin(shop, checkout)
    newer = payer.begin(shop, checkout)
    payer.pay(shop, newer)
    world.wechat.pay(payer.row_of(older).out_trade_no)
    world.quiet()
    after(world, LOOK)
    return older


def test_paid_twice_is_listed_until_the_second_payment_is_back(world: World) -> None:
    shop = world.shop
    older = paid_twice(world)
    (order,) = shop.saleor.world.orders
    assert order.charge_status == "OVERCHARGED"
    twice = "paid after it was closed: was it paid twice?"
    more = "the order is paid, and 41000 fen more: refund them in the Dashboard"
    assert sorted(tasks()) == [("payment_differs", told) for told in sorted([twice, more])]

    dashboard.refund_by_hand(shop, transaction_of(shop, older), payer.TOTAL)
    world.run()
    after(world, 6 * 60)

    assert tasks() == []
    assert order.total_charged == Decimal("410.00")
    assert Refund.objects.get().order is not None


def test_paid_twice_is_off_the_list_once_staff_have_settled_it(world: World) -> None:
    paid_twice(world)
    for task in world.shop.as_clerk(TASKS).data["returnTasks"]:
        assert settle(world.shop, task, "she wants more hoodies for it").refusals == []

    after(world, 6 * 60)

    assert tasks() == []
    assert world.wechat.refunds == []
    assert not OutboxMessage.objects.filter(done_at=None).exists()

"""A refund made by hand in the merchant portal, whose notice no shop of ours understood (EC66) …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import Difference, OutboxMessage, Refund, ReturnableOrder
from saleor_wechat_returns.usecases.reconciliation import begin
from tests import make
from tests.usecases.paid_once import assert_money_moved_once
from tests.usecases.reconciling import (
    DAY,
    amounts,
    bought,
    compared,
    compared_only,
    differences,
    next_morning,
)
from tests.usecases.test_refund_by_hand import by_hand
from tests.usecases.wires import Forbidding, wired
from tests.world import MCHID, TestShop, World


def refunded(shop: TestShop, order: Any, fen: int = 5000) -> str:
    """In the portal; its notice gets lost."""
    shop.world.wechat.faults.add("notice_lost")
    return str(by_hand(shop, order, fen).out_refund_no)


def assert_recorded(shop: TestShop, order: Any, fen: int = 5000) -> None:
    assert_money_moved_once(shop, order.transactions[0], fen)
    (refund,) = Refund.objects.filter(shop=shop.row)
    assert (refund.origin, refund.status, refund.amount_fen) == ("console", "succeeded", fen)
    assert refund.counted_at is not None
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


@pytest.mark.parametrize("at", ["shop", "other_shop"])
@pytest.mark.parametrize("looked_at", [True, False], ids=["known here", "never looked at"])
def test_is_recorded_and_told_to_saleor(world: World, at: str, looked_at: bool) -> None:
    shop: TestShop = getattr(world, at)
    order = bought(shop)
    if looked_at:
        shop.as_li(make.RETURNABLE, order=order.id)
    assert ReturnableOrder.objects.exists() == looked_at
    number = refunded(shop, order)
    next_morning(world)
    assert Refund.objects.count() == 0

    runs = [compared(world.shop), compared(world.other_shop)]

    assert_recorded(shop, order)
    mine, others = runs if shop is world.shop else reversed(runs)
    assert differences(mine) == [("refund_unknown", number, "taken")]
    assert amounts(mine) == [(None, 5000)]
    assert differences(others) == []
    assert (mine.refunds, others.refunds) == (1, 0)


def test_is_recorded_although_its_notice_went_to_the_other_shop(world: World) -> None:
    """One merchant number, one address in the portal, two shops."""
    order = bought(world.other_shop)
    made = by_hand(world.other_shop, order, 5000, told_at=world.shop)
    next_morning(world)
    assert Refund.objects.count() == 0

    first, second = compared(world.shop), compared(world.other_shop)

    assert differences(first) == []
    assert differences(second) == [("refund_unknown", made.out_refund_no, "taken")]
    assert_recorded(world.other_shop, order)


def test_is_recorded_once_however_often_the_day_is_compared(world: World) -> None:
    order = bought(world.shop)
    number = refunded(world.shop, order)
    next_morning(world)

    for _ in range(3):
        run = compared(world.shop)

    assert differences(run) == [("refund_unknown", number, "taken")]
    assert_recorded(world.shop, order)


def test_is_recorded_once_although_its_notice_comes_after_all(world: World) -> None:
    order = bought(world.shop)
    number = refunded(world.shop, order)
    next_morning(world)
    run = compared(world.shop)

    world.wechat.settle(number, reversed=True)
    world.run()

    assert differences(run) == [("refund_unknown", number, "taken")]
    assert_recorded(world.shop, order)


def test_is_followed_while_the_bank_has_it(world: World) -> None:
    order = bought(world.shop)
    (transaction,) = order.transactions
    number = world.wechat.refund_in_console(transaction.psp_reference, 5000).out_refund_no
    world.clock.forward(days=1, minutes=30)

    run = compared_at_the_bank(world)
    assert differences(run) == [("refund_unknown", number, "open")]
    assert Refund.objects.count() == 0

    world.wechat.faults.add("notice_lost")
    world.wechat.settle(number)
    world.run(minutes=70)

    assert_recorded(world.shop, order)
    assert differences(run) == [("refund_unknown", number, "taken")]


def test_stands_in_the_bill_of_one_day_although_it_succeeds_on_another(world: World) -> None:
    """The bill of the day it was made has it; the bill of the day it succeeded has it not."""
    order = bought(world.shop)
    (transaction,) = order.transactions
    number = world.wechat.refund_in_console(transaction.psp_reference, 5000).out_refund_no
    world.clock.forward(days=1, minutes=30)
    made = compared_at_the_bank(world)
    world.wechat.faults.add("notice_lost")
    world.wechat.settle(number)
    world.run(minutes=70)
    assert_recorded(world.shop, order)
    world.clock.forward(days=1)

    succeeded = compared(world.shop, DAY + timedelta(days=1))

    assert differences(made) == [("refund_unknown", number, "taken")]
    assert differences(succeeded) == []


def compared_at_the_bank(world: World) -> Any:
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.run(minutes=5, wechat_pays=False)
    run.refresh_from_db()
    return run


def test_that_failed_in_the_end_is_no_refund(world: World) -> None:
    order = bought(world.shop)
    (transaction,) = order.transactions
    number = world.wechat.refund_in_console(transaction.psp_reference, 5000).out_refund_no
    world.clock.forward(days=1, minutes=30)
    run = compared_at_the_bank(world)

    world.wechat.settle(number, "CLOSED")
    world.run(minutes=70)

    assert differences(run) == [("refund_unknown", number, "taken")]
    assert Difference.objects.get().detail == "closed: nothing was paid back"
    assert (Refund.objects.count(), transaction.refunded) == (0, 0)
    assert compared(world.shop).refunds == 0


@pytest.mark.parametrize("fault", ["connect_refused", "http_500", "timeout_before_accept"])
def test_is_recorded_once_wechat_pay_is_back(world: World, fault: str) -> None:
    order = bought(world.shop)
    number = refunded(world.shop, order)
    next_morning(world)
    run = compared_only(world.shop)
    world.wechat.faults.add(fault, 2)

    world.run(minutes=30)

    assert_recorded(world.shop, order)
    assert differences(run) == [("refund_unknown", number, "taken")]
    assert world.wechat.faults.take("GET") == ""


def test_stays_on_the_list_while_wechat_pay_will_not_tell_of_it(world: World) -> None:
    order = bought(world.shop)
    number = refunded(world.shop, order)
    next_morning(world)
    run = compared_only(world.shop)

    with wired(world, before=Forbidding("GET refunds")):
        world.wait(minutes=30)
    assert differences(run) == [("refund_unknown", number, "open")]
    assert (Difference.objects.get().detail, Refund.objects.count()) == ("NO_AUTH: ", 0)

    world.run(minutes=20)
    assert_recorded(world.shop, order)


def test_lowers_what_a_return_can_give_back(world: World) -> None:
    order = bought(world.shop)
    refunded(world.shop, order, 40000)
    next_morning(world)
    compared(world.shop)

    request = make.inspected(world.shop, order, {0: 1})
    world.run()

    assert order.transactions[0].refunded == 410
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "18900 fen are on no payment")]

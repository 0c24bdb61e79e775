"""Of workers at one day's reconciliation, the one who …"""

from __future__ import annotations

from datetime import timedelta

from saleor_wechat_returns.models import (
    OutboxMessage,
    Reconciliation,
    Refund,
    WechatMerchant,
    WechatPayment,
)
from saleor_wechat_returns.usecases.reconciliation import begin, begin_due_days, reconcile
from tests.usecases.reconciling import DAY, bought, differences, next_morning, number_of
from tests.usecases.test_refund_in_bill import refunded
from tests.usecases.wires import Killer, Once, wired, work_until_killed
from tests.world import MCHID, World

MOST_CHANCES = 45


def test_was_killed_at_any_step_is_made_up_for(world: World) -> None:
    """Each time another refund of the portal is found in the bill of the same day."""
    (transaction,) = (order := bought(world.shop)).transactions
    numbers = []
    for _ in range(MOST_CHANCES):
        world.clock.forward(minutes=1)
        numbers.append(refunded(world.shop, order, 100))
    next_morning(world)
    hidden = {number: world.wechat._book.refunds.pop((MCHID, number)) for number in numbers}
    for at, number in enumerate(numbers, start=1):
        world.wechat._book.refunds[MCHID, number] = hidden[number]
        killer = Killer(at)

        run = begin(world.shop.row, MCHID, DAY, now=world.clock())
        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=5, seconds=1)
        world.run()

        run.refresh_from_db()
        assert (run.status, run.refunds) == ("done", at)
        assert differences(run) == [("refund_unknown", n, "taken") for n in numbers[:at]]
        assert transaction.refunded == at
        assert Refund.objects.filter(counted_at__isnull=False).count() == at
        assert not OutboxMessage.objects.filter(done_at=None).exists()
        if not was_killed:
            break
    assert not was_killed
    assert [chance for chance in killer.chances if chance != "commit"] == ["ReportRefund"]
    assert killer.chances.count("commit") >= 8


def test_is_late_changes_nothing(world: World) -> None:
    """His lease ran out while Saleor took its time; another has compared the day meanwhile."""
    number = number_of(bought(world.shop))
    WechatPayment.objects.update(amount_fen=40999)
    next_morning(world)
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())

    def another() -> None:
        again = begin(world.shop.row, MCHID, DAY, now=world.clock())
        while reconcile(again.pk):
            pass

    with wired(world, before=Once("TransactionTotals", another)):
        reconcile(run.pk)
    OutboxMessage.objects.all().delete()

    run.refresh_from_db()
    assert (run.turn, run.status) == (2, "done")
    assert differences(run) == [("payment_amount_differs", number, "open")]


def test_finds_no_merchant_any_more_gives_up(world: World) -> None:
    begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.shop.forget_merchants()

    world.run()

    (run,) = Reconciliation.objects.all()
    assert (run.status, run.latest_error) == ("due", "the shop no longer has this merchant")
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_finds_the_merchant_again_goes_on(world: World) -> None:
    next_morning(world)
    begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.shop.forget_merchants()
    world.run()

    world.shop.add_merchant()
    WechatMerchant.objects.update(created_at=world.clock() - timedelta(days=1))
    begin_due_days(now=world.clock())
    world.run()

    run = Reconciliation.objects.get(shop=world.shop.row, day=DAY)
    assert (run.status, run.latest_error) == ("done", "")

"""Money that no order came of, which goes back in the merchant portal …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import Payment
from tests import make
from tests.usecases import dashboard, payer
from tests.usecases.unordered import (
    GIVE_BACK,
    LOOK,
    after,
    completions,
    paid,
    retry_rejected,
    sell_out,
    tasks,
    transaction_of,
)
from tests.usecases.wires import Forbidding, wired
from tests.world import MCHID, US, TestShop, World

TASKS = "{ returnTasks { kind returnRefund { id version } } }"


def in_portal(shop: TestShop, payment: Payment, fen: int = payer.TOTAL_FEN) -> str:
    """Staff refund it there; the number of that refund. Its notice is on its way."""
    wechat = shop.world.wechat
    wechat.set_refund_notify_url(MCHID, f"{US}/s/{shop.row.key}/wechat-pay/refund/")
    made = wechat.refund_in_console(transaction_of(shop, payment).psp_reference, fen)
    wechat.settle(made.out_refund_no)
    return str(made.out_refund_no)


def settle_with(shop: TestShop, reference: str, kind: str, **more: Any) -> None:
    shown = shop.as_clerk(TASKS).data["returnTasks"]
    refund = next(task["returnRefund"] for task in shown if task["kind"] == kind)
    answer = shop.as_clerk(
        make.SETTLE,
        refund=refund["id"],
        version=refund["version"],
        input={"reference": reference, **more},
    )
    assert answer.refusals == []


def closed_at_wechat(world: World) -> Payment:
    """It was to go back, and WeChat Pay closed the refund."""
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)
    after(world, 1)
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()
    return payment


def assert_back_once(world: World, payment: Payment) -> None:
    transaction = transaction_of(world.shop, payment)
    assert (transaction.charged, transaction.refunded, transaction.refund_pending) == (
        0,
        Decimal("410.00"),
        0,
    )
    assert world.wechat.refunded_fen(transaction.psp_reference) == payer.TOTAL_FEN
    assert not Refund.objects.filter(running=True).exists()
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_and_was_settled_with_before_its_notice_came_is_counted_once(world: World) -> None:
    payment = closed_at_wechat(world)
    number = in_portal(world.shop, payment)
    settle_with(world.shop, number, "REFUND_REJECTED")

    world.wait(minutes=3 * 60)

    assert_back_once(world, payment)


def test_and_was_settled_with_while_ours_was_refused_is_counted_once(world: World) -> None:
    """The merchant may not refund through the API."""
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)

    with wired(world, before=Forbidding("POST refunds")):
        after(world, 1)
        number = in_portal(world.shop, payment)
        world.wait(minutes=2 * 60)
        assert Refund.objects.filter(origin="console", counted_at=None).count() == 1
        settle_with(world.shop, number, "STUCK")
        world.wait(minutes=60)

    assert_back_once(world, payment)


def test_in_part_lets_staff_give_back_the_rest(world: World) -> None:
    """While ours, of the whole, is already on its way: WeChat Pay refuses it."""
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    after(world, GIVE_BACK - LOOK)
    in_portal(world.shop, payment, 10000)
    world.wait(minutes=2 * 60)
    transaction = transaction_of(world.shop, payment)
    assert (transaction.charged, transaction.refunded) == (Decimal("310.00"), Decimal("100.00"))

    retry_rejected(world.shop)
    world.run()

    assert_back_once(world, payment)
    states = [(r.status, r.refund_fen) for r in world.wechat.refunds]
    assert states == [("SUCCESS", 10000), ("SUCCESS", 31000)]


def test_is_not_ordered_meanwhile(world: World) -> None:
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    in_portal(world.shop, payment)
    world.quiet()

    sell_out(world.shop, is_sold_out=False)
    asked = completions(world.shop)
    world.wait(minutes=3 * 60)

    assert completions(world.shop) == asked
    assert world.shop.saleor.world.orders == []
    assert tasks() == []
    assert_back_once(world, payment)


def test_by_saleors_api_is_counted_once_when_the_failed_one_is_settled_with_it(
    world: World,
) -> None:
    payment = closed_at_wechat(world)
    dashboard.refund_by_hand(world.shop, transaction_of(world.shop, payment), payer.TOTAL)
    world.run()

    settle_with(world.shop, Refund.objects.get(origin="dashboard").number, "REFUND_REJECTED")
    world.run()

    assert_back_once(world, payment)

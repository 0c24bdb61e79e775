"""A refund made by hand in WeChat Pay's merchant portal …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund
from tests import make
from tests.usecases.paid_once import assert_money_moved_once
from tests.webhooks.wechat_posts import post_notice
from tests.world import MCHID, US, TestShop, World


def by_hand(shop: TestShop, order: Any, fen: int, *, told_at: TestShop | None = None) -> Any:
    """Staff refund in the portal, whose notices go to one address."""
    world = shop.world
    url = f"{US}/s/{(told_at or shop).row.key}/wechat-pay/refund/"
    world.wechat.set_refund_notify_url(MCHID, url)
    refund = world.wechat.refund_in_console(order.transactions[0].psp_reference, fen)
    world.wechat.settle(refund.out_refund_no)
    return refund


def failed(world: World, order: Any) -> dict[str, Any]:
    """A return whose refund WeChat Pay closed."""
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.run()
    return request


def test_is_recorded_and_told_to_saleor(world: World) -> None:
    """EC66."""
    order = world.shop.order()
    (transaction,) = order.transactions
    world.shop.as_li(make.RETURNABLE, order=order.id)  # the order is known here

    made = by_hand(world.shop, order, 5000)
    world.run()

    assert_money_moved_once(world.shop, transaction, 5000)
    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.amount_fen, refund.status) == ("console", 5000, "succeeded")
    assert refund.counted_at is not None
    assert transaction.events[-1].psp_reference == made.out_refund_no
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


def test_is_recorded_once_however_often_it_is_told(world: World) -> None:
    order = world.shop.order()
    world.shop.as_li(make.RETURNABLE, order=order.id)
    world.wechat.faults.add("notice_twice")

    made = by_hand(world.shop, order, 5000)
    world.run()
    post_notice(world.shop, world.wechat.make_notification(made.out_refund_no))
    world.run()

    assert order.transactions[0].refunded == 50
    assert Refund.objects.count() == 1


def test_lowers_what_a_return_can_give_back(world: World) -> None:
    """EC66."""
    order = world.shop.order()
    received = make.received(world.shop, order, {0: 2})
    by_hand(world.shop, order, 60000)
    world.run()

    version = make.read(world.shop, received)["version"]
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 2}]
    request = world.shop.as_clerk(
        make.INSPECT, id=received["id"], version=version, lines=lines
    ).request
    world.run()

    assert order.transactions[0].refunded == Decimal("709.70")
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "28830 fen are on no payment")]


def test_in_place_of_one_that_failed_is_settled_without_counting_twice(world: World) -> None:
    """EC66."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = failed(world, order)
    made = by_hand(world.shop, order, 19900)
    world.run()
    kinds = [kind for kind, _ in make.tasks(world.shop, request)]
    assert kinds == ["REFUND_REJECTED", "REFUND_BY_HAND"]

    make.settle(world.shop, request, reference=made.out_refund_no)
    world.run()

    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert transaction.refunded == 199
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900


def test_that_was_settled_with_before_its_notice_came_is_counted_once(world: World) -> None:
    order = world.shop.order()
    request = failed(world, order)
    made = by_hand(world.shop, order, 19900)  # nobody has told us yet
    make.settle(world.shop, request, reference=made.out_refund_no)

    world.run()
    post_notice(world.shop, world.wechat.make_notification(made.out_refund_no))
    world.run()

    assert (order.transactions[0].refunded, order.transactions[0].charged) == (
        199,
        Decimal("510.70"),
    )
    (refund,) = Refund.objects.all()
    assert [attempt.status for attempt in refund.wechat_refunds.order_by("attempt")] == [
        "closed",
        "success",
    ]
    assert make.tasks(world.shop, request) == []


@pytest.mark.parametrize("fault", [None, "timeout_after_accept", "http_500"])
def test_in_place_of_an_abnormal_one_leaves_nothing_pending(
    world: World, fault: str | None
) -> None:
    """EC66: the payer's account refused ours; the one made in the portal reached another."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-1", "ABNORMAL")
    world.run(minutes=2, wechat_pays=False)
    assert transaction.refund_pending == 199
    made = by_hand(world.shop, order, 19900)
    world.quiet()

    make.settle(world.shop, request, reference=made.out_refund_no, abnormalIsOver=True)
    if fault:
        world.shop.saleor.faults.add(fault, "transactionEventReport")
    world.run(minutes=30, wechat_pays=False)

    assert (transaction.refunded, transaction.refund_pending) == (199, 0)
    assert transaction.charged == Decimal("510.70")
    assert make.tasks(world.shop, request) == []
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert not Refund.objects.filter(running=True).exists()
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_that_was_settled_with_lets_the_next_refund_be_counted(world: World) -> None:
    order = world.shop.order()
    request = failed(world, order)
    made = by_hand(world.shop, order, 19900)
    world.run()
    make.settle(world.shop, request, reference=made.out_refund_no)

    second = make.inspected(world.shop, order, {1: 1})
    world.run()

    assert order.transactions[0].refunded == Decimal("298.90")
    assert make.tasks(world.shop, second) == []
    assert not Refund.objects.filter(running=True).exists()


def test_of_another_shop_with_the_same_merchant_number_is_left_alone(world: World) -> None:
    """The portal has one address, and the notice comes to a shop whose payment it is not."""
    order = world.other_shop.order()
    world.other_shop.as_li(make.RETURNABLE, order=order.id)

    by_hand(world.other_shop, order, 5000, told_at=world.shop)
    world.run()

    assert Refund.objects.count() == 0


def test_waits_its_turn_behind_a_running_one(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.quiet()
    world.clock.forward(minutes=2)

    by_hand(world.shop, order, 5000)
    world.run(minutes=30)

    assert transaction.refunded == 249
    assert world.wechat.refunded_fen(transaction.psp_reference) == 24900
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert Refund.objects.filter(counted_at=None).count() == 0


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_that_failed_is_no_refund(world: World, status: str) -> None:
    order = world.shop.order()
    world.shop.as_li(make.RETURNABLE, order=order.id)
    url = f"{US}/s/{world.shop.row.key}/wechat-pay/refund/"
    world.wechat.set_refund_notify_url(MCHID, url)
    made = world.wechat.refund_in_console(order.transactions[0].psp_reference, 5000)

    world.wechat.settle(made.out_refund_no, status)
    world.run()

    assert Refund.objects.count() == 0
    assert order.transactions[0].refunded == 0

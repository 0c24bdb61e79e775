"""A refund that staff ask for in the Saleor Dashboard …"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    OutboxMessage,
    Refund,
    StaffTask,
    WechatMerchant,
    WechatRefund,
)
from tests import make
from tests.usecases import cashier, dashboard
from tests.usecases.paid_once import assert_money_moved_once, assert_settled
from tests.usecases.together import together
from tests.webhooks.saleor_posts import changed, latest_webhook, post
from tests.world import TestShop, World


def test_is_paid_once_and_counted(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions

    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    world.run()

    assert_money_moved_once(world.shop, transaction, 5000)
    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.request, refund.status) == ("dashboard", None, "succeeded")
    assert (refund.running, refund.counted_at is not None) == (False, True)
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


def test_is_paid_once_in_two_shops_with_one_merchant_number(world: World) -> None:
    orders = [shop.order() for shop in (world.shop, world.other_shop)]

    for shop, order in zip((world.shop, world.other_shop), orders, strict=True):
        dashboard.refund_by_hand(shop, order.transactions[0], "50.00")
    world.run()

    for shop, order in zip((world.shop, world.other_shop), orders, strict=True):
        assert_money_moved_once(shop, order.transactions[0], 5000)


def test_with_a_grant_of_theirs_ends_that_grant(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions

    granted = dashboard.grant_by_hand(world.shop, transaction, "99.90", {1: 1})
    cashier.request(world.shop, granted)
    world.run()

    assert_money_moved_once(world.shop, transaction, 9990)
    assert granted.status == "SUCCESS"
    assert Refund.objects.get().grant_id == granted.id


def test_of_a_grant_of_nothing_is_refused(world: World) -> None:
    """Saleor asks for everything that is charged then."""
    order = world.shop.order()
    (transaction,) = order.transactions
    granted = dashboard.grant_by_hand(world.shop, transaction, "0")

    cashier.request(world.shop, granted)
    world.run()

    assert latest_webhook(world.shop)["action"]["amount"] == 709.7
    assert transaction.events[-1].message == (
        "The amount is not the amount that was granted. Nothing was paid."
    )
    assert world.wechat.calls == []
    assert Refund.objects.count() == 0


def test_lowers_what_a_return_can_still_give_back(world: World) -> None:
    """EC30."""
    order = world.shop.order()
    (transaction,) = order.transactions
    received = make.received(world.shop, order, {0: 2})
    dashboard.refund_by_hand(world.shop, transaction, "600.00")
    world.run()

    seen = world.shop.as_clerk(OTHERS, id=received["id"]).data["returnRequest"]
    hidden = world.shop.as_li(OTHERS, id=received["id"]).data["returnRequest"]
    request = inspect(world.shop, order, received, 2)
    world.run()

    assert seen["otherRefunds"] == [
        {"origin": "DASHBOARD", "status": "SUCCEEDED", "amount": {"fen": 60000}}
    ]
    assert hidden["otherRefunds"] == []
    assert (transaction.charged, transaction.refunded) == (0, Decimal("709.70"))
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "28830 fen are on no payment")]


def test_of_more_than_is_left_is_refused(world: World) -> None:
    """EC30."""
    order = world.shop.order()
    dashboard.refund_by_hand(world.shop, order.transactions[0], "50.00")

    answer = post(world.shop, changed(latest_webhook(world.shop), "action.amount", 709.71))

    assert answer.json()["message"] == (
        "More than is left on this payment, after what its returns are owed. Nothing was paid."
    )
    assert Refund.objects.count() == 0


def test_waits_its_turn_behind_a_running_one(world: World) -> None:
    """EC30."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.quiet()

    dashboard.refund_by_hand(world.shop, transaction, "199.00")
    world.quiet()

    assert transaction.events[-1].message == (
        "Another refund of this order is under way: please try again when it is done."
        " Nothing was paid."
    )
    world.run()
    assert_money_moved_once(world.shop, transaction, 19900)
    assert_settled(world.shop, request)


def test_clicked_again_after_a_lost_answer_is_the_same_one(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    event = latest_webhook(world.shop)
    for delivery in world.shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)  # its answer never reaches Saleor

    first = post(world.shop, event)
    again = post(world.shop, changed(event, "version", "the same, delivered twice"))
    clicked = post(world.shop, changed(event, "version", "another click"))

    assert first.json() == again.json() == clicked.json()
    assert WechatRefund.objects.count() == 1


def test_whose_answer_was_lost_is_told_out_of_band(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    event = latest_webhook(world.shop)
    for delivery in world.shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)
    post(world.shop, event)

    world.run(minutes=20)

    assert_money_moved_once(world.shop, transaction, 5000)
    assert Refund.objects.get().counted_at is not None


def test_clicked_twice_at_the_same_moment_is_paid_once(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    for _ in range(2):
        dashboard.refund_by_hand(world.shop, transaction, "50.00")

    together([partial(world.shop.saleor.deliver_due) for _ in range(2)])
    world.run()

    assert world.wechat.refunded_fen(transaction.psp_reference) == 5000
    assert transaction.refunded == 50


def test_of_a_grant_requested_many_times_at_once_is_paid_once(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    granted = dashboard.grant_by_hand(world.shop, transaction, "99.90", {1: 1})
    for _ in range(4):
        cashier.request_at_the_same_moment(world.shop, granted)

    together([partial(world.shop.saleor.deliver_due) for _ in range(4)])
    world.run()

    assert_money_moved_once(world.shop, transaction, 9990)
    assert granted.status == "SUCCESS"
    assert "REFUND_FAILURE" not in [event.type for event in transaction.events]


def test_refused_twice_is_answered_twice(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    WechatMerchant.objects.filter(shop=world.shop.row).delete()

    for _ in range(2):
        dashboard.refund_by_hand(world.shop, transaction, "50.00")
        world.run()

    refused = [event for event in transaction.events if event.type == "REFUND_FAILURE"]
    assert [event.message for event in refused] == [
        "No WeChat Pay merchant is set up for this channel. Nothing was paid."
    ] * 2
    assert (transaction.charged, transaction.refund_pending) == (Decimal("709.70"), 0)


def test_refused_for_two_grants_leaves_none_of_them_pending(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    merchants = list(WechatMerchant.objects.filter(shop=world.shop.row))
    WechatMerchant.objects.filter(shop=world.shop.row).delete()
    first, second = (dashboard.grant_by_hand(world.shop, transaction, "30.00") for _ in range(2))
    for granted in (first, second):
        cashier.request(world.shop, granted)
        world.run()
    refused = (first.status, second.status)

    WechatMerchant.objects.bulk_create(merchants)
    cashier.request(world.shop, second)
    world.run()

    assert refused == ("FAILURE", "FAILURE")
    assert second.status == "SUCCESS"
    assert_money_moved_once(world.shop, transaction, 3000)


def test_that_wechat_closes_fails_in_saleor_and_is_a_task(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    world.quiet()

    world.wechat.settle(WechatRefund.objects.get().out_refund_no, "CLOSED")
    world.run()

    assert (transaction.charged, transaction.refunded) == (Decimal("709.70"), 0)
    assert transaction.events[-1].type == "REFUND_FAILURE"
    (task,) = StaffTask.objects.filter(closed_at=None)
    assert (task.kind, task.request, task.refund) == ("refund_rejected", None, Refund.objects.get())
    assert not Refund.objects.filter(running=True).exists()


def failed_grant(world: World) -> tuple[Any, Any]:
    """A payment, and a grant of theirs on it whose refund WeChat Pay closed."""
    (transaction,) = world.shop.order().transactions
    granted = dashboard.grant_by_hand(world.shop, transaction, "99.90", {1: 1})
    cashier.request(world.shop, granted)
    world.quiet()
    world.wechat.settle(WechatRefund.objects.get().out_refund_no, "CLOSED")
    world.run()
    assert (granted.status, StaffTask.objects.filter(closed_at=None).count()) == ("FAILURE", 1)
    return transaction, granted


def test_that_failed_is_paid_under_a_new_number_when_they_click_again(world: World) -> None:
    transaction, granted = failed_grant(world)

    cashier.request(world.shop, granted)
    world.run()

    assert (granted.status, transaction.refunded) == ("SUCCESS", Decimal("99.90"))
    numbers = [(r.out_refund_no[-2:], r.status) for r in world.wechat.refunds]
    assert numbers == [("-1", "CLOSED"), ("-2", "SUCCESS")]
    assert Refund.objects.get().counted_at is not None
    assert not StaffTask.objects.filter(closed_at=None).exists()


def test_that_failed_is_not_paid_again_when_too_little_is_left(world: World) -> None:
    transaction, _ = failed_grant(world)
    cashier.book_refund_made_elsewhere(world.shop, transaction, "700.00", "by hand")
    make_us_read(world, transaction)

    answer = post(world.shop, {**latest_webhook(world.shop), "issuedAt": later(world)}).json()
    world.run()

    assert answer["result"] == "REFUND_FAILURE"
    assert [refund.status for refund in world.wechat.refunds] == ["CLOSED"]
    assert StaffTask.objects.filter(closed_at=None).count() == 1


def make_us_read(world: World, transaction: Any) -> None:
    world.shop.as_li(make.RETURNABLE, order=transaction.order.id)


def later(world: World) -> str:
    world.clock.forward(seconds=1)
    return world.clock.now.isoformat()


@pytest.mark.parametrize("fault", ["timeout_before", "http_500", "timeout_after_accept"])
def test_of_an_order_that_saleor_cannot_show_now_is_asked_again(world: World, fault: str) -> None:
    order = world.shop.order()
    dashboard.refund_by_hand(world.shop, order.transactions[0], "50.00")
    world.shop.saleor.faults.add(fault, "order")

    answer = post(world.shop, latest_webhook(world.shop))

    assert answer.status_code == 503
    assert Refund.objects.count() == 0


def test_of_an_order_that_we_may_not_see_now_is_asked_again(world: World) -> None:
    order = world.shop.order()
    dashboard.refund_by_hand(world.shop, order.transactions[0], "50.00")
    world.shop.app.permissions = frozenset({"HANDLE_PAYMENTS"})

    answer = post(world.shop, latest_webhook(world.shop))

    assert answer.status_code == 503
    assert Refund.objects.count() == 0


def test_without_a_merchant_is_refused(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    WechatMerchant.objects.filter(shop=world.shop.row).delete()

    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    world.run()

    assert transaction.events[-1].message == (
        "No WeChat Pay merchant is set up for this channel. Nothing was paid."
    )
    assert Refund.objects.count() == 0


OTHERS = """query($id: ID!) { returnRequest(id: $id) {
  otherRefunds { origin status amount { fen } } } }"""


def inspect(shop: TestShop, order: Any, received: dict[str, Any], pieces: int) -> dict[str, Any]:
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": pieces}]
    version = make.read(shop, received)["version"]
    return shop.as_clerk(make.INSPECT, id=received["id"], version=version, lines=lines).request

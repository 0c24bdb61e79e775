"""When our answer to Saleor's refund webhook is lost …

Saleor then books a failure at once and never comes again by itself (measured 2026-11).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_wechat_returns import inbox
from saleor_wechat_returns.models import Refund, SaleorRefundRequest, WechatRefund
from saleor_wechat_returns.sandbox.saleor import Delivery
from saleor_wechat_returns.usecases.effects import HANDLERS
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once, assert_settled
from tests.webhooks.saleor_posts import REFUND_REQUESTED, refund_asked
from tests.webhooks.web_process import (
    Fate,
    dies_before_it_answers,
    dies_before_it_commits,
    outlives_saleors_worker,
    takes_too_long,
    web_process,
)
from tests.world import TestShop, World

FATES = pytest.mark.parametrize(
    "fate", [dies_before_it_commits, dies_before_it_answers, takes_too_long]
)


@FATES
@pytest.mark.parametrize("times", [1, 4])
def test_the_refund_is_asked_for_anew_and_paid_once(world: World, fate: Fate, times: int) -> None:
    order, request, _ = refund_asked(world.shop)

    with web_process(world.shop, fate, times=times):
        world.run(minutes=60)

    failures = [e for e in order.transactions[0].events if e.type == "REFUND_FAILURE"]
    assert [event.message for event in failures] == ["Failed to delivery request."] * times
    assert_paid_once(world.shop, order, request, 19900)
    assert SaleorRefundRequest.objects.count() == WechatRefund.objects.count() == 1


@pytest.mark.parametrize("fate", [dies_before_it_answers, takes_too_long])
def test_nothing_is_reported_before_saleor_has_the_reference(world: World, fate: Fate) -> None:
    order, _, _ = refund_asked(world.shop)

    with web_process(world.shop, fate):
        world.shop.saleor.deliver_due()
    world.work()
    world.wechat.advance()
    world.deliver()
    world.work()

    assert [refund.status for refund in world.wechat.refunds] == ["SUCCESS"]
    assert Refund.objects.get().status == "succeeded"
    assert world.shop.saleor.calls_of("transactionEventReport") == []
    assert order.granted_refunds[0].status == "PENDING"  # asked for anew, with a known result


def test_it_is_stored_all_the_same_when_we_come_back_after_an_hour(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    with web_process(world.shop, dies_before_it_answers):
        world.shop.saleor.deliver_due()
    world.work()
    world.wechat.advance()
    world.deliver()
    inbox.handle(HANDLERS)
    assert Refund.objects.get().status == "succeeded"

    world.clock.forward(hours=1)  # nobody works
    world.work()  # asks anew, and must now wait for the webhook like at any other time
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)


def test_saleor_hears_of_a_failure_all_the_same(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    with web_process(world.shop, dies_before_it_answers):
        world.quiet()
    number = f"{request['number']}-1-1"

    world.wechat.settle(number, "CLOSED")
    world.run(wechat_pays=False)

    assert order.granted_refunds[0].status == "FAILURE"
    failure = order.transactions[0].events[-1]
    assert (failure.type, failure.psp_reference) == ("REFUND_FAILURE", number)
    assert order.transactions[0].charged == order.total
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert [task["kind"] for task in make.read(world.shop, request)["tasks"]] == ["REFUND_REJECTED"]


@pytest.mark.parametrize("lost", [0, 1])
def test_the_other_of_two_answers_is_enough(world: World, lost: int) -> None:
    order, request, _ = refund_asked(world.shop)
    cashier.request_at_the_same_moment(world.shop, order.granted_refunds[0])
    webhooks = pending_webhooks(world.shop)

    with web_process(world.shop, dies_before_it_answers):
        deliver(world.shop, webhooks[lost])
    deliver(world.shop, webhooks[1 - lost])
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)


def test_a_stored_reference_is_enough_although_the_grant_failed(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    cashier.request_at_the_same_moment(world.shop, order.granted_refunds[0])
    first, second = pending_webhooks(world.shop)
    deliver(world.shop, first)
    world.clock.forward(seconds=1)
    with web_process(world.shop, dies_before_it_answers):
        deliver(world.shop, second)
    assert order.granted_refunds[0].status == "FAILURE"

    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
    assert len(world.shop.saleor.calls_of("transactionRequestRefundForGrantedRefund")) == 2
    assert len(world.shop.saleor.calls_of("transactionEventReport")) == 1


def test_long_after_the_refund_no_money_moves_whatever_the_grant_says(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    (grant,) = order.granted_refunds
    cashier.request_at_the_same_moment(world.shop, grant)
    _, late = pending_webhooks(world.shop)
    late.due_at = world.clock.now + timedelta(minutes=10)
    world.run(minutes=5)
    assert_paid_once(world.shop, order, request, 19900)

    with web_process(world.shop, dies_before_it_answers):
        world.run(minutes=10)
        world.wait(minutes=10)
    assert grant.status == "FAILURE"
    cashier.request(world.shop, grant)
    world.wait(minutes=10)

    # The grant was repaired, under a reference that Saleor had not counted before.
    (transaction,) = order.transactions
    assert grant.status == "SUCCESS"
    assert (transaction.refunded, transaction.refund_pending) == (199, 0)
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900
    assert_settled(world.shop, request)
    assert len([call for call in world.wechat.calls if call.method == "POST"]) == 1


def test_four_requests_at_once_are_one_refund(world: World) -> None:
    """EC40."""
    order, request, _ = refund_asked(world.shop)
    for _ in range(3):
        cashier.request_at_the_same_moment(world.shop, order.granted_refunds[0])

    world.run()

    assert len(world.shop.saleor.delivered(REFUND_REQUESTED)) == 4
    assert_paid_once(world.shop, order, request, 19900)


def test_the_totals_must_do_when_too_little_is_left_to_ask_anew(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    (transaction,) = order.transactions
    with web_process(world.shop, dies_before_it_answers):
        world.shop.saleor.deliver_due()
    # The rest went back another way meanwhile: 709.70 charged, 199.00 of it ours to refund.
    cashier.book_refund_made_elsewhere(world.shop, transaction, "600.00", "by hand")

    world.run(minutes=30)

    assert transaction.refunded == 799
    assert order.granted_refunds[0].status == "FAILURE"
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900
    done = make.read(world.shop, request)
    assert done["status"] == "REFUNDED"
    (task,) = done["tasks"]
    assert task["kind"] == "SALEOR_TOTALS_DIFFER"
    assert task["detail"].startswith("the granted refund stays FAILURE: AMOUNT_GREATER_THAN")
    assert Refund.objects.get().counted_at is not None


def test_the_totals_must_do_when_saleors_worker_died_with_it(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    (transaction,) = order.transactions

    with web_process(world.shop, outlives_saleors_worker):
        world.run(minutes=30)

    assert order.granted_refunds[0].status == "PENDING"
    assert_money_moved_once(world.shop, transaction, 19900)
    assert Refund.objects.get().counted_at is not None
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert make.tasks(world.shop, request) == [
        ("SALEOR_TOTALS_DIFFER", "the granted refund stays PENDING: our answer got lost")
    ]


def test_a_dead_worker_of_saleors_keeps_no_customer_waiting(world: World) -> None:
    """EC39."""
    order, request, _ = refund_asked(world.shop)
    (delivery,) = pending_webhooks(world.shop)
    delivery.due_at = world.clock.now.replace(year=9999)

    world.run(minutes=5)
    assert world.wechat.calls == []
    world.run(minutes=15)
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert_money_moved_once(world.shop, order.transactions[0], 19900)

    delivery.due_at = world.clock.now
    world.run(minutes=30)
    assert len([call for call in world.wechat.calls if call.method == "POST"]) == 1
    assert len(world.shop.saleor.calls_of("transactionRequestRefundForGrantedRefund")) == 2
    assert order.granted_refunds[0].status == "SUCCESS"
    assert order.transactions[0].refunded == 199


def pending_webhooks(shop: TestShop) -> list[Delivery]:
    return [d for d in shop.saleor.deliveries.pending() if d.event == REFUND_REQUESTED]


def deliver(shop: TestShop, delivery: Delivery) -> None:
    """Send this one only."""
    others = [other for other in shop.saleor.deliveries.pending() if other is not delivery]
    due = {id(other): other.due_at for other in others}
    for other in others:
        other.due_at = other.due_at.replace(year=9999)
    assert shop.saleor.deliver_due() == 1
    for other in others:
        other.due_at = due[id(other)]

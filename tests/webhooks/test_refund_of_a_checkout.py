"""A refund that Saleor asks for of a checkout's payment …"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund
from saleor_wechat_returns.sandbox.saleor import Payment
from tests.usecases import cashier, dashboard, payer
from tests.usecases.paid_once import assert_money_moved_once
from tests.usecases.together import together
from tests.usecases.unordered import paid, transaction_of
from tests.webhooks.saleor_posts import changed, forget_deliveries, latest_webhook, post
from tests.world import TestShop, World


def asked(shop: TestShop, amount: str = "50.00") -> tuple[Payment, dict[str, Any]]:
    """The webhook that Saleor is about to send."""
    payment = paid(shop)
    dashboard.refund_by_hand(shop, transaction_of(shop, payment), amount)
    webhook = latest_webhook(shop)
    forget_deliveries(shop)
    return payment, webhook


def test_is_paid_once_and_told_to_saleor(world: World) -> None:
    payment = paid(world.shop)
    transaction = transaction_of(world.shop, payment)

    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    world.run()

    assert_money_moved_once(world.shop, transaction, 5000)
    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.order, refund.taken) == (
        "dashboard",
        None,
        payer.row_of(payment),
    )
    assert (refund.status, refund.running) == ("succeeded", False)
    assert refund.counted_at is not None


def test_hears_one_number_however_often_it_comes(world: World) -> None:
    _, webhook = asked(world.shop)
    again = changed(webhook, "issuedAt", world.clock.now.isoformat())

    answers = [post(world.shop, event).json() for event in (webhook, webhook, again)]

    assert answers == [{"pspReference": f"{Refund.objects.get().number}-1"}] * 3


@pytest.mark.django_db(transaction=True)
def test_is_begun_once_by_two_deliveries_at_one_moment(world: World) -> None:
    _, webhook = asked(world.shop)
    again = changed(webhook, "issuedAt", world.clock.now.isoformat())

    answers = together([partial(post, world.shop, event) for event in (webhook, again)])

    said = {str(answer.json()) for answer in answers}
    assert said == {str({"pspReference": f"{Refund.objects.get().number}-1"})}


def test_of_more_than_is_left_is_refused(world: World) -> None:
    payment, webhook = asked(world.shop)
    post(world.shop, webhook)
    world.run()

    answer = post(world.shop, changed(webhook, "action.amount", 360.01)).json()

    assert answer.pop("pspReference").startswith("no-")
    assert answer == {
        "result": "REFUND_FAILURE",
        "message": "More than is left on this payment. Nothing was paid.",
    }
    assert payer.row_of(payment).refunds.count() == 1


def test_waits_behind_another_one(world: World) -> None:
    _, webhook = asked(world.shop)
    post(world.shop, webhook)

    answer = post(world.shop, changed(webhook, "action.amount", 60.00))

    assert answer.json()["message"] == (
        "Another refund of this payment is under way. Nothing was paid."
    )
    assert Refund.objects.count() == 1


def test_that_fails_at_once_leaves_nothing_pending_in_saleor(world: World) -> None:
    """WeChat Pay refuses before Saleor has stored our answer, which is lost on its way."""
    payment = paid(world.shop)
    transaction = transaction_of(world.shop, payment)
    dashboard.refund_by_hand(world.shop, transaction, "50.00")
    webhook = latest_webhook(world.shop)
    world.wechat.payments[transaction.psp_reference].total_fen -= 1
    post(world.shop, webhook)
    world.work()
    assert Refund.objects.get().status == "failed"

    world.run()

    assert (transaction.charged, transaction.refund_pending) == (Decimal("410.00"), 0)
    assert not Refund.objects.filter(running=True).exists()


def test_that_was_never_paid_here_is_refused(world: World) -> None:
    _, webhook = asked(world.other_shop)
    event = changed(webhook, "recipient.id", world.shop.app.id)

    answer = post(world.shop, event)

    assert answer.json()["message"] == "This payment is not known here: nothing was paid."
    assert Refund.objects.count() == 0


def test_lowers_what_its_order_can_give_back_later(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = paid(world.shop, "410.00", checkout)
    order = world.shop.saleor.shopper(world.shop.li).complete(checkout)
    world.quiet()
    before = Refund(shop=world.shop.row, taken=payer.row_of(payment), sequence=0, amount_fen=40000)
    before.origin, before.status, before.running = "checkout", "paying", True
    before.save()

    cashier.refund_plainly(world.shop, order.transactions[0], "50.00")
    world.quiet()

    assert order.transactions[0].events[-1].message == (
        "More than is left on this payment, after what its returns are owed. Nothing was paid."
    )

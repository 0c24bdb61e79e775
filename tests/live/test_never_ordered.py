"""A checkout that is paid, and whose customer never comes back, in a real Saleor …"""

from __future__ import annotations

import pytest
from pytest_django import Settings

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import OutboxMessage, Refund, StaffTask
from tests.live import cashier, payer
from tests.live.live_shop import LiveShop
from tests.live.orders import Checkout

GIVES_BACK_SECONDS = 240  # of which a minute is for an order that may just be coming
LATER_MINUTES = 60


@pytest.fixture(autouse=True)
def _soon(settings: Settings) -> None:
    settings.FIND_ORDER_AFTER_MINUTES = 0


def order_of(shop: LiveShop, transaction_id: str) -> str:
    query = "query($id: ID!) { transaction(id: $id) { order { id } } }"
    order = shop.saleor.as_staff(query, id=transaction_id)["transaction"]["order"]
    return str(order["id"]) if order else ""


def add_a_piece(shop: LiveShop, checkout: Checkout) -> None:
    query = """mutation($id: ID!, $lines: [CheckoutLineInput!]!) {
      checkoutLinesAdd(id: $id, lines: $lines) { errors { field code message } } }"""
    lines = [{"variantId": shop.orders.variants()[0], "quantity": 1}]
    answer = shop.saleor.run(query, shop.saleor.token_of(shop.li), id=checkout.id, lines=lines)
    assert answer["checkoutLinesAdd"]["errors"] == []


def look_again(shop: LiveShop) -> None:
    """Now, whenever it would be due."""
    OutboxMessage.objects.filter(topic="payment.find_order").update(due_at=clock.now())


def test_is_ordered_for_the_customer(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    payer.paid(shop, begun)

    shop.work_until(lambda: order_of(shop, begun.transaction_id) != "")

    order = order_of(shop, begun.transaction_id)
    seen = shop.orders.see(order)
    assert (seen.charged_fen, shop.orders.charge_status(order)) == (checkout.total_fen, "FULL")
    assert not StaffTask.objects.exists()
    assert shop.wechat.refunds == []


def test_goes_back_when_no_order_can_come_of_it(shop: LiveShop, settings: Settings) -> None:
    """Li has put another piece into it, and is gone."""
    settings.FIND_ORDER_AFTER_MINUTES = LATER_MINUTES
    settings.REFUND_WITHOUT_ORDER_MINUTES = 1
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    payer.paid(shop, begun)
    add_a_piece(shop, checkout)
    look_again(shop)
    tasks = StaffTask.objects.filter(closed_at=None)
    shop.work_until(lambda: tasks.filter(kind="paid_without_order").exists())

    counted = Refund.objects.exclude(counted_at=None)

    def is_back() -> bool:
        look_again(shop)
        return counted.exists()

    shop.work_until(is_back, seconds=GIVES_BACK_SECONDS)

    (refund,) = shop.wechat.refunds
    assert (refund.refund_fen, refund.status) == (checkout.total_fen, "SUCCESS")
    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.charged_fen, seen.refunded_fen) == (0, checkout.total_fen)
    assert seen.refund_pending_fen == 0
    assert seen.event_types[-2:] == ["REFUND_REQUEST", "REFUND_SUCCESS"]
    assert [task.kind for task in tasks] == ["refunded_without_order"]
    assert order_of(shop, begun.transaction_id) == ""


def test_is_refunded_once_when_staff_ask_for_it(shop: LiveShop, settings: Settings) -> None:
    settings.FIND_ORDER_AFTER_MINUTES = LATER_MINUTES
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    payer.paid(shop, begun)

    cashier.ask(shop.saleor, begun.transaction_id, "REFUND", "50.00")
    shop.work_until(lambda: Refund.objects.exclude(counted_at=None).exists(), seconds=120)

    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.charged_fen, seen.refunded_fen) == (checkout.total_fen - 5000, 5000)
    assert seen.refund_pending_fen == 0
    assert [refund.refund_fen for refund in shop.wechat.refunds] == [5000]

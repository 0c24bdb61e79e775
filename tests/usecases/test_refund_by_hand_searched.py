"""A refund made in the merchant portal, of an order that nobody looked at here …"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund, ReturnableOrder, StaffTask
from tests.usecases import payer
from tests.usecases.paid_once import assert_money_moved_once
from tests.usecases.wires import wired
from tests.world import MCHID, US, TestShop, World


def bought(shop: TestShop) -> Any:
    """Two hoodies, paid in the mini-program through this app."""
    checkout = payer.fill(shop)
    payment = payer.begin(shop, checkout)
    payer.pay(shop, payment)
    assert payer.carry_on(shop, payment).event_type == "CHARGE_SUCCESS"
    order = shop.saleor.shopper(shop.li).complete(checkout)
    shop.world.quiet()
    assert not ReturnableOrder.objects.exists()
    return order


def refund_in_portal(shop: TestShop, transaction: Any, fen: int = 5000) -> None:
    world = shop.world
    world.wechat.set_refund_notify_url(MCHID, f"{US}/s/{shop.row.key}/wechat-pay/refund/")
    refund = world.wechat.refund_in_console(transaction.psp_reference, fen)
    world.wechat.settle(refund.out_refund_no)


def refuse_to_show(call: str) -> httpx.Response | None:
    if call != "PaymentFacts":
        return None
    return httpx.Response(200, json={"data": None, "errors": [{"message": "not now"}]})


def assert_kept(shop: TestShop, transaction: Any) -> None:
    assert_money_moved_once(shop, transaction, 5000)
    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.counted_at is not None) == ("console", True)
    assert list(OutboxMessage.objects.filter(done_at=None)) == []


@pytest.mark.parametrize("at", ["shop", "other_shop"])
def test_is_found_in_saleor_recorded_and_told(world: World, at: str) -> None:
    """EC66."""
    shop: TestShop = getattr(world, at)
    (transaction,) = bought(shop).transactions

    refund_in_portal(shop, transaction)
    world.run(minutes=40)  # as long as somebody looks whether the payment became an order

    assert_kept(shop, transaction)


@pytest.mark.parametrize("fault", ["timeout_before", "http_500", "timeout_after_accept"])
def test_is_found_once_saleor_is_back(world: World, fault: str) -> None:
    (transaction,) = bought(world.shop).transactions
    world.shop.saleor.faults.add(fault, "transaction", times=3)
    world.shop.saleor.faults.add(fault, "order")

    refund_in_portal(world.shop, transaction)
    world.run(minutes=60)

    assert_kept(world.shop, transaction)


def test_that_saleor_refuses_to_show_becomes_a_task(world: World) -> None:
    (transaction,) = bought(world.shop).transactions

    with wired(world, before=refuse_to_show):
        refund_in_portal(world.shop, transaction)
        world.wait(minutes=120)

    (task,) = StaffTask.objects.all()
    assert (task.kind, task.payment is not None) == ("stuck", True)
    world.run(minutes=60)
    assert_kept(world.shop, transaction)


def test_of_a_checkout_waits_for_its_order(world: World) -> None:
    shop = world.shop
    checkout = payer.fill(shop)
    payment = payer.begin(shop, checkout)
    payer.pay(shop, payment)
    payer.carry_on(shop, payment)
    world.quiet()
    transaction = shop.saleor.world.find(payment.transaction_id)
    refund_in_portal(shop, transaction)
    world.quiet()
    assert Refund.objects.count() == 0

    shop.saleor.shopper(shop.li).complete(checkout)
    world.wait(minutes=61)
    world.run()

    assert_kept(shop, transaction)

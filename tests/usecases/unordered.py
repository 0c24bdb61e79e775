"""A checkout that is paid and not ordered, as it is at each stage."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import OutboxMessage, Refund, StaffTask
from saleor_wechat_returns.sandbox.saleor import Payment
from tests import make
from tests.usecases import payer
from tests.usecases.paid_once import assert_money_moved_once
from tests.world import TestShop, World

LOOK, GIVE_BACK = 30, 60  # minutes after Saleor was told of the payment


def paid(shop: TestShop, amount: str | None = None, checkout: str = "") -> Payment:
    """Li pays, for two hoodies and shipping if not told otherwise, and closes the app."""
    payment = payer.begin(shop, checkout or payer.fill(shop), amount)
    payer.pay(shop, payment)
    shop.world.quiet()
    assert payer.row_of(payment).reported_at == shop.world.clock.now
    return payment


def after(world: World, minutes: int) -> None:
    """What is due is done, once so much time has passed."""
    world.clock.forward(minutes=minutes)
    world.quiet()


def sell_out(shop: TestShop, *, is_sold_out: bool = True) -> None:
    """The last hoodie went to somebody else; or there are hoodies again."""
    for product in shop.saleor.world.products:
        for variant in product.variants:
            variant.is_sold_out = is_sold_out


def transaction_of(shop: TestShop, payment: Payment) -> Any:
    return shop.saleor.world.find(payment.transaction_id)


def completions(shop: TestShop) -> int:
    """How often anybody asked Saleor to make an order of a checkout."""
    return len(shop.saleor.calls_of("checkoutComplete"))


def tasks() -> list[tuple[str, str]]:
    rows = StaffTask.objects.filter(closed_at=None).order_by("id")
    return list(rows.values_list("kind", "detail"))


def retry_rejected(shop: TestShop) -> None:
    """Staff go on with what WeChat Pay refused."""
    shown = shop.as_clerk("{ returnTasks { kind returnRefund { id version } } }").data
    (refund,) = [t["returnRefund"] for t in shown["returnTasks"] if t["kind"] == "REFUND_REJECTED"]
    answer = shop.as_clerk(make.RETRY, refund=refund["id"], version=refund["version"])
    assert answer.refusals == []


def assert_ordered(shop: TestShop, *payments: Payment) -> None:
    """One order has the money, nothing goes back, and nothing is left to do."""
    (order,) = shop.saleor.world.orders
    assert [t.id for t in order.transactions] == [p.transaction_id for p in payments]
    assert (order.charge_status, order.user) == ("FULL", shop.li)
    assert shop.world.wechat.refunds == []
    assert tasks() == []
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def assert_given_back(shop: TestShop, payment: Payment, fen: int = payer.TOTAL_FEN) -> None:
    """Once, to the fen, in WeChat Pay's books and Saleor's, and nothing is left to do."""
    assert shop.saleor.world.orders == []
    assert_money_moved_once(shop, transaction_of(shop, payment), fen)
    refund = Refund.objects.get(taken=payer.row_of(payment))
    assert (refund.origin, refund.status, refund.amount_fen) == ("checkout", "succeeded", fen)
    assert (refund.running, refund.counted_at is not None) == (False, True)
    assert not OutboxMessage.objects.filter(done_at=None).exists()

"""Refunds asked for at the same moment, in a real Saleor, which lets all of them through …"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from saleor_wechat_returns.models import Refund, StaffTask
from tests.live import cashier, payer, walk
from tests.live.live_shop import LiveOrder, LiveShop
from tests.usecases.together import together

CLICKS = 4


@pytest.mark.parametrize("amount", ["50.00", None], ids=["of a part", "of everything"])
def test_by_clicks_on_one_payment_are_paid_once(shop: LiveShop, amount: str | None) -> None:
    order = payer.buy(shop, [2])
    transaction = _transaction(shop, order)
    shop.saleor.token_of(shop.saleor.staff)

    together([partial(cashier.ask, shop.saleor, transaction, "REFUND", amount)] * CLICKS)
    _work_until_all_are_answered(shop, transaction)

    fen = 5000 if amount else order.total_fen
    assert [paid.refund_fen for paid in shop.wechat.refunds] == [fen]
    _is_refunded(shop, order, fen)
    assert not StaffTask.objects.exists()


def test_of_two_amounts_on_one_payment_pay_one_of_them(shop: LiveShop) -> None:
    order = payer.buy(shop, [2])
    transaction = _transaction(shop, order)
    shop.saleor.token_of(shop.saleor.staff)

    together(
        [
            partial(cashier.ask, shop.saleor, transaction, "REFUND", amount)
            for amount in ("50.00", "60.00")
        ]
    )
    _work_until_all_are_answered(shop, transaction)

    (paid,) = shop.wechat.refunds
    assert paid.refund_fen in {5000, 6000}
    _is_refunded(shop, order, paid.refund_fen)
    failed = [e for e in cashier.see(shop.saleor, transaction).events if e[0] == "REFUND_FAILURE"]
    assert [fen for _, fen, _ in failed] == [11000 - paid.refund_fen]


def test_of_one_grant_are_paid_once(shop: LiveShop) -> None:
    order = payer.buy(shop, [2])
    transaction = _transaction(shop, order)
    granted = cashier.grant(shop.saleor, order.id, transaction, "30.00")

    refusals = together([partial(cashier.try_request, shop.saleor, granted)] * CLICKS)
    _work_until_all_are_answered(shop, transaction)

    assert set(refusals) <= {"", "REFUND_IS_PENDING"}
    assert "" in refusals
    assert [paid.refund_fen for paid in shop.wechat.refunds] == [3000]
    _is_refunded(shop, order, 3000)
    assert shop.orders.see(order.id).grants == [("SUCCESS", 3000)]
    assert not StaffTask.objects.exists()


def test_beside_a_return_never_take_from_each_other(shop: LiveShop) -> None:
    """Whoever is first: staff are refused, or the return is paid when their refund is counted."""
    order = shop.order([2])
    transaction = _transaction(shop, order)
    request = walk.inspected(shop, order, {0: 1})
    shop.saleor.token_of(shop.saleor.staff)

    both: list[Callable[[], None]] = [
        shop.work,
        partial(cashier.ask, shop.saleor, transaction, "REFUND", "50.00"),
    ]
    together(both)
    shop.work_until_counted(request)
    _work_until_all_are_answered(shop, transaction)

    worth = order.lines[0].total_fen // 2
    paid = sum(refund.refund_fen for refund in shop.wechat.refunds)
    assert paid in {worth, worth + 5000}
    _is_refunded(shop, order, paid)
    assert walk.read(shop, request)["status"] == "REFUNDED"
    assert shop.orders.see(order.id).grants == [("SUCCESS", worth)]


def _transaction(shop: LiveShop, order: LiveOrder) -> str:
    (only,) = cashier.transactions_of(shop.saleor, order.id)
    return only


def _work_until_all_are_answered(shop: LiveShop, transaction: str) -> None:
    """Every request bears a reference of ours, also when we refused; every refund is counted."""

    def is_over() -> bool:
        events = cashier.see(shop.saleor, transaction).events
        answered = all(psp for kind, _, psp in events if kind == "REFUND_REQUEST")
        return answered and not Refund.objects.filter(counted_at=None).exists()

    shop.work_until(lambda: Refund.objects.exists() and is_over(), seconds=120)


def _is_refunded(shop: LiveShop, order: LiveOrder, fen: int) -> None:
    """So much of the order's one payment is back, and nothing is under way."""
    seen = cashier.see(shop.saleor, _transaction(shop, order))
    assert (seen.refunded_fen, seen.refund_pending_fen) == (fen, 0)
    assert seen.charged_fen == order.total_fen - fen
    assert shop.orders.see(order.id).refunded_fen == fen

"""A deposit on the checkout and the balance on the order, in a real Saleor …"""

from __future__ import annotations

from tests.live import cashier, payer, walk
from tests.live.live_shop import LiveOrder, LiveShop

DEPOSIT_FEN = 20000


def test_go_back_the_way_they_came_with_two_grants(shop: LiveShop) -> None:
    with shop.saleor.unpaid_orders_allowed():
        order, deposit, balance = _buy_two(shop)
    worth = order.lines[0].total_fen
    on_balance = order.total_fen - DEPOSIT_FEN
    on_deposit = worth - on_balance
    assert 0 < on_deposit < DEPOSIT_FEN

    request = walk.inspected(shop, order, {0: 2})
    shop.work_until_counted(request)

    done = walk.read(shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert [refund["amount"]["fen"] for refund in done["refunds"]] == [on_balance, on_deposit]
    assert shop.wechat.refunded_fen(balance) == on_balance
    assert shop.wechat.refunded_fen(deposit) == on_deposit
    seen = shop.orders.see(order.id)
    assert seen.grants == [("SUCCESS", on_balance), ("SUCCESS", on_deposit)]
    assert (seen.refunded_fen, seen.charged_fen) == (worth, order.total_fen - worth)
    assert seen.returns == [{order.lines[0].id: 2}]
    first, second = (
        cashier.see(shop.saleor, pk) for pk in cashier.transactions_of(shop.saleor, order.id)
    )
    assert (first.psp_reference, second.psp_reference) == (deposit, balance)
    assert (first.charged_fen, first.refunded_fen) == (DEPOSIT_FEN - on_deposit, on_deposit)
    assert (second.charged_fen, second.refunded_fen) == (0, on_balance)


def _buy_two(shop: LiveShop) -> tuple[LiveOrder, str, str]:
    """And a third piece, which stays; with WeChat's ids of the two payments."""
    checkout = shop.fill([2, 1])
    deposit = payer.paid(shop, payer.begin(shop, checkout.id, "200.00"))
    order_id, lines = shop.orders.complete(shop.li, checkout)
    assert shop.orders.charge_status(order_id) == "PARTIAL"
    balance = payer.paid(shop, payer.begin(shop, order_id))
    assert shop.orders.charge_status(order_id) == "FULL"
    shop.orders.send(order_id, 2)
    return LiveOrder(order_id, lines, checkout.total_fen), deposit, balance

"""A refund of staff's own, beside our returns, in a real Saleor …"""

from __future__ import annotations

from saleor_wechat_returns.models import Refund, StaffTask
from tests import make
from tests.live import cashier, payer, walk
from tests.live.live_shop import LiveOrder, LiveShop
from tests.world import MCHID

UNDER_WAY = (
    "Another refund of this order is under way: please try again when it is done. Nothing was paid."
)
NOT_THE_GRANT = "The amount is not the amount that was granted. Nothing was paid."


def test_clicked_in_the_dashboard_is_paid_once_and_counted(shop: LiveShop) -> None:
    order = payer.buy(shop, [2])

    cashier.ask(shop.saleor, _transaction(shop, order), "REFUND", "50.00")
    _work_until_counted(shop)

    assert [paid.refund_fen for paid in shop.wechat.refunds] == [5000]
    _refunded(shop, order, 5000)
    (refund,) = Refund.objects.all()
    assert (refund.origin, refund.request) == ("dashboard", None)
    assert shop.orders.see(order.id).grants == []
    assert not StaffTask.objects.exists()


def test_clicked_while_a_return_is_refunded_is_refused(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    shop.work_until(lambda: len(shop.wechat.refunds) == 1, wechat_pays=False)
    transaction = _transaction(shop, order)
    shop.work_until(
        lambda: cashier.see(shop.saleor, transaction).refund_pending_fen > 0, wechat_pays=False
    )

    cashier.ask(shop.saleor, transaction, "REFUND", "50.00")
    shop.work_until(
        lambda: "REFUND_FAILURE" in cashier.see(shop.saleor, transaction).event_types,
        wechat_pays=False,
    )

    assert cashier.latest_message(shop.saleor, transaction) == UNDER_WAY
    shop.work_until_counted(request)
    worth = order.lines[0].total_fen // 2
    assert [paid.refund_fen for paid in shop.wechat.refunds] == [worth]
    _refunded(shop, order, worth)
    assert shop.orders.see(order.id).grants == [("SUCCESS", worth)]


def test_clicked_again_while_a_return_is_refunded_is_refused_again(shop: LiveShop) -> None:
    """Saleor drops the second of two equal failures, unless each has its own reference."""
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    transaction = _transaction(shop, order)
    shop.work_until(
        lambda: cashier.see(shop.saleor, transaction).refund_pending_fen > 0, wechat_pays=False
    )
    granted = cashier.grant(shop.saleor, order.id, transaction, "50.00")

    for refusals in (1, 2):
        cashier.request(shop.saleor, granted)
        _work_until_refused(shop, transaction, refusals)

    worth = order.lines[0].total_fen // 2
    assert shop.orders.see(order.id).grants == [("PENDING", worth), ("FAILURE", 5000)]
    shop.work_until_counted(request)
    cashier.request(shop.saleor, granted)
    _work_until_counted(shop)
    shop.work_until(lambda: len(shop.wechat.refunds) == 2, seconds=120)
    _work_until_counted(shop)
    assert shop.orders.see(order.id).grants == [("SUCCESS", worth), ("SUCCESS", 5000)]
    _refunded(shop, order, worth + 5000)


def test_granted_by_staff_ends_their_grant(shop: LiveShop) -> None:
    order = payer.buy(shop, [2])
    transaction = _transaction(shop, order)

    granted = cashier.grant(shop.saleor, order.id, transaction, "30.00")
    cashier.request(shop.saleor, granted)
    _work_until_counted(shop)

    assert [paid.refund_fen for paid in shop.wechat.refunds] == [3000]
    _refunded(shop, order, 3000)
    assert shop.orders.see(order.id).grants == [("SUCCESS", 3000)]


def test_granted_as_nothing_does_not_refund_everything(shop: LiveShop) -> None:
    order = payer.buy(shop, [1])
    transaction = _transaction(shop, order)

    granted = cashier.grant(shop.saleor, order.id, transaction, "0")
    cashier.request(shop.saleor, granted)
    shop.work_until(lambda: "REFUND_FAILURE" in cashier.see(shop.saleor, transaction).event_types)

    assert cashier.latest_message(shop.saleor, transaction) == NOT_THE_GRANT
    asked = [e for e in cashier.see(shop.saleor, transaction).events if e[0] == "REFUND_REQUEST"]
    assert [fen for _, fen, _ in asked] == [order.total_fen]  # so Saleor reads a grant of 0
    assert shop.wechat.refunds == []
    _refunded(shop, order, 0)
    assert shop.orders.see(order.id).grants == [("FAILURE", 0)]


def test_granted_for_the_same_pieces_leaves_a_return_its_amount(shop: LiveShop) -> None:
    """Saleor counts pieces over all grants, requested or not: ours names none of them then."""
    order = shop.order([2])
    line = order.lines[0]
    cashier.grant(
        shop.saleor, order.id, _transaction(shop, order), "10.00", pieces={line.id: line.quantity}
    )

    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)

    assert walk.read(shop, request)["status"] == "REFUNDED"
    worth = line.total_fen // line.quantity
    assert shop.orders.see(order.id).grants == [("NONE", 1000), ("SUCCESS", worth)]
    _refunded(shop, order, worth)


def test_granted_for_the_shipping_leaves_none_to_a_return(shop: LiveShop) -> None:
    order = shop.order([2])
    assert order.shipping_fen == 1200
    cashier.grant(shop.saleor, order.id, _transaction(shop, order), "12.00", shipping=True)

    request = walk.inspected(shop, order, {0: 1}, reason="quality_defect")
    shop.work_until_counted(request)

    assert walk.read(shop, request)["shippingAmount"] == {"fen": 0}
    worth = order.lines[0].total_fen // 2
    assert shop.orders.see(order.id).grants == [("NONE", 1200), ("SUCCESS", worth)]
    _refunded(shop, order, worth)


def test_in_wechats_portal_is_told_to_saleor(shop: LiveShop) -> None:
    order = payer.buy(shop, [2])
    transaction = _transaction(shop, order)
    shop.as_li(make.RETURNABLE, order=order.id)  # the order is known here

    number = _refund_in_portal(shop, order, 5000)
    _work_until_counted(shop)

    _refunded(shop, order, 5000)
    seen = cashier.see(shop.saleor, transaction)
    assert seen.events[-1] == ("REFUND_SUCCESS", 5000, number)
    assert "REFUND_REQUEST" not in seen.event_types
    assert shop.orders.see(order.id).grants == []
    assert Refund.objects.get().origin == "console"


def test_in_wechats_portal_leaves_a_return_its_own(shop: LiveShop) -> None:
    order = shop.order([2])
    shop.as_li(make.RETURNABLE, order=order.id)
    _refund_in_portal(shop, order, 1000)
    _work_until_counted(shop)

    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)

    worth = order.lines[0].total_fen // 2
    assert walk.read(shop, request)["status"] == "REFUNDED"
    assert sorted(paid.refund_fen for paid in shop.wechat.refunds) == [1000, worth]
    _refunded(shop, order, worth + 1000)
    assert shop.orders.see(order.id).grants == [("SUCCESS", worth)]


def _transaction(shop: LiveShop, order: LiveOrder) -> str:
    (only,) = cashier.transactions_of(shop.saleor, order.id)
    return only


def _refund_in_portal(shop: LiveShop, order: LiveOrder, fen: int) -> str:
    """Staff refund there, and the portal tells us; the refund's number."""
    url = f"{shop.web.url}/s/{shop.row.key}/wechat-pay/refund/"
    shop.wechat.set_refund_notify_url(MCHID, url)
    wechat_id = cashier.see(shop.saleor, _transaction(shop, order)).psp_reference
    made = shop.wechat.refund_in_console(wechat_id, fen)
    shop.wechat.settle(made.out_refund_no)
    return made.out_refund_no


def _work_until_counted(shop: LiveShop) -> None:
    """Until some refund is known, and each one is counted."""
    shop.work_until(
        lambda: Refund.objects.exists() and not Refund.objects.filter(counted_at=None).exists(),
        seconds=120,
    )


def _work_until_refused(shop: LiveShop, transaction: str, times: int) -> None:
    def is_refused() -> bool:
        return cashier.see(shop.saleor, transaction).event_types.count("REFUND_FAILURE") == times

    shop.work_until(is_refused, wechat_pays=False)


def _refunded(shop: LiveShop, order: LiveOrder, fen: int) -> None:
    """So much of the order's one payment is back, in its totals and in the order's."""
    seen = cashier.see(shop.saleor, _transaction(shop, order))
    assert (seen.refunded_fen, seen.refund_pending_fen) == (fen, 0)
    assert seen.charged_fen == order.total_fen - fen
    assert shop.orders.see(order.id).refunded_fen == fen

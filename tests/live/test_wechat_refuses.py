"""A refund that WeChat Pay does not carry out, or takes back, in a real Saleor …"""

from __future__ import annotations

from typing import Any

from tests.live import cashier, walk
from tests.live.ending import ONE_BACK_ONE_KEPT, one_piece_was_refunded
from tests.live.live_shop import LiveOrder, LiveShop


def test_is_paid_under_a_new_number_when_staff_try_again(shop: LiveShop) -> None:
    order, request = _closed(shop)
    assert shop.orders.see(order.id).grants == [("FAILURE", _worth(order))]

    assert walk.retry(shop, request).request["status"] == "REFUNDING"
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT, failures=1, closed=1)
    numbers = [paid.out_refund_no for paid in shop.wechat.refunds]
    assert numbers == [f"{request['number']}-1-1", f"{request['number']}-1-2"]


def test_is_settled_when_staff_paid_otherwise(shop: LiveShop) -> None:
    order, request = _closed(shop)

    assert walk.settle(shop, request).request["status"] == "REFUNDED"
    shop.work_until_counted(request)

    done = walk.read(shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert [refund["status"] for refund in done["refunds"]] == ["SETTLED"]
    assert [paid.status for paid in shop.wechat.refunds] == ["CLOSED"]
    seen = shop.orders.see(order.id)
    worth = _worth(order)
    assert seen.grants == [("SUCCESS", worth)]
    assert (seen.refunded_fen, seen.charged_fen) == (worth, order.total_fen - worth)
    assert [kind for kind, _ in seen.refund_events].count("REFUND_SUCCESS") == 1


def test_is_taken_back_in_saleor_and_can_be_paid_again(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)
    transaction = _transaction(shop, order)

    shop.wechat.settle(f"{request['number']}-1-1", "CLOSED", reversed=True)
    _work_until_event(shop, transaction, "REFUND_REVERSE")
    _work_until_staff_have(shop, request, "REFUND_REVERSED")

    worth = _worth(order)
    seen = shop.orders.see(order.id)
    assert seen.grants == [("NONE", worth)]
    assert (seen.charged_fen, seen.refunded_fen) == (order.total_fen, 0)
    assert walk.read(shop, request)["status"] == "REFUND_FAILED"

    shop.work_until(lambda: not walk.is_reporting(request))
    assert walk.retry(shop, request).request["status"] == "REFUNDING"
    shop.work_until_counted(request)

    assert [paid.status for paid in shop.wechat.refunds] == ["CLOSED", "SUCCESS"]
    seen = shop.orders.see(order.id)
    assert seen.grants == [("SUCCESS", worth)]
    assert (seen.charged_fen, seen.refunded_fen) == (order.total_fen - worth, worth)
    assert cashier.see(shop.saleor, transaction).event_types[-5:] == [
        "REFUND_REQUEST",
        "REFUND_SUCCESS",
        "REFUND_REVERSE",
        "REFUND_REQUEST",
        "REFUND_SUCCESS",
    ]


def _closed(shop: LiveShop) -> tuple[LiveOrder, dict[str, Any]]:
    """An order of two and a return of one, whose refund WeChat Pay took and then closed."""
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    shop.work_until(lambda: len(shop.wechat.refunds) == 1, wechat_pays=False)
    shop.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    _work_until_event(shop, _transaction(shop, order), "REFUND_FAILURE")
    _work_until_staff_have(shop, request, "REFUND_REJECTED")
    shop.work_until(lambda: not walk.is_reporting(request))
    assert walk.read(shop, request)["status"] == "REFUND_FAILED"
    return order, request


def _worth(order: LiveOrder) -> int:
    return order.lines[0].total_fen // order.lines[0].quantity


def _transaction(shop: LiveShop, order: LiveOrder) -> str:
    (only,) = cashier.transactions_of(shop.saleor, order.id)
    return only


def _work_until_event(shop: LiveShop, transaction: str, event: str) -> None:
    shop.work_until(lambda: event in cashier.see(shop.saleor, transaction).event_types, seconds=120)


def _work_until_staff_have(shop: LiveShop, request: dict[str, Any], task: str) -> None:
    shop.work_until(lambda: task in [kind for kind, _ in walk.tasks(shop, request)])

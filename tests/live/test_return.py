"""A return in a real Saleor: from request to money back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund
from tests import make
from tests.live import cashier, walk
from tests.live.ending import ONE_BACK_ONE_KEPT, one_piece_was_refunded
from tests.live.live_shop import LiveOrder, LiveShop


@pytest.fixture
def voucher(shop: LiveShop) -> Iterator[str]:
    """A code that takes 10.00 off: then no line of three pieces divides by three."""
    code = f"RETURNS-{uuid.uuid4().hex[:8].upper()}"
    pk = shop.saleor.add_voucher(code, "10.00")
    yield code
    shop.saleor.remove_voucher(pk)


def test_pays_one_of_two_pieces_once(shop: LiveShop) -> None:
    order = shop.order([2])
    worth = order.lines[0].total_fen // 2
    (returnable,) = shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]
    assert returnable["amounts"] == [{"fen": worth}, {"fen": 2 * worth}]

    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_of_three_pieces_one_by_one_adds_up_to_the_fen(shop: LiveShop, voucher: str) -> None:
    order = shop.order([3], promo_code=voucher)
    line = order.lines[0]
    third, odd = divmod(line.total_fen, 3)
    assert odd == 2

    for _ in range(3):
        request = walk.inspected(shop, order, {0: 1})
        shop.work_until_counted(request)

    paid = [third + 1, third + 1, third + order.shipping_fen]
    assert [refund.refund_fen for refund in shop.wechat.refunds] == paid
    seen = shop.orders.see(order.id)
    assert (seen.status, seen.refunded_fen) == ("RETURNED", order.total_fen)
    assert seen.charged_fen == 0
    assert seen.grants == [("SUCCESS", fen) for fen in paid]
    assert seen.returns == [{line.id: 1}] * 3


def test_waits_until_the_refund_before_it_is_counted(shop: LiveShop) -> None:
    order = shop.order([1, 1])
    first_fen, second_fen = (line.total_fen for line in order.lines)
    second_fen += order.shipping_fen  # nothing of the order is left then
    requests = [walk.inspected(shop, order, {0: 1}), walk.inspected(shop, order, {1: 1})]

    shop.work_until_counted(*requests)

    first, second = Refund.objects.order_by("created_at")
    assert first.counted_at is not None
    assert second.requested_at is not None
    assert first.counted_at < second.requested_at
    assert [refund.refund_fen for refund in shop.wechat.refunds] == [first_fen, second_fen]
    seen = shop.orders.see(order.id)
    assert (seen.status, seen.refunded_fen) == ("RETURNED", first_fen + second_fen)
    assert seen.refund_events == [
        ("REFUND_REQUEST", first_fen),
        ("REFUND_SUCCESS", first_fen),
        ("REFUND_REQUEST", second_fen),
        ("REFUND_SUCCESS", second_fen),
    ]


def test_of_everything_gives_the_shipping_back_once(shop: LiveShop) -> None:
    order = shop.order([2, 3])
    assert order.shipping_fen > 0

    request = walk.inspected(shop, order, {0: 2, 1: 3})
    shop.work_until_counted(request)

    assert walk.read(shop, request)["shippingAmount"] == {"fen": order.shipping_fen}
    assert [refund.refund_fen for refund in shop.wechat.refunds] == [order.total_fen]
    (granted,) = cashier.grants_of(shop.saleor, order.id)
    assert (granted["status"], granted["shippingCostsIncluded"]) == ("SUCCESS", True)
    seen = shop.orders.see(order.id)
    assert seen.grants == [("SUCCESS", order.total_fen)]
    assert (seen.status, seen.charged_fen, seen.refunded_fen) == ("RETURNED", 0, order.total_fen)


def test_by_the_shops_fault_gives_the_shipping_back_with_the_first_piece(shop: LiveShop) -> None:
    order = shop.order([2])
    worth = order.lines[0].total_fen // 2

    first = walk.inspected(shop, order, {0: 1}, reason="quality_defect")
    shop.work_until_counted(first)
    second = walk.inspected(shop, order, {0: 1}, reason="quality_defect")
    shop.work_until_counted(second)

    grants = cashier.grants_of(shop.saleor, order.id)
    assert [grant["shippingCostsIncluded"] for grant in grants] == [True, False]
    seen = shop.orders.see(order.id)
    assert seen.grants == [("SUCCESS", worth + order.shipping_fen), ("SUCCESS", worth)]
    assert (seen.charged_fen, seen.refunded_fen) == (0, order.total_fen)


def test_of_money_only_takes_the_piece_off_an_order_not_sent_yet(shop: LiveShop) -> None:
    order = shop.order([2], sent=0)

    request = _money_only(shop, order)
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces={"RETURNED": 1})


def test_of_money_only_leaves_what_was_sent_with_the_customer(shop: LiveShop) -> None:
    order = shop.order([2], sent=1)

    request = _money_only(shop, order)
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_of_money_only_takes_the_piece_out_of_a_packed_parcel(shop: LiveShop) -> None:
    with shop.saleor.parcels_wait_for_approval():
        order = shop.order([2])

    request = _money_only(shop, order)
    shop.work_until_counted(request)

    pieces = {"WAITING_FOR_APPROVAL": 1, "RETURNED": 1}
    one_piece_was_refunded(shop, order, request, pieces=pieces)


def _money_only(shop: LiveShop, order: LiveOrder) -> dict[str, Any]:
    """One piece of the first line, approved: nothing has to come back."""
    request = walk.requested(shop, order, {0: 1}, kind="REFUND_ONLY", reason="changed_mind")
    answer = shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    assert answer.request["status"] == "REFUNDING"
    return request

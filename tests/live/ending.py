"""How every story about one piece must end: one return, one grant, one payment, everywhere."""

from __future__ import annotations

from typing import Any

from tests.live import walk
from tests.live.live_shop import LiveOrder, LiveShop
from tests.live.orders import OrderSeen

ONE_BACK_ONE_KEPT = {"FULFILLED": 1, "RETURNED": 1}


def one_piece_was_refunded(
    shop: LiveShop,
    order: LiveOrder,
    request: dict[str, Any],
    *,
    pieces: dict[str, int],
    failures: int = 0,
    closed: int = 0,
) -> None:
    """Of the first line, to the fen, in our rows, at WeChat Pay and in Saleor.

    `pieces`: where Saleor has the order's; `failures`: refunds Saleor gave up before; `closed`:
    those that WeChat Pay closed before it paid one.
    """
    line = order.lines[0]
    worth = line.total_fen // line.quantity
    failed = [("REFUND_REQUEST", worth), ("REFUND_FAILURE", worth)]

    done = walk.read(shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    (refund,) = done["refunds"]
    assert (refund["status"], refund["amount"]) == ("SUCCEEDED", {"fen": worth})
    assert refund["countedAt"]
    paid = [(refund.status, refund.refund_fen) for refund in shop.wechat.refunds]
    assert paid == [("CLOSED", worth)] * closed + [("SUCCESS", worth)]
    assert shop.orders.see(order.id) == OrderSeen(
        status="PARTIALLY_RETURNED",
        pieces=pieces,
        returns=[{line.id: 1}],
        grants=[("SUCCESS", worth)],
        refund_events=failed * failures + [("REFUND_REQUEST", worth), ("REFUND_SUCCESS", worth)],
        charged_fen=order.total_fen - worth,
        refunded_fen=worth,
    )

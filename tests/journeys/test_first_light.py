"""One return from request to money back."""

from __future__ import annotations

from tests import make
from tests.world import World


def test_one_of_two_hoodies_comes_back_and_is_paid_once(world: World) -> None:
    shop = world.shop
    order = shop.order()

    request = make.inspected(shop, order, {0: 1})
    assert request["status"] == "REFUNDING"
    world.run()

    done = make.read(shop, request)
    assert done["status"] == "REFUNDED"
    assert [(r["status"], r["amount"]["fen"]) for r in done["refunds"]] == [("SUCCEEDED", 19900)]
    assert done["refunds"][0]["countedAt"]
    assert done["tasks"] == []
    transaction = order.transactions[0]
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900
    assert transaction.refunded == 199
    assert order.granted_refunds[0].status == "SUCCESS"
    assert order.status == "PARTIALLY_RETURNED"
    assert len([c for c in world.wechat.calls if c.method == "POST"]) == 1

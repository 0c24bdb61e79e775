"""Settling by hand what no payment bears, or whose goods are not recorded …"""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import (
    OutboxMessage,
    ReturnRequest,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases import cashier, dashboard
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_ends_what_no_payment_bears(world: World) -> None:
    order = world.shop.order()
    request = inspected_after(world, order, "600.00")
    world.run()
    assert [r["amount"]["fen"] for r in make.read(world.shop, request)["refunds"]] == [10970, 8930]

    answer = make.settle(world.shop, request, at=1, reference="gift card 8")

    assert answer.request["status"] == "REFUNDED"
    assert make.tasks(world.shop, request) == []


def test_what_no_payment_bears_has_its_goods_recorded_all_the_same(world: World) -> None:
    order = world.shop.order()
    request = inspected_after(world, order, "709.70")
    world.run()

    make.settle(world.shop, request, reference="gift card 8")
    world.run()

    assert [f.status for f in order.fulfillments] == ["FULFILLED", "RETURNED"]
    assert ReturnRequest.objects.get().holds_ended_at is not None
    assert make.tasks(world.shop, request) == []
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_what_no_payment_bears_is_not_tried_again(world: World) -> None:
    order = world.shop.order()
    request = inspected_after(world, order, "709.70")
    world.run()

    with nothing_changes(world, reads=1):
        answer = make.retry(world.shop, request)

    assert answer.refusals == [("NOTHING_LEFT_TO_REFUND", "refundId")]


def returned_by_staff(world: World, order: Any, pieces: int) -> dict[str, Any]:
    """Of the two pieces we owe, staff have recorded some in Saleor themselves, so ours fails."""
    request = make.inspected(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: pieces})
    world.run()
    assert "RETURN_NOT_RECORDED" in [kind for kind, _ in make.tasks(world.shop, request)]
    return request


def test_before_the_goods_were_recorded_takes_the_return_of_staffs_for_ours(world: World) -> None:
    order = world.shop.order()
    request = returned_by_staff(world, order, 2)

    make.settle(world.shop, request)
    world.run(minutes=30)

    assert [f.status for f in order.fulfillments] == ["FULFILLED", "RETURNED"]
    assert order.transactions[0].refunded == 398
    assert make.tasks(world.shop, request) == []
    assert ReturnRequest.objects.get().holds_ended_at is not None
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_before_the_goods_can_be_recorded_leaves_that_to_staff(world: World) -> None:
    order = world.shop.order(lines=[LineSpec("连帽卫衣 Hoodie", "M", "HOODIE-M", 2, "199.00")])
    request = returned_by_staff(world, order, 1)

    make.settle(world.shop, request)
    world.run(minutes=30)
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    kinds = {kind for kind, _ in make.tasks(world.shop, request)}
    assert kinds == {"RETURN_NOT_RECORDED", "FACTS_CONTRADICT_HOLDS"}


def inspected_after(world: World, order: Any, refunded_elsewhere: str) -> dict[str, Any]:
    """One hoodie accepted, when so much of the order's payment has gone back another way."""
    received = make.received(world.shop, order)
    (transaction,) = order.transactions
    cashier.book_refund_made_elsewhere(world.shop, transaction, refunded_elsewhere, "by hand")
    world.quiet()
    version = make.read(world.shop, received)["version"]
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    return world.shop.as_clerk(
        make.INSPECT, id=received["id"], version=version, lines=lines
    ).request

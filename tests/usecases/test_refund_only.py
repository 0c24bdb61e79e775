"""A refund without goods …"""

from __future__ import annotations

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.usecases.paid_once import assert_money_moved_once, assert_settled
from tests.world import HOODIE, World


def test_of_an_unsent_piece_leaves_the_sent_one_with_the_customer(world: World) -> None:
    """EC11: one hoodie was sent, one was not; the money of the unsent one goes back."""
    order = world.shop.order([HOODIE], fulfilled={HOODIE.sku: 1}, shipping="0.00")
    request = make.requested(world.shop, order, {0: 1}, kind="REFUND_ONLY")
    answer = world.shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    assert answer.request["status"] == "REFUNDING"

    world.run()

    assert_settled(world.shop, request)
    assert_money_moved_once(world.shop, order.transactions[0], 19900)
    places = [(f.status, [line.quantity for line in f.lines]) for f in order.fulfillments]
    assert places == [("FULFILLED", [1]), ("RETURNED", [1])]


def test_is_recorded_by_the_answer_even_if_the_history_lags(world: World) -> None:
    """A read replica behind its time must not make us return the pieces again."""
    order = world.shop.order()
    make.inspected(world.shop, order)
    known = [event.id for event in order.events]
    ReturnRequest.objects.update(known_return_events=known, return_fulfillment_id="RnVsOjk=")

    world.run(minutes=20)

    assert world.shop.saleor.calls_of("orderFulfillmentReturnProducts") == []
    assert [f.status for f in order.fulfillments] == ["FULFILLED"]

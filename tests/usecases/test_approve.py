"""Staff agree: goods must come back, or money alone is refunded at once."""

from __future__ import annotations

from saleor_wechat_returns.models import OutboxMessage, Refund, ReturnableLine, ReturnEvent
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases import dashboard
from tests.usecases.stages import do
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, World


def test_asks_for_the_parcel(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    approved = do(world.shop, "approve", request, order).request

    assert (approved["status"], approved["version"]) == ("APPROVED", 2)
    assert make.actions(approved) == ["RECEIVE", "CLOSE"]
    seen = world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]
    assert make.actions(seen) == ["CANCEL", "SUBMIT_DELIVERY"]


def test_remembers_who_did_it(world: World) -> None:
    order = world.shop.order()

    do(world.shop, "approve", make.requested(world.shop, order), order)

    event = ReturnEvent.objects.get(kind="approve")
    assert (event.actor, event.actor_id) == ("staff", world.shop.clerk.id)
    assert (event.sequence, event.status, event.at) == (2, "approved", world.clock.now)


def test_keeps_the_hold_and_asks_for_no_money_yet(world: World) -> None:
    order = world.shop.order()

    do(world.shop, "approve", make.requested(world.shop, order), order)

    line = ReturnableLine.objects.get(order_line_id=order.lines[0].id)
    assert (line.held_shipped, line.assigned_fen) == (1, 19900)
    assert not Refund.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_calls_nobody(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    calls = len(world.shop.saleor.calls)

    do(world.shop, "approve", request, order)

    assert len(world.shop.saleor.calls) == calls


def test_finds_the_parcel_on_its_way(world: World) -> None:
    """EC41: the customer shipped before approval."""
    order = world.shop.order()
    request = make.requested(world.shop, order)
    shipped = do(world.shop, "submit_delivery", request, order).request
    assert shipped["status"] == "REQUESTED"

    approved = do(world.shop, "approve", shipped, order).request

    assert approved["status"] == "IN_TRANSIT"
    assert approved["deliveries"] == [
        {"carrier": "中通快递", "waybillNo": "ZTO75312345678", "status": "SUBMITTED"}
    ]


def test_refunds_money_alone_at_once(world: World) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 1})
    request = make.requested(world.shop, order, {1: 3}, kind="REFUND_ONLY")

    approved = do(world.shop, "approve", request, order).request

    assert approved["status"] == "REFUNDING"
    (line,) = approved["lines"]
    assert (line["acceptedQuantity"], line["refusedQuantity"]) == (3, 0)
    assert [(r["status"], r["amount"]["fen"]) for r in approved["refunds"]] == [("PLANNED", 29970)]
    assert OutboxMessage.objects.get().topic == "refund.record_return"


def test_of_money_for_what_is_worth_nothing_ends_without_a_payment(world: World) -> None:
    order = world.shop.order([LineSpec("赠品 Gift", "", "GIFT", 1, "0.00"), HOODIE])
    request = make.requested(world.shop, order, kind="REFUND_ONLY")

    do(world.shop, "approve", request, order)
    world.run()

    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert world.wechat.calls == []


def test_works_whatever_saleor_says_meanwhile(world: World) -> None:
    """EC8: staff's own return of the same piece is a task, and no obstacle."""
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 1})
    world.quiet()

    approved = do(world.shop, "approve", request, order).request

    assert approved["status"] == "APPROVED"
    assert [task["kind"] for task in approved["tasks"]] == ["FACTS_CONTRADICT_HOLDS"]


def test_by_hand_of_a_customer_changes_nothing(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = world.shop.as_li(make.APPROVE, id=request["id"], version=1)

    assert answer.refusals == [("FORBIDDEN", None)]

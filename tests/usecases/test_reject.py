"""Staff say no, with words for the customer; the pieces are free again."""

from __future__ import annotations

import pytest

from saleor_wechat_returns.models import OutboxMessage, ReturnableLine, ReturnEvent, ReturnRequest
from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases.stages import do
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_tells_the_customer_why(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    do(world.shop, "reject", request, order, why="  已超过七天\n")

    seen = world.shop.as_li(make.READ_TALK, id=request["id"]).data["returnRequest"]
    assert (seen["status"], seen["explanation"]) == ("REJECTED", "已超过七天")
    assert (seen["rejectionCode"], seen["rejectionLabel"]) == (
        "NOT_COVERED",
        "商品不支持此类退货",
    )
    assert make.actions(seen) == ["APPEAL"]


def test_remembers_who_did_it(world: World) -> None:
    order = world.shop.order()

    do(world.shop, "reject", make.requested(world.shop, order), order)

    event = ReturnEvent.objects.get(kind="reject")
    assert (event.actor, event.actor_id) == ("staff", world.shop.clerk.id)
    assert (event.sequence, event.status, event.at) == (2, "rejected", world.clock.now)


@pytest.mark.parametrize("kind", ["RETURN_AND_REFUND", "REFUND_ONLY"])
def test_ends_the_hold(world: World, kind: str) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 2})
    count = 2 if kind == "RETURN_AND_REFUND" else 3
    request = make.requested(world.shop, order, {1: count}, kind=kind)

    do(world.shop, "reject", request, order)

    line = ReturnableLine.objects.get(order_line_id=order.lines[1].id)
    assert (line.held_shipped, line.held_unshipped, line.assigned_fen) == (0, 0, 0)
    assert ReturnRequest.objects.get().holds_ended_at == world.clock.now
    assert make.requested(world.shop, order, {1: count}, kind=kind)["status"] == "REQUESTED"


def test_leaves_other_requests_holds_alone(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order, {1: 1})
    make.requested(world.shop, order, {1: 2})

    do(world.shop, "reject", request, order)

    line = ReturnableLine.objects.get(order_line_id=order.lines[1].id)
    assert (line.held_shipped, line.assigned_fen) == (2, 19980)


def test_queues_nothing(world: World) -> None:
    order = world.shop.order()

    do(world.shop, "reject", make.requested(world.shop, order), order)

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("", "REQUIRED"),
        (" \n\t　", "REQUIRED"),
        ("长" * 1001, "TOO_LONG"),
        ("a\x00b", "MALFORMED"),
        ("a\ud800", "MALFORMED"),
    ],
    ids=["empty", "space", "1001 characters", "NUL", "lone surrogate"],
)
def test_refuses_words_that_cannot_be_read(world: World, why: str, code: str) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    clerk = world.shop.saleor.dashboard_token(world.shop.clerk, world.shop.app)

    with nothing_changes(world):
        answer = ask_escaped(world.shop, make.REJECT, clerk, id=request["id"], version=1, why=why)

    assert answer.refusals == [(code, "explanation")]


def test_takes_1000_characters(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    rejected = do(world.shop, "reject", request, order, why="长" * 1000).request

    assert rejected["explanation"] == "长" * 1000

"""Staff look at every piece: accepted ones are refunded, refused ones stay the customer's."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import (
    Evidence,
    OutboxMessage,
    ReturnableLine,
    ReturnEvent,
    ReturnOffer,
    ReturnRequest,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import evidence, make
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, Answer, World

THREE_FOR_TEN = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")


def inspect(
    world: World, request: dict[str, Any], *accepted: tuple[str, int], **more: Any
) -> Answer:
    """Accept so many pieces of each order line."""
    lines = [{"orderLineId": id, "acceptedQuantity": quantity} for id, quantity in accepted]
    return world.shop.as_clerk(
        make.INSPECT, id=request["id"], version=request["version"], lines=lines, **more
    )


def agreed(world: World, request: dict[str, Any], *accepted: tuple[str, int]) -> dict[str, Any]:
    """So many accepted; and where it is less than was promised, the customer takes it."""
    return make.agree(world.shop, inspect(world, request, *accepted).request)


def quantities(line: dict[str, Any]) -> tuple[int, int, int, int]:
    return (
        line["quantity"],
        line["acceptedQuantity"],
        line["refusedQuantity"],
        line["amount"]["fen"],
    )


def test_refunds_what_is_accepted(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})

    inspected = inspect(world, request, (order.lines[0].id, 2)).request

    assert (inspected["status"], inspected["version"]) == ("REFUNDING", 5)
    assert [quantities(line) for line in inspected["lines"]] == [(2, 2, 0, 39800)]
    assert [(r["status"], r["amount"]["fen"]) for r in inspected["refunds"]] == [("PLANNED", 39800)]
    assert OutboxMessage.objects.get().topic == "refund.record_return"


def test_refunds_a_part_and_frees_the_rest(world: World) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.received(world.shop, order, {0: 3})

    inspected = agreed(world, request, (order.lines[0].id, 2))

    assert inspected["status"] == "REFUNDING"
    assert [quantities(line) for line in inspected["lines"]] == [(3, 2, 1, 667)]
    line = ReturnableLine.objects.get()
    assert (line.held_shipped, line.assigned_fen) == (2, 667)
    assert ReturnRequest.objects.get().holds_ended_at is None


@pytest.mark.parametrize("deduction", ["restockingFee", "amount", "deduction"])
def test_takes_nothing_off_an_accepted_piece(world: World, deduction: str) -> None:
    """EC26: there is no fee, so none can be larger than the line; nobody can ask for one."""
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 1})
    line = {"orderLineId": order.lines[0].id, "acceptedQuantity": 1, deduction: "500.00"}

    with nothing_changes(world):
        answer = world.shop.as_clerk(
            make.INSPECT, id=request["id"], version=request["version"], lines=[line]
        )

    (error,) = answer.body["errors"]
    assert f"Field '{deduction}' is not defined by type" in error["message"]
    refunds = inspect(world, request, (order.lines[0].id, 1)).request["refunds"]
    assert [refund["amount"]["fen"] for refund in refunds] == [19900]


def test_keeps_the_promise_in_sight(world: World) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.received(world.shop, order, {0: 3})

    inspected = agreed(world, request, (order.lines[0].id, 1))

    assert inspected["promisedAmount"]["fen"] == 1000
    assert inspected["refunds"][0]["amount"]["fen"] == 334


@pytest.mark.parametrize("accepted", range(4))
def test_splits_the_worth_to_the_fen(world: World, accepted: int) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.received(world.shop, order, {0: 3})

    inspected = agreed(world, request, (order.lines[0].id, accepted))

    paid = inspected["lines"][0]["amount"]["fen"]
    assert paid == [0, 334, 667, 1000][accepted]
    assert ReturnableLine.objects.get().assigned_fen == paid
    if accepted < 3:
        again = make.requested(world.shop, order, {0: 3 - accepted})
        assert paid + again["promisedAmount"]["fen"] == 1000


def test_lets_refused_pieces_be_asked_for_again_after_the_refund(world: World) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.received(world.shop, order, {0: 3})
    agreed(world, request, (order.lines[0].id, 1))
    world.run()
    assert make.read(world.shop, request)["status"] == "REFUNDED"

    again = make.requested(world.shop, order, {0: 2})

    assert again["promisedAmount"]["fen"] == 666


def test_accepts_one_line_and_refuses_another(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2, 1: 3})

    inspected = agreed(world, request, (order.lines[1].id, 3), (order.lines[0].id, 0))

    by_line = {line["orderLineId"]: quantities(line) for line in inspected["lines"]}
    assert by_line == {
        order.lines[0].id: (2, 0, 2, 0),
        order.lines[1].id: (3, 3, 0, 29970),
    }
    assert inspected["refunds"][0]["amount"]["fen"] == 29970


def test_rejects_when_nothing_is_accepted(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})

    inspected = inspect(world, request, (order.lines[0].id, 0)).request

    assert (inspected["status"], inspected["refunds"]) == ("REJECTED", [])
    assert [quantities(line) for line in inspected["lines"]] == [(2, 0, 2, 0)]
    line = ReturnableLine.objects.get(order_line_id=order.lines[0].id)
    assert (line.held_shipped, line.assigned_fen) == (0, 0)
    assert ReturnRequest.objects.get().holds_ended_at == world.clock.now
    assert not OutboxMessage.objects.exists()


def test_writes_down_what_was_accepted(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})

    inspect(world, request, (order.lines[0].id, 1))

    event = ReturnEvent.objects.get(kind="inspect")
    offer = str(ReturnOffer.objects.get().pk)
    accepted = {order.lines[0].id: 1}
    said = {"code": "not_intact", "explanation": "有污渍"}
    assert event.data == {"accepted": accepted, "offer": offer} | said
    assert (event.actor, event.actor_id) == ("staff", world.shop.clerk.id)


@pytest.mark.parametrize(
    "named", [[], [0], [0, 0], [0, 1, 1], [0, 1, 2]], ids=lambda positions: f"lines {positions}"
)
def test_needs_every_line_once(world: World, named: list[int]) -> None:
    order = world.shop.order([HOODIE, THREE_FOR_TEN, LineSpec("帽子 Cap", "", "CAP", 1, "59.00")])
    request = make.received(world.shop, order, {0: 1, 1: 1})

    with nothing_changes(world):
        answer = inspect(world, request, *((order.lines[position].id, 1) for position in named))

    assert answer.refusals == [("INSPECTION_INCOMPLETE", "lines")]


@pytest.mark.parametrize("line_id", ["", "nonsense", "👕", "\x00", "x" * 10**5])
def test_needs_lines_of_the_return(world: World, line_id: str) -> None:
    request = make.received(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = inspect(world, request, (line_id, 1))

    assert answer.refusals == [("INSPECTION_INCOMPLETE", "lines")]


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        (2, "QUANTITY_EXCEEDS_RETURNABLE"),
        (2**31 - 1, "QUANTITY_EXCEEDS_RETURNABLE"),
        (-1, "MALFORMED"),
        (-(2**31), "MALFORMED"),
    ],
)
def test_refuses_as_an_accepted_quantity(world: World, accepted: int, code: str) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 1})

    with nothing_changes(world):
        answer = inspect(world, request, (order.lines[0].id, accepted))

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == (code, "lines.acceptedQuantity")
    assert error["lines"] == [order.lines[0].id]


def test_refuses_every_wrong_quantity_at_once(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 1, 1: 1})

    with nothing_changes(world):
        answer = inspect(world, request, (order.lines[0].id, 2), (order.lines[1].id, -1))

    assert answer.refusals == [
        ("QUANTITY_EXCEEDS_RETURNABLE", "lines.acceptedQuantity"),
        ("MALFORMED", "lines.acceptedQuantity"),
    ]


def test_keeps_what_staff_saw_with_it(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 1})
    id = evidence.uploaded(world.shop, evidence.picture(40, 30), ask=world.shop.as_clerk)
    line = order.lines[0].id
    shown = {"id": id, "shows": "DAMAGE", "orderLineId": line}

    answer = inspect(world, request, (line, 0), evidence=[shown])

    assert answer.refusals == []
    for ask in (world.shop.as_li, world.shop.as_clerk):
        (found,) = evidence.shown(world.shop, request, ask=ask)
        assert (found["id"], found["actor"], found["shows"]) == (id, "STAFF", "DAMAGE")
        assert found["orderLineId"] == line
    (row,) = Evidence.objects.all()
    assert ReturnEvent.objects.get(kind="inspect").data["evidence"] == [str(row.pk)]


def test_takes_nobody_elses_evidence(world: World) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 1})
    lis = evidence.uploaded(world.shop, evidence.picture(40, 30))

    with nothing_changes(world):
        answer = inspect(world, request, (order.lines[0].id, 1), evidence=[{"id": lis}])

    assert answer.refusals == [("NOT_FOUND", "evidence.id")]

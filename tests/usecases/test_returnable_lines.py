"""What of an order could be returned now: read afresh, for the customer who owns it."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnableLine
from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases import dashboard
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def lines_of(world: World, order: Any) -> list[dict[str, Any]]:
    return list(world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"])


def quantities(world: World, order: Any) -> list[tuple[int, int]]:
    return [
        (line["returnableQuantity"], line["refundableQuantity"]) for line in lines_of(world, order)
    ]


def test_show_every_line(world: World) -> None:
    order = world.shop.order()

    assert lines_of(world, order) == [
        {
            "orderLineId": order.lines[0].id,
            "productName": "连帽卫衣 Hoodie",
            "variantName": "M",
            "sku": "HOODIE-M",
            "quantity": 2,
            "returnableQuantity": 2,
            "refundableQuantity": 2,
            "amounts": [{"fen": 19900}, {"fen": 39800}],
        },
        {
            "orderLineId": order.lines[1].id,
            "productName": "T恤 T-shirt",
            "variantName": "S",
            "sku": "SHIRT-S",
            "quantity": 3,
            "returnableQuantity": 3,
            "refundableQuantity": 3,
            "amounts": [{"fen": 9990}, {"fen": 19980}, {"fen": 29970}],
        },
    ]


def test_tell_sent_pieces_from_others(world: World) -> None:
    order = world.shop.order(fulfilled={"SHIRT-S": 1})

    assert quantities(world, order) == [(0, 2), (1, 3)]


def test_leave_out_what_is_held(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order, {0: 1, 1: 3})

    assert quantities(world, order) == [(1, 1), (0, 0)]
    assert lines_of(world, order)[1]["amounts"] == []


def test_leave_out_what_came_back(world: World) -> None:
    order = world.shop.order()
    dashboard.return_pieces(world.shop, order, {0: 1})
    dashboard.return_pieces(world.shop, order, {1: 2}, replace=True)

    assert quantities(world, order) == [(1, 1), (1, 1)]


def test_hold_nothing(world: World) -> None:
    order = world.shop.order()

    lines_of(world, order)

    assert [line.assigned_pieces for line in ReturnableLine.objects.all()] == [0, 0]


def test_promise_what_is_then_promised(world: World) -> None:
    order = world.shop.order(fulfilled="all")
    amounts = lines_of(world, order)[1]["amounts"]

    request = make.requested(world.shop, order, {1: 2})

    assert request["promisedAmount"]["fen"] == amounts[1]["fen"]


@pytest.mark.parametrize(
    "order_id", ["", "nonsense", "\x00", "\ud800", "x" * 10**5, "T3JkZXI6YWJj"]
)
def test_are_not_asked_for_by_what_is_no_id(world: World, order_id: str) -> None:
    with nothing_changes(world):
        answer = ask_escaped(world.shop, make.RETURNABLE, order=order_id)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "MALFORMED", "field": "orderId"}

"""What pieces are worth: their exact share of the line, in whatever order they are asked for."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnableLine
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases.timers import follow
from tests.usecases.unchanged import nothing_changes
from tests.world import SHIRT, World

THREE_FOR_TEN = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")
WITH_VOUCHER = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "97.90", total_price="293.69")
GIFT = LineSpec("赠品 Gift", "", "GIFT", 2, "0.00")


def promised(world: World, order: Any, quantity: int = 1) -> tuple[dict[str, Any], int]:
    request = make.requested(world.shop, order, {0: quantity})
    return request, request["promisedAmount"]["fen"]


def reject(world: World, request: dict[str, Any]) -> None:
    world.shop.as_clerk(make.REJECT, id=request["id"], version=1, why="不符合条件").request  # noqa: B018


def assigned_fen() -> int:
    return ReturnableLine.objects.get().assigned_fen


def test_is_told_before_asking(world: World) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")

    (line,) = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]

    assert [amount["fen"] for amount in line["amounts"]] == [334, 667, 1000]


def test_adds_up_to_the_line_one_by_one(world: World) -> None:
    """EC21."""
    order = world.shop.order([THREE_FOR_TEN], shipping="0")

    assert [promised(world, order)[1] for _ in range(3)] == [334, 333, 333]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_adds_up_to_the_line_in_two_requests(world: World, first: int, second: int) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")

    assert promised(world, order, first)[1] + promised(world, order, second)[1] == 1000


@pytest.mark.parametrize("rejected", list(itertools.permutations(range(3))), ids=str)
def test_adds_up_whichever_were_rejected_between(
    world: World, rejected: tuple[int, int, int]
) -> None:
    """EC21: ask for three, reject one, ask again, until each was rejected once."""
    follow(world.shop, limits={"attempts_per_line": 10})
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    asked = [promised(world, order) for _ in range(3)]

    for position in rejected:
        reject(world, asked[position][0])
        asked[position] = promised(world, order)

        assert sorted(fen for _, fen in asked) == [333, 333, 334]
        assert assigned_fen() == 1000


@pytest.mark.parametrize("rejected", range(3))
def test_of_the_pieces_left_includes_the_fen_given_back(world: World, rejected: int) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    asked = [promised(world, order) for _ in range(3)]
    others = sum(fen for position, (_, fen) in enumerate(asked) if position != rejected)

    reject(world, asked[rejected][0])

    assert assigned_fen() == others
    assert promised(world, order)[1] == 1000 - others


def test_contains_the_orders_voucher(world: World) -> None:
    """EC19: 3 x 99.90 with 10.00 off; Saleor's rounded unit price would make it 293.70."""
    order = world.shop.order([WITH_VOUCHER], shipping="0", voucher_code="TEN")

    assert [promised(world, order)[1] for _ in range(3)] == [9790, 9790, 9789]
    assert assigned_fen() == 29369


def test_never_contains_shipping(world: World) -> None:
    """Which is promised beside it, where it is."""
    order = world.shop.order([SHIRT], shipping="12.00")

    request = make.requested(world.shop, order, {0: 3})

    assert request["lines"][0]["amount"]["fen"] == 29970
    assert request["promisedAmount"]["fen"] == 29970 + request["shippingAmount"]["fen"]


def test_can_be_nothing(world: World) -> None:
    """EC22."""
    order = world.shop.order([SHIRT, GIFT])

    request = make.requested(world.shop, order, {1: 2})

    assert request["promisedAmount"] == {"amount": "0.00", "fen": 0, "currency": "CNY"}


def test_can_be_nothing_in_an_order_that_cost_nothing(world: World) -> None:
    order = world.shop.order([GIFT], shipping="0.00", paid_with=[])

    assert promised(world, order, 1)[1] == 0


def test_asks_for_no_money_when_it_is_nothing(world: World) -> None:
    """EC22: the return is recorded in Saleor, and WeChat Pay hears nothing."""
    order = world.shop.order([SHIRT, GIFT])
    request = make.inspected(world.shop, order, {1: 2})

    world.run()

    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert world.wechat.calls == []
    assert order.granted_refunds == []


def test_of_many_pieces_is_told_for_200_at_most(world: World) -> None:
    order = world.shop.order([LineSpec("纽扣 Button", "", "BUTTON", 1000, "0.10")])

    (line,) = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]

    assert line["returnableQuantity"] == 1000
    assert [amount["fen"] for amount in line["amounts"]] == list(range(10, 2010, 10))


def test_is_told_only_of_orders_in_cny(world: World) -> None:
    """EC23, EC65."""
    order = world.shop.order(currency="USD")

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.RETURNABLE, order=order.id)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "CURRENCY_NOT_SUPPORTED", "field": "orderId"}

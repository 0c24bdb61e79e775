"""What a call costs: SQL statements and calls to Saleor, as exact ceilings.

A figure that falls is lowered here; one that rises needs a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_wechat_returns.saleor import tokens
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.policies import policy_for
from tests import make
from tests.usecases.stages import at, do
from tests.usecases.transports import watched
from tests.world import World

LIST = f"{{ returnRequests {{ edges {{ node {{ {make.FIELDS} }} }} }} }}"
TEN_LINES = [LineSpec(f"T恤 {n}", "S", f"SHIRT-{n}", 1, "99.90") for n in range(10)]


def statements(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def create(world: World, order: Any, quantities: dict[int, int]) -> Callable[[], object]:
    wanted = make.wanted(order, quantities)
    return lambda: world.shop.as_li(make.CREATE, input=wanted, key=make.key()).request


@pytest.mark.parametrize(("lines", "most"), [(1, 56), (2, 58), (9, 72)])
def test_of_asking_grows_by_two_statements_a_line(world: World, lines: int, most: int) -> None:
    policy_for(world.shop.row, "cn")  # written with the first return of a shop
    order = world.shop.order(TEN_LINES)

    assert statements(create(world, order, dict.fromkeys(range(lines), 1))) == most


def test_of_asking_again_is_no_more(world: World) -> None:
    order = world.shop.order(TEN_LINES)
    create(world, order, {0: 1})()

    assert statements(create(world, order, {1: 1})) == 56


def test_of_a_repeat_is_little(world: World) -> None:
    wanted = make.wanted(world.shop.order())
    tap = partial(world.shop.as_li, make.CREATE, input=wanted, key="tap")
    tap()

    assert statements(tap) == 17


def test_of_asking_for_more_than_there_is(world: World) -> None:
    policy_for(world.shop.row, "cn")
    wanted = make.wanted(world.shop.order(), {0: 3})

    assert statements(lambda: world.shop.as_li(make.CREATE, input=wanted, key="k")) == 22


@pytest.mark.parametrize(
    ("stage", "move", "most"),
    [
        ("REQUESTED", "approve", 31),
        ("REQUESTED", "reject", 33),
        ("APPROVED", "submit_delivery", 47),
        ("IN_TRANSIT", "receive", 39),
        ("RECEIVED", "inspect", 55),
    ],
)
def test_of_a_move(world: World, stage: str, move: str, most: int) -> None:
    order = world.shop.order()
    request = at(stage, world, order)

    assert statements(lambda: do(world.shop, move, request, order)) == most


@pytest.mark.parametrize("count", [1, 5])
def test_of_a_page_is_the_same_for_every_length(world: World, count: int) -> None:
    for _ in range(count):
        make.in_transit(world.shop, world.shop.order())

    assert statements(lambda: world.shop.as_li(LIST).data) == 19


def test_of_a_token_is_the_keys_once(world: World) -> None:
    tokens.keys.forget()
    order = world.shop.order()

    with watched(world.shop) as sent:
        create(world, order, {0: 1})()
        create(world, order, {0: 1})()

    assert sent == ["GET /.well-known/jwks.json", "POST /graphql/", "POST /graphql/"]


@pytest.mark.parametrize("move", ["approve", "reject", "submit_delivery"])
def test_of_a_move_is_no_call(world: World, move: str) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    with watched(world.shop) as sent:
        do(world.shop, move, request, order)

    assert sent == []

"""A field of an order may stand for a hundred of them: what one request costs is limited."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql_relay import to_global_id

from tests import make
from tests.graphql.subgraph import (
    ENTITIES,
    LINES_OF,
    RETURNS_OF,
    codes,
    numbers,
    reference,
)
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import World

CALL = "POST /graphql/"


def orders(count: int) -> list[dict[str, Any]]:
    """Ids that could be an order's."""
    return [reference(make_id(n)) for n in range(count)]


def make_id(number: int) -> str:
    return to_global_id("Order", str(number))


def test_a_hundred_orders_are_answered(world: World) -> None:
    order = world.shop.order()
    made = make.requested(world.shop, order)

    with CaptureQueriesContext(connection) as captured:
        answer = world.shop.as_li(RETURNS_OF, of=[*orders(99), reference(order.id)])

    assert numbers(answer) == [[]] * 99 + [[made["number"]]]
    assert len(captured) == 115


def test_a_hundred_and_one_are_refused(world: World) -> None:
    with nothing_changes(world):
        answer = world.shop.as_li(RETURNS_OF, of=orders(101))

    assert answer.body["data"] is None
    assert codes(answer) == [("TOO_MANY", "representations")]


def test_a_second_page_of_each_of_a_hundred_is_refused(world: World) -> None:
    query = (
        ENTITIES
        % """... on Order {
      a: returnRequests { edges { cursor } } b: returnRequests { edges { cursor } } }"""
    )

    with CaptureQueriesContext(connection) as captured:
        answer = world.shop.as_li(query, of=orders(100))

    assert codes(answer) == [("TOO_MANY", None)] * 100
    assert len(captured) == 101


def test_more_lists_of_orders_share_the_same_pages(world: World) -> None:
    lists = " ".join(
        f"l{n}: _entities(representations: $of) {{ ... on Order {{ "
        "returnRequests { edges { cursor } } } }"
        for n in range(2)
    )

    answer = world.shop.as_li(f"query($of: [_Any!]!) {{ {lists} }}", of=orders(60))

    assert codes(answer) == [("TOO_MANY", None)] * 20


def test_saleor_is_asked_about_ten_orders_at_most(world: World) -> None:
    own = [world.shop.order() for _ in range(12)]

    with watched(world.shop) as sent:
        answer = world.shop.as_li(LINES_OF, of=[reference(order.id) for order in own])

    found = [entity["returnableLines"] is not None for entity in answer.body["data"]["_entities"]]
    assert found == [True] * 10 + [False] * 2
    assert codes(answer) == [("TOO_MANY", None)] * 2
    assert sent.count(CALL) == 10


def test_a_hundred_orders_are_no_hundred_calls(world: World) -> None:
    with watched(world.shop) as sent:
        answer = world.shop.as_li(LINES_OF, of=orders(100))

    assert codes(answer).count(("NOT_FOUND", "orderId")) == 10
    assert codes(answer).count(("TOO_MANY", None)) == 90
    assert sent.count(CALL) == 10


def test_lines_beside_the_orders_count_as_well(world: World) -> None:
    order = world.shop.order()
    query = """query($of: [_Any!]!, $id: ID!) {
      returnableLines(orderId: $id) { sku }
      _entities(representations: $of) { ... on Order { returnableLines { sku } } } }"""

    with watched(world.shop) as sent:
        answer = world.shop.as_li(query, of=[reference(order.id)] * 10, id=order.id)

    assert codes(answer) == [("TOO_MANY", None)]
    assert sent.count(CALL) == 10


@pytest.mark.parametrize(("fields", "status"), [(498, 200), (499, 400)])
def test_the_document_is_measured_inside_orders(world: World, fields: int, status: int) -> None:
    names = " ".join(f"f{n}: id" for n in range(fields))

    answer = world.shop.as_li(ENTITIES % f"... on Order {{ {names} }}", of=orders(1))

    assert answer.status == status

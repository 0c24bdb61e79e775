"""As a subgraph the service adds returns to Saleor's orders: only to the viewer's own."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from tests import make
from tests.graphql.guests import guest_order, guest_session
from tests.graphql.payers import PAYER, STRANGER, pay
from tests.graphql.subgraph import (
    ENTITIES,
    FIELDS,
    LINES_OF,
    RETURNS_OF,
    codes,
    numbers,
    reference,
)
from tests.graphql.wechat_logins import session
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_tell_the_gateway_their_sdl(world: World) -> None:
    sdl = world.shop.ask("{ _service { sdl } }").data["_service"]["sdl"]

    parse(sdl)
    assert sdl.startswith(
        'extend schema\n\t@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
    )
    assert 'type Order @key(fields: "id") {\n  id: ID!\n' in sdl
    for name in ("returnRequests(", "returnableLines:", "returnRequestCreate("):
        assert f"  {name}" in sdl
    for name in ("_entities", "_service", "_Any"):
        assert name not in sdl


def test_show_owners_their_returns(world: World) -> None:
    shop = world.shop
    one, two = shop.order(), shop.order()
    made = [make.requested(shop, order)["number"] for order in (one, two)]

    answer = shop.as_li(RETURNS_OF, of=[reference(two.id), reference(one.id)])

    assert numbers(answer) == [[made[1]], [made[0]]]


def test_show_staff_the_shops_returns(world: World) -> None:
    shop = world.shop
    order = shop.order()
    made = make.requested(shop, order)

    answer = shop.as_clerk(RETURNS_OF, of=[reference(order.id)])

    assert numbers(answer) == [[made["number"]]]


@pytest.mark.parametrize("who", ["another customer", "another shop's staff", "a stranger's openid"])
def test_show_others_nothing(world: World, who: str) -> None:
    shop = world.shop
    order = shop.order()
    make.requested(shop, order)

    answer = {
        "another customer": lambda: shop.as_wang(RETURNS_OF, of=[reference(order.id)]),
        "another shop's staff": lambda: world.other_shop.as_clerk(
            RETURNS_OF, of=[reference(order.id)]
        ),
        "a stranger's openid": lambda: shop.ask(
            RETURNS_OF, {"of": [reference(order.id)]}, session(shop, STRANGER)
        ),
    }[who]()

    assert numbers(answer) == [[]]


def test_show_the_payer_and_the_guest_theirs(world: World) -> None:
    shop = world.shop
    gift, bought = shop.order(), guest_order(shop)
    pay(shop, gift.transactions[0].id)

    for order, token in ((gift, session(shop, PAYER)), (bought, guest_session(shop, bought))):
        wanted = {"input": make.wanted(order), "key": "k"}
        made = shop.ask(make.CREATE, wanted, token).request
        both = {"of": [reference(gift.id), reference(bought.id)]}
        expected = [[made["number"]] if each is order else [] for each in (gift, bought)]
        assert numbers(shop.ask(RETURNS_OF, both, token)) == expected


def test_ask_nobody_in_and_leave_saleors_order(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    with nothing_changes(world):
        answer = world.shop.ask(RETURNS_OF, {"of": [reference(order.id)]})

    assert answer.body["data"] == {"_entities": [{"id": order.id, "returnRequests": None}]}
    assert codes(answer) == [("UNAUTHENTICATED", None)]


def test_show_what_could_be_returned_to_the_owner(world: World) -> None:
    order = world.shop.order()

    answer = world.shop.as_li(LINES_OF, of=[reference(order.id)])

    lines = [{"sku": "HOODIE-M"}, {"sku": "SHIRT-S"}]
    assert answer.data == {"_entities": [{"id": order.id, "returnableLines": lines}]}


@pytest.mark.parametrize(
    ("who", "code", "reads"),
    [
        ("another customer", ("NOT_FOUND", "orderId"), 1),
        ("staff", ("FORBIDDEN", None), 0),
        ("nobody", ("UNAUTHENTICATED", None), 0),
    ],
)
def test_hide_what_could_be_returned_from(
    world: World, who: str, code: tuple[str, str | None], reads: int
) -> None:
    shop = world.shop
    order = shop.order()
    token = {
        "another customer": shop.saleor.user_token(shop.wang),
        "staff": shop.saleor.dashboard_token(shop.clerk, shop.app),
        "nobody": "",
    }[who]

    with nothing_changes(world, reads=reads):
        answer = shop.ask(LINES_OF, {"of": [reference(order.id)]}, token)

    assert answer.body["data"] == {"_entities": [{"id": order.id, "returnableLines": None}]}
    assert codes(answer) == [code]


STRANGE: dict[str, Any] = {
    "no kind": {"id": "T3JkZXI6MQ=="},
    "another kind": reference("T3JkZXI6MQ==", "Product"),
    "a kind of ours": reference("T3JkZXI6MQ==", "ReturnRequest"),
    "a kind of the schema's": reference("x", "Query"),
    "a scalar": reference("x", "String"),
    "an unknown kind": reference("x", "Nothing"),
    "a number for kind": reference("T3JkZXI6MQ==", 1),
    "an object for kind": reference("T3JkZXI6MQ==", {}),
    "another key": {"__typename": "Order", "number": "1"},
    "no id": {"__typename": "Order"},
    "null": reference(None),
    "a number": reference(1),
    "a list": reference(["T3JkZXI6MQ=="]),
    "an id of something else": reference("VXNlcjox"),
    "nonsense": reference("nonsense"),
    "a long text": reference("x" * 10_000),
    "NUL": reference("\x00"),
    "a text for representation": "Order",
    "a list for representation": [1],
}


@pytest.mark.parametrize("representation", STRANGE.values(), ids=STRANGE.keys())
def test_are_null_for(world: World, representation: Any) -> None:
    order = world.shop.order()

    with watched(world.shop) as sent, nothing_changes(world):
        answer = world.shop.as_li(RETURNS_OF, of=[representation, reference(order.id)])

    assert answer.data["_entities"] == [None, {"id": order.id, "returnRequests": {"edges": []}}]
    assert "POST /graphql/" not in sent


def test_ignore_what_else_a_representation_brings(world: World) -> None:
    """The library would hand it to the type as arguments."""
    order = world.shop.order()
    brought = reference(order.id) | {"returnRequests": [], "returnableLines": [], "x": 1}

    answer = world.shop.as_li(RETURNS_OF, of=[brought])

    assert answer.data["_entities"] == [{"id": order.id, "returnRequests": {"edges": []}}]


def test_may_be_written_into_the_document(world: World) -> None:
    order = world.shop.order()
    query = f"""query($id: ID!) {{ _entities(representations: [
      {{__typename: "Order", id: "{order.id}"}}, {{__typename: "Order", id: $id}} ]) {{ {FIELDS} }}
    }}"""

    answer = world.shop.as_li(query, id=order.id)

    assert [found["id"] for found in answer.data["_entities"]] == [order.id] * 2


def test_filter_and_page_the_returns_of_one_order(world: World) -> None:
    shop = world.shop
    order = shop.order()
    made = [make.requested(shop, order)["number"] for _ in range(2)]
    make.requested(shop, shop.order())
    query = (
        ENTITIES
        % """... on Order {
      first: returnRequests(first: 1) { edges { node { number } } pageInfo { hasNextPage } }
      none: returnRequests(filter: {status: [REFUNDED]}) { edges { cursor } }
      other: returnRequests(filter: {orderId: "T3JkZXI6MQ=="}) { edges { cursor } } }"""
    )

    (found,) = shop.as_li(query, of=[reference(order.id)]).data["_entities"]

    assert found == {
        "first": {
            "edges": [{"node": {"number": made[1]}}],
            "pageInfo": {"hasNextPage": True},
        },
        "none": {"edges": []},
        "other": {"edges": []},
    }

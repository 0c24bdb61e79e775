"""Through a gateway, npm `@apollo/gateway`, Saleor's orders have their returns …

The simulated Saleor and our service answer by HTTP, each for its own fields.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests import make
from tests.graphql.guests import guest_order, guest_session
from tests.live.web import HOST
from tests.strangers.graph import Gateway, Graph
from tests.strangers.node import Node
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

SHARED = Path(os.environ.get("RETURNS_SHARED", Path(__file__).parents[3] / "shared"))
ORDER = """query($id: ID!) { order(id: $id) {
  number returnRequests(first: 5) { edges { node { number status } } } } }"""
LINES = "query($id: ID!) { order(id: $id) { number returnableLines { returnableQuantity } } }"
MINE = """{ me { orders(first: 10) { edges { node {
  number returnRequests { edges { node { number } } } } } } } }"""


@pytest.fixture(autouse=True)
def _reached_by_address(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [HOST]


@pytest.fixture(scope="module")
def gateway(node: Node) -> Iterator[Gateway]:
    with closing(Gateway(node)) as gateway:
        yield gateway


@pytest.fixture
def graph(gateway: Gateway, world: World) -> Iterator[Graph]:
    with gateway.of(world.shop) as graph:
        yield graph


@pytest.fixture
def real_graph(node: Node, world: World) -> Iterator[Graph]:
    """With all of Saleor 3.23's SDL; the simulated one still answers."""
    file = SHARED / "saleor" / "schema-3.23.federation.graphql"
    if not file.exists():
        pytest.skip(f"NOT SHOWN: that our graph joins all of Saleor 3.23's. Needs: {file}")
    sdl = file.read_text("utf-8")
    with closing(Gateway(node, sdl)) as gateway, gateway.of(world.shop) as graph:
        yield graph


def order_with(number: str, *returns: dict[str, Any]) -> dict[str, Any]:
    edges = [{"node": {"number": it["number"], "status": it["status"]}} for it in returns]
    return {"order": {"number": number, "returnRequests": {"edges": edges}}}


def refused(answer: Answer) -> tuple[str, str]:
    """Saleor's number of an order whose one field of ours is null, and the code of its error."""
    order = dict(answer.body["data"]["order"])
    number = str(order.pop("number"))
    ((field, nothing),) = order.items()
    (error,) = answer.body["errors"]
    assert (nothing, error["path"]) == (None, ["order", field])
    return number, str(error["extensions"]["code"])


@pytest.mark.parametrize("which", ["graph", "real_graph"])
def test_for_whoever_may_see_them(world: World, request: pytest.FixtureRequest, which: str) -> None:
    """Saleor shows an order to anybody who has its id; ours follows our own rule."""
    graph: Graph = request.getfixturevalue(which)
    shop = world.shop
    order = shop.order()
    made = make.requested(shop, order)
    people = {"owner": shop.li, "another": shop.wang, "staff": shop.clerk, "packer": shop.packer}
    tokens = {who: shop.saleor.user_token(person) for who, person in people.items()}
    tokens |= {"app page": shop.saleor.dashboard_token(shop.clerk, shop.app), "nobody": ""}

    returns = {who: graph.ask(ORDER, token, id=order.id) for who, token in tokens.items()}
    lines = {who: graph.ask(LINES, token, id=order.id) for who, token in tokens.items()}

    for who in ("owner", "staff", "app page"):
        assert returns[who].data == order_with(order.number, made)
    assert returns["another"].data == order_with(order.number)
    assert refused(returns["packer"]) == (order.number, "FORBIDDEN")
    assert refused(returns["nobody"]) == (order.number, "UNAUTHENTICATED")
    left = lines["owner"].data["order"]["returnableLines"]
    assert [line["returnableQuantity"] for line in left] == [1, 3]
    assert {who: refused(answer) for who, answer in lines.items() if who != "owner"} == {
        "another": (order.number, "NOT_FOUND"),
        "staff": (order.number, "FORBIDDEN"),
        "app page": (order.number, "FORBIDDEN"),
        "packer": (order.number, "FORBIDDEN"),
        "nobody": (order.number, "UNAUTHENTICATED"),
    }


def test_for_a_whole_list_by_one_call(world: World, graph: Graph) -> None:
    shop = world.shop
    orders = [shop.order() for _ in range(3)]
    made = [make.requested(shop, order)["number"] for order in orders]

    answer = graph.ask(MINE, shop.saleor.user_token(shop.li))

    listed = {
        edge["node"]["number"]: [
            it["node"]["number"] for it in edge["node"]["returnRequests"]["edges"]
        ]
        for edge in answer.data["me"]["orders"]["edges"]
    }
    assert listed == {order.number: [number] for order, number in zip(orders, made, strict=True)}
    assert graph.web.answered == [(f"/s/{shop.row.key}/graphql/", "200")]


def test_that_customers_ask_for_and_staff_approve(world: World, graph: Graph) -> None:
    shop = world.shop
    order = shop.order()
    wanted = {"input": make.wanted(order), "key": "k"}

    made = graph.ask(make.CREATE, shop.saleor.user_token(shop.li), **wanted).request
    approve = {"id": made["id"], "version": made["version"]}
    by_li = graph.ask(make.APPROVE, shop.saleor.user_token(shop.li), **approve)
    approved = graph.ask(make.APPROVE, shop.saleor.user_token(shop.clerk), **approve).request

    assert by_li.refusals == [("FORBIDDEN", None)]
    assert (approved["number"], approved["status"]) == (made["number"], "APPROVED")


def test_for_guests_with_a_session_of_ours(world: World, graph: Graph) -> None:
    """Saleor takes it for nobody's, which is enough to see an order there."""
    order, another = guest_order(world.shop), world.shop.order()
    make.requested(world.shop, another)
    token = guest_session(world.shop, order)
    wanted = {"input": make.wanted(order), "key": "k"}
    made = graph.ask(make.CREATE, token, **wanted).request

    assert graph.ask(ORDER, token, id=order.id).data == order_with(order.number, made)
    assert graph.ask(ORDER, token, id=another.id).data == order_with(another.number)


def test_until_staff_lose_the_permission(world: World, graph: Graph) -> None:
    """EC56, while the token is still good: Saleor's own part goes on."""
    shop = world.shop
    order = shop.order()
    made = make.requested(shop, order)
    token = shop.saleor.user_token(shop.clerk)
    assert graph.ask(ORDER, token, id=order.id).data == order_with(order.number, made)
    shop.clerk.permissions = frozenset({"MANAGE_PRODUCTS"})

    assert refused(graph.ask(ORDER, token, id=order.id)) == (order.number, "FORBIDDEN")


def test_but_for_the_returns_while_we_are_away(world: World, graph: Graph) -> None:
    order = world.shop.order()
    token = world.shop.saleor.user_token(world.shop.li)

    with graph.web.away(), nothing_changes(world, reads=1):
        answer = graph.ask(ORDER, token, id=order.id)

    assert answer.body["data"] == {"order": {"number": order.number, "returnRequests": None}}
    assert len(answer.body["errors"]) == 1

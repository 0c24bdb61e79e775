"""The list of returns: newest first, page by page, each viewer's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests import make
from tests.graphql.raw import ask_escaped
from tests.usecases.timers import NO_LIMITS, follow
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = """query($first: Int, $after: String, $filter: ReturnRequestFilter) {
  returnRequests(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id number status } } pageInfo { hasNextPage endCursor } } }"""
USUAL = "{ returnRequests { edges { cursor } pageInfo { hasNextPage } } }"


def asked_for(world: World, count: int) -> list[str]:
    """Ids of Li's returns of one order each, newest first."""
    ids = [make.requested(world.shop, world.shop.order())["id"] for _ in range(count)]
    return ids[::-1]


def page(answer: Any) -> tuple[list[str], bool, str | None]:
    found = answer.data["returnRequests"]
    info = found["pageInfo"]
    ids = [edge["node"]["id"] for edge in found["edges"]]
    return ids, info["hasNextPage"], info["endCursor"]


def test_are_none_at_first(world: World) -> None:
    assert page(world.shop.as_li(LIST)) == ([], False, None)


def test_come_page_by_page_newest_first(world: World) -> None:
    ids = asked_for(world, 5)

    seen, after = [], None
    for expected_more in (True, True, False):
        found, more, after = page(world.shop.as_li(LIST, first=2, after=after))
        seen += found
        assert more is expected_more

    assert seen == ids
    assert page(world.shop.as_li(LIST, first=2, after=after)) == ([], False, None)


def test_have_no_further_page_when_the_last_is_full(world: World) -> None:
    ids = asked_for(world, 2)

    found, more, _ = page(world.shop.as_li(LIST, first=2))

    assert (found, more) == (ids, False)


def test_asked_meanwhile_do_not_disturb_the_pages(world: World) -> None:
    ids = asked_for(world, 3)
    _, _, after = page(world.shop.as_li(LIST, first=2))

    asked_for(world, 1)

    assert page(world.shop.as_li(LIST, first=2, after=after))[0] == ids[2:]


def test_are_each_customers_own_and_staffs_all(world: World) -> None:
    shop = world.shop
    (lis,) = asked_for(world, 1)
    order = shop.order(user=shop.wang)
    wangs = shop.as_wang(make.CREATE, input=make.wanted(order), key="k").request["id"]
    make.requested(world.other_shop, world.other_shop.order())

    assert page(shop.as_li(LIST))[0] == [lis]
    assert page(shop.as_wang(LIST))[0] == [wangs]
    assert page(shop.as_clerk(LIST))[0] == [wangs, lis]


@pytest.mark.parametrize(
    ("first", "code"),
    [(0, "MALFORMED"), (-1, "MALFORMED"), (101, "TOO_MANY"), (2**31 - 1, "TOO_MANY")],
)
def test_refuse_a_page_of(world: World, first: int, code: str) -> None:
    with nothing_changes(world):
        answer = world.shop.as_li(LIST, first=first)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": code, "field": "first"}


@pytest.mark.parametrize("query", [USUAL, USUAL.replace("Requests", "Requests(first: null)")])
def test_come_by_twenty_unless_told(world: World, query: str) -> None:
    follow(world.shop, limits=NO_LIMITS)
    order = world.shop.order()
    first = make.requested(world.shop, order)
    for _ in range(20):
        world.shop.as_clerk(make.REJECT, id=first["id"], version=1, why="不符").request  # noqa: B018
        first = make.requested(world.shop, order)

    found = world.shop.as_li(query).data["returnRequests"]

    assert (len(found["edges"]), found["pageInfo"]["hasNextPage"]) == (20, True)


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "T3JkZXI6MQ==", "UmV0dXJuUmVxdWVzdDox", "\x00", "\ud800", "x" * 10**5],
)
def test_refuse_what_is_no_cursor(world: World, cursor: str) -> None:
    with nothing_changes(world):
        answer = ask_escaped(world.shop, LIST, after=cursor)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "MALFORMED", "field": "after"}


def test_show_nothing_more_after_a_foreign_cursor(world: World) -> None:
    """A cursor is a place in time: behind another's there are still only one's own."""
    (older,) = asked_for(world, 1)
    order = world.shop.order(user=world.shop.wang)
    foreign = world.shop.as_wang(make.CREATE, input=make.wanted(order), key="k").request["id"]
    asked_for(world, 1)

    assert page(world.shop.as_li(LIST, after=foreign))[0] == [older]


def test_are_filtered_by_status(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    asked_for(world, 1)

    approved = page(world.shop.as_li(LIST, filter={"status": ["APPROVED"]}))
    both = page(world.shop.as_li(LIST, filter={"status": ["APPROVED", "REQUESTED"]}))
    rejected = page(world.shop.as_li(LIST, filter={"status": ["REJECTED"]}))

    assert (approved[0], len(both[0]), rejected[0]) == ([request["id"]], 2, [])


def test_are_filtered_by_order(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    asked_for(world, 1)

    assert page(world.shop.as_clerk(LIST, filter={"orderId": order.id}))[0] == [request["id"]]
    assert page(world.shop.as_clerk(LIST, filter={"orderId": "T3JkZXI6MQ=="}))[0] == []


@pytest.mark.parametrize("nothing", [None, {}, {"status": None}, {"status": []}, {"orderId": None}])
def test_are_all_there_without_a_filter(world: World, nothing: Any) -> None:
    ids = asked_for(world, 1)

    assert page(world.shop.as_li(LIST, filter=nothing))[0] == ids


@pytest.mark.parametrize("order_id", ["\x00", "\ud800", "👕", "a b", "x" * 129])
def test_refuse_to_be_filtered_by_what_is_no_id(world: World, order_id: str) -> None:
    with nothing_changes(world):
        answer = ask_escaped(world.shop, LIST, filter={"orderId": order_id})

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "MALFORMED", "field": "filter.orderId"}

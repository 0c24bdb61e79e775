"""What is somebody else's does not exist: the answer is the same as for what never was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

LIST = "{ returnRequests { edges { node { number } } } }"
NEVER_WAS = "UmV0dXJuUmVxdWVzdDowMTlhYjE3ZS0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA="
NO_IDS = [
    "",
    "nonsense",
    "UmV0dXJuUmVxdWVzdDo=",
    "UmV0dXJuUmVxdWVzdDoxMjM=",
    "👕",
    "\x00",
    "x" * 10**5,
]

Ask = Callable[..., Answer]
PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
OFFER = {
    "kind": "REFUND_ONLY",
    "lines": [{"orderLineId": "T3JkZXJMaW5lOjE=", "quantity": 1, "amountFen": 1}],
}

# Every mutation about one return, with input that is good for one fresh request.
STAFFS: dict[str, tuple[str, dict[str, Any]]] = {
    "approve": (make.APPROVE, {"version": 1}),
    "reject": (make.REJECT, {"version": 1, "why": "不符合条件"}),
    "receive": (make.RECEIVE, {"version": 1}),
    "inspect": (make.INSPECT, {"version": 1, "lines": []}),
    "ask for evidence": (make.ASK_EVIDENCE, {"version": 1, "text": "请拍吊牌"}),
    "offer": (make.OFFER, {"version": 1, "input": OFFER}),
    "resolve": (make.RESOLVE, {"version": 1, "granted": True, "words": "已复核"}),
}
CUSTOMERS: dict[str, tuple[str, dict[str, Any]]] = {
    "submit": (make.SUBMIT, {"input": PARCEL, "key": "k"}),
    "appeal": (make.APPEAL, {"input": {"text": "吊牌都在"}, "key": "k"}),
}


def strangers(world: World) -> dict[str, Ask]:
    """Everybody who can log in somewhere, but the owner and the staff of shop A."""
    return {
        "another customer": world.shop.as_wang,
        "the same customer elsewhere": world.other_shop.as_li,
        "another shop's customer": world.other_shop.as_wang,
        "another shop's staff": world.other_shop.as_clerk,
    }


STRANGERS = [
    "another customer",
    "the same customer elsewhere",
    "another shop's customer",
    "another shop's staff",
]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_hides_a_return_by_id_and_by_number(world: World, stranger: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    ask = strangers(world)[stranger]

    assert ask(make.READ, id=request["id"]).data == {"returnRequest": None}
    assert ask(make.READ, number=request["number"]).data == {"returnRequest": None}
    assert ask(LIST).data == {"returnRequests": {"edges": []}}


def test_shows_a_return_to_its_owner_and_staff(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    for ask in (world.shop.as_li, world.shop.as_clerk):
        assert ask(make.READ, id=request["id"]).data["returnRequest"]["id"] == request["id"]
        assert len(ask(LIST).data["returnRequests"]["edges"]) == 1


@pytest.mark.parametrize("mutation", CUSTOMERS)
@pytest.mark.parametrize("stranger", ["another customer", "the same customer elsewhere"])
def test_hides_a_return_from_other_customers_hands(
    world: World, stranger: str, mutation: str
) -> None:
    request = make.requested(world.shop, world.shop.order())
    query, variables = CUSTOMERS[mutation]

    for id in (request["id"], NEVER_WAS):
        with nothing_changes(world):
            answer = strangers(world)[stranger](query, id=id, **variables)
        assert answer.refusals == [("NOT_FOUND", "id")]


@pytest.mark.parametrize("mutation", STAFFS)
def test_hides_a_return_from_other_shops_staff(world: World, mutation: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    query, variables = STAFFS[mutation]

    for id in (request["id"], NEVER_WAS):
        with nothing_changes(world):
            answer = world.other_shop.as_clerk(query, id=id, **variables)
        assert answer.refusals == [("NOT_FOUND", "id")]


@pytest.mark.parametrize("mutation", STAFFS)
@pytest.mark.parametrize("whose", ["own", "never was"])
def test_keeps_staffs_work_from_customers(world: World, mutation: str, whose: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    query, variables = STAFFS[mutation]
    id = request["id"] if whose == "own" else NEVER_WAS

    with nothing_changes(world):
        answer = world.shop.as_li(query, id=id, **variables)

    assert answer.refusals == [("FORBIDDEN", None)]


@pytest.mark.parametrize("mutation", CUSTOMERS)
def test_keeps_the_customers_part_from_staff(world: World, mutation: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    query, variables = CUSTOMERS[mutation]

    with nothing_changes(world):
        answer = world.shop.as_clerk(query, id=request["id"], **variables)

    assert answer.refusals == [("FORBIDDEN", None)]


def test_lets_no_staff_ask_for_a_return(world: World) -> None:
    order = world.shop.order()

    with nothing_changes(world):
        answer = world.shop.as_clerk(make.CREATE, input=make.wanted(order), key="k")
        lines = world.shop.as_clerk(make.RETURNABLE, order=order.id)

    assert answer.refusals == [("FORBIDDEN", None)]
    assert lines.body["errors"][0]["extensions"] == {"code": "FORBIDDEN", "field": None}


@pytest.mark.parametrize("mutation", STAFFS | CUSTOMERS)
@pytest.mark.parametrize("whose", ["real", "never was"])
def test_asks_nobody_in_for_a_mutation(world: World, mutation: str, whose: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    query, variables = (STAFFS | CUSTOMERS)[mutation]
    id = request["id"] if whose == "real" else NEVER_WAS

    with nothing_changes(world):
        answer = world.shop.ask(query, {"id": id, **variables})

    assert answer.refusals == [("UNAUTHENTICATED", None)]


def test_asks_nobody_in_to_create(world: World) -> None:
    order = world.shop.order()

    with nothing_changes(world):
        answer = world.shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"})

    assert answer.refusals == [("UNAUTHENTICATED", None)]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (make.READ, {"id": NEVER_WAS}),
        (make.READ, {"id": "nonsense"}),
        (make.READ, {"number": "R20261123000000R"}),
        (make.RETURNABLE, {"order": "T3JkZXI6MQ=="}),
        (make.RETURNABLE, {"order": "nonsense"}),
        (LIST, {}),
        ('{ returnRequests(after: "nonsense") { edges { cursor } } }', {}),
    ],
)
def test_asks_nobody_in_for_a_query(world: World, query: str, variables: dict[str, str]) -> None:
    with nothing_changes(world):
        answer = world.shop.ask(query, variables)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "field": None}


@pytest.mark.parametrize("id", NO_IDS)
@pytest.mark.parametrize("mutation", STAFFS)
def test_finds_nothing_by_what_is_no_id(world: World, mutation: str, id: str) -> None:
    query, variables = STAFFS[mutation]

    with nothing_changes(world):
        answer = world.shop.as_clerk(query, id=id, **variables)
        read = world.shop.as_clerk(make.READ, id=id)

    assert answer.refusals == [("NOT_FOUND", "id")]
    assert read.data == {"returnRequest": None}


def test_finds_nothing_by_an_id_of_another_kind(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    for id in (order.id, world.shop.li.id):
        assert world.shop.as_clerk(make.READ, id=id).data == {"returnRequest": None}


@pytest.mark.parametrize("whose", ["another's", "a guest's", "another shop's", "nobody's"])
def test_hides_what_could_be_returned_of_others_orders(world: World, whose: str) -> None:
    orders: dict[str, Callable[[], str]] = {
        "another's": lambda: world.shop.order(user=world.shop.wang).id,
        "a guest's": lambda: world.shop.order(user=None).id,
        "another shop's": lambda: world.other_shop.order().id,
        "nobody's": lambda: "T3JkZXI6NDc=",
    }
    order_id = orders[whose]()

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.RETURNABLE, order=order_id)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "NOT_FOUND", "field": "orderId"}

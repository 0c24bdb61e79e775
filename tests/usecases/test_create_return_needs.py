"""What must be true of the order, and of Saleor, before a return can be asked for."""

from __future__ import annotations

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import FaultKind, PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases.transports import answering
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_the_order_to_be_the_customers_own(world: World) -> None:
    """EC6."""
    order = world.shop.order(user=world.shop.wang)

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("NOT_FOUND", "orderId")]


def test_the_order_to_have_a_customer(world: World) -> None:
    """A guest's order carries no user, and an id proves nothing."""
    order = world.shop.order(user=None, user_email="li@example.com")

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("NOT_FOUND", "orderId")]


def test_the_customer_to_be_somebody(world: World) -> None:
    """A token for no one in particular would match the order of no one in particular."""
    order = world.shop.order(user=None)
    token = world.shop.saleor.user_token(world.shop.li, user_id="")

    with nothing_changes(world, reads=1):
        answer = world.shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, token)

    assert answer.refusals == [("NOT_FOUND", "orderId")]


def test_the_order_to_be_of_this_shop(world: World) -> None:
    """EC6."""
    order = world.other_shop.order()

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("NOT_FOUND", "orderId")]


@pytest.mark.parametrize(
    "order_id",
    ["T3JkZXI6YTU0MzhiNjYtMTRiMi00YzcyLTlmNjMtMjBmNjFjMjhlMGY2", "T3JkZXI6NDc="],
    ids=["uuid", "number of old"],
)
def test_the_order_to_exist(world: World, order_id: str) -> None:
    order = world.shop.order()

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order, orderId=order_id), key="k")

    assert answer.refusals == [("NOT_FOUND", "orderId")]


def test_the_order_to_be_in_cny(world: World) -> None:
    """EC65."""
    order = world.shop.order(currency="USD")

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("CURRENCY_NOT_SUPPORTED", "orderId")]


def test_no_word_about_the_currency_of_others(world: World) -> None:
    order = world.shop.order(user=world.shop.wang, currency="USD")

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("NOT_FOUND", "orderId")]


@pytest.mark.parametrize("is_begun", [False, True], ids=["nothing", "not settled"])
def test_money_that_was_paid(world: World, is_begun: bool) -> None:
    paid_with = [PaidWith(IDENTIFIER, "4200000000202611230001")] if is_begun else []
    order = world.shop.order(paid_with=paid_with, is_settled=False)

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("ORDER_NOT_PAID", "orderId")]


def test_money_as_well_as_pieces(world: World) -> None:
    order = world.shop.order(paid_with=[])
    lines = [
        {"orderLineId": order.lines[0].id, "quantity": 1},
        {"orderLineId": order.lines[1].id, "quantity": 4},
    ]

    with nothing_changes(world, reads=1):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order, lines=lines), key="k")

    assert answer.refusals == [
        ("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity"),
        ("ORDER_NOT_PAID", "orderId"),
    ]


@pytest.mark.parametrize(
    ("fault", "reads"),
    [
        (FaultKind.TIMEOUT_BEFORE, 0),
        (FaultKind.TIMEOUT_AFTER_ACCEPT, 1),
        (FaultKind.HTTP_500, 0),
        (FaultKind.HTTP_500_AFTER_ACCEPT, 1),
    ],
)
def test_saleor_to_answer(world: World, fault: FaultKind, reads: int) -> None:
    order = world.shop.order()
    world.shop.saleor.faults.add(fault, "order")

    with nothing_changes(world, reads=reads):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]


def test_only_patience_after_saleor_was_away(world: World) -> None:
    order = world.shop.order()
    world.shop.saleor.faults.add(FaultKind.HTTP_500, "order")
    world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    again = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert again.request["status"] == "REQUESTED"


GARBAGE = {
    "nothing": b"",
    "a web page": b"<html>Welcome</html>",
    "half": b'{"data": {"order": {"id": "T3Jk',
    "a list": b"[]",
    "null": b"null",
    "no data": b"{}",
    "null for data": b'{"data": null}',
    "errors": b'{"data": null, "errors": [{"message": "No"}]}',
    "not UTF-8": b'{"data": "\xff"}',
    "more than 4 MB": b" " * (4 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
def test_saleor_to_make_sense(world: World, body: bytes) -> None:
    order = world.shop.order()

    with nothing_changes(world), answering(world.shop, httpx.Response(200, content=body)):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 503])
def test_saleor_to_be_well(world: World, status: int) -> None:
    order = world.shop.order()
    page = httpx.Response(status, content=b"<html>Not now</html>", headers={"Location": "/"})

    with nothing_changes(world), answering(world.shop, page):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]

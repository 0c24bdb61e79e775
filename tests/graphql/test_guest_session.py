"""A guest's session is for one order, for whoever knows its number and its phone."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import CountedTry
from saleor_wechat_returns.sandbox.saleor.people import Address
from saleor_wechat_returns.tasks import forget_guests_tries
from tests import make
from tests.graphql.guests import PHONE, begin, guest_order, guest_session
from tests.graphql.wechat_logins import LINK
from tests.usecases.transports import answering, watched
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = "{ returnRequests { edges { node { number } } } }"
PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
NOT_FOUND = [("NOT_FOUND", None)]


def numbers(world: World, token: str) -> list[str]:
    edges = world.shop.ask(LIST, token=token).data["returnRequests"]["edges"]
    return [edge["node"]["number"] for edge in edges]


def test_begins_with_number_and_phone_and_ends_after_15_minutes(world: World) -> None:
    order = guest_order(world.shop)

    payload = begin(world.shop, order.number).payload

    assert payload["errors"] == []
    assert payload["orderId"] == order.id
    assert payload["expiresAt"] == "2026-11-23T02:15:00+00:00"
    assert numbers(world, payload["token"]) == []
    world.clock.forward(minutes=15)
    over = world.shop.ask(LIST, token=payload["token"])
    assert over.body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_goes_the_whole_way(world: World) -> None:
    """EC57."""
    shop = world.shop
    order = guest_order(shop)
    token = guest_session(shop, order)

    lines = shop.ask(make.RETURNABLE, {"order": order.id}, token).data["returnableLines"]
    wanted = {"input": make.wanted(order), "key": "k"}
    made = shop.ask(make.CREATE, wanted, token).request
    shop.as_clerk(make.APPROVE, id=made["id"], version=made["version"])
    world.clock.forward(hours=2)
    later = guest_session(shop, order)
    parcel = {"id": made["id"], "input": PARCEL, "key": "p"}
    sent = shop.ask(make.SUBMIT, parcel, later).request

    assert len(lines) == 2
    assert sent["status"] == "IN_TRANSIT"
    assert numbers(world, later) == [made["number"]]
    assert shop.ask(make.CREATE, wanted, later).request["id"] == made["id"]


@pytest.mark.parametrize(
    "phone",
    ["13800138000", "+8613800138000", "+86 138-0013-8000", "0086 138 0013 8000", "(138) 0013 8000"],
)
@pytest.mark.parametrize("kept", ["13800138000", "+8613800138000"])
def test_knows_a_phone_however_it_is_written(world: World, phone: str, kept: str) -> None:
    order = guest_order(world.shop, kept)

    assert begin(world.shop, order.number, phone).payload["orderId"] == order.id


@pytest.mark.parametrize("written", ["#{}", " {} ", "# {}"])
def test_knows_a_number_however_it_is_written(world: World, written: str) -> None:
    order = guest_order(world.shop)

    answer = begin(world.shop, written.format(order.number))

    assert answer.payload["orderId"] == order.id


def test_takes_the_phone_of_either_address(world: World) -> None:
    order = guest_order(world.shop)
    order.billing_address = Address("QWRkcmVzczo5", phone="+85291234567")

    for phone in (PHONE, "+852 9123 4567", "00852 91234567"):
        assert begin(world.shop, order.number, phone).payload["orderId"] == order.id


@pytest.mark.parametrize(
    "why", ["another number", "another phone", "an account's", "no phone", "no address"]
)
def test_is_refused_in_the_same_words_for(world: World, why: str) -> None:
    shop = world.shop
    order = guest_order(shop)
    number, phone = order.number, PHONE
    if why == "another number":
        number = "987654"
    elif why == "another phone":
        phone = "13800138001"
    elif why == "an account's":
        order.user = shop.li
    elif why == "no phone":
        order.shipping_address.phone = None
    else:
        order.shipping_address = order.billing_address = None

    with watched(shop) as sent:
        answer = begin(shop, number, phone)

    assert answer.payload == {
        "token": None,
        "expiresAt": None,
        "orderId": None,
        "errors": [{"field": None, "code": "NOT_FOUND", "message": "没有找到,或您无权查看。"}],
    }
    assert sent == ["POST /graphql/"]


def test_is_of_one_shop(world: World) -> None:
    order = guest_order(world.shop)

    assert begin(world.other_shop, order.number).refusals == NOT_FOUND
    token = guest_session(world.shop, order)
    answer = world.other_shop.ask(LIST, token=token)
    assert answer.body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_is_for_no_other_order(world: World) -> None:
    """Not even for another one with the same phone."""
    order, another = guest_order(world.shop), guest_order(world.shop)
    token = guest_session(world.shop, order)

    with nothing_changes(world, reads=1):
        answer = world.shop.ask(make.CREATE, {"input": make.wanted(another), "key": "k"}, token)

    assert answer.refusals == [("NOT_FOUND", "orderId")]


def test_sees_no_return_of_another_order(world: World) -> None:
    order, another = guest_order(world.shop), guest_order(world.shop)
    wanted = {"input": make.wanted(another), "key": "k"}
    made = world.shop.ask(make.CREATE, wanted, guest_session(world.shop, another)).request
    token = guest_session(world.shop, order)

    assert numbers(world, token) == []
    with nothing_changes(world):
        parcel = {"id": made["id"], "input": PARCEL, "key": "p"}
        assert world.shop.ask(make.SUBMIT, parcel, token).refusals == [("NOT_FOUND", "id")]


def test_hands_over_to_the_account_that_gets_the_order(world: World) -> None:
    """EC57: Saleor attaches a guest's orders to the account that registers with the e-mail."""
    shop = world.shop
    order = guest_order(shop)
    token = guest_session(shop, order)
    wanted = {"input": make.wanted(order), "key": "k"}
    made = shop.ask(make.CREATE, wanted, token).request
    order.user = shop.li

    with nothing_changes(world, reads=1):
        more = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "2"}, token)
    shop.as_li(make.RETURNABLE, order=order.id)

    assert more.refusals == [("NOT_FOUND", "orderId")]
    assert numbers(world, token) == []
    assert numbers(world, shop.saleor.user_token(shop.li)) == [made["number"]]
    assert numbers(world, shop.saleor.user_token(shop.wang)) == []


def test_ties_no_wechat_user_and_is_never_staff(world: World) -> None:
    shop = world.shop
    token = guest_session(shop, guest_order(shop))

    link = shop.ask(LINK, {"code": world.mini.login("openid")}, token)
    approve = shop.ask(make.APPROVE, {"id": "x", "version": 1}, token)

    assert link.refusals == [("ACCOUNT_LOGIN_NEEDED", None)]
    assert approve.refusals == [("FORBIDDEN", None)]


@pytest.mark.parametrize(
    ("number", "phone", "refusals"),
    [
        ("", PHONE, [("REQUIRED", "orderNumber")]),
        (" # ", PHONE, [("REQUIRED", "orderNumber")]),
        ("1" * 65, PHONE, [("TOO_LONG", "orderNumber")]),
        ("1\x00", PHONE, [("MALFORMED", "orderNumber")]),
        ("1", "", [("MALFORMED", "phone")]),
        ("1", "号码", [("MALFORMED", "phone")]),
        ("", "1234", [("REQUIRED", "orderNumber"), ("MALFORMED", "phone")]),
    ],
)
def test_is_not_looked_for_with_what_is_none(
    world: World, number: str, phone: str, refusals: list[Any]
) -> None:
    with nothing_changes(world), watched(world.shop) as sent:
        answer = begin(world.shop, number, phone)

    assert answer.refusals == refusals
    assert sent == []


AWAY = {
    "500": httpx.Response(500),
    "a page": httpx.Response(200, content=b"<html>"),
    "refused": httpx.Response(200, content=b'{"errors": [{"message": "no"}]}'),
}


@pytest.mark.parametrize("page", AWAY.values(), ids=AWAY.keys())
def test_is_not_begun_while_saleor_is_away(world: World, page: httpx.Response) -> None:
    order = guest_order(world.shop)

    with answering(world.shop, page):
        answer = begin(world.shop, order.number)

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert answer.payload["token"] is None


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after_accept"])
def test_is_not_begun_without_an_answer(world: World, fault: str) -> None:
    order = guest_order(world.shop)
    world.shop.saleor.faults.add(fault, "orders")

    lost = begin(world.shop, order.number)

    assert lost.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert begin(world.shop, order.number).payload["token"]


def test_is_not_begun_while_saleor_does_not_know_our_app(world: World) -> None:
    order = guest_order(world.shop)
    world.shop.app.is_active = False

    for _ in range(2):
        answer = begin(world.shop, order.number)
        assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]

    assert len(world.shop.saleor.calls_of("orders")) == 1


def test_says_nothing_of_the_guest(world: World, caplog: pytest.LogCaptureFixture) -> None:
    order = guest_order(world.shop)

    begin(world.shop, order.number)

    rows = json.dumps(list(CountedTry.objects.values()), default=str)
    for text in (PHONE, "127.0.0.1", order.id):
        assert text not in rows
        assert text not in caplog.text


def test_leaves_no_tries_behind_for_longer_than_they_count(world: World) -> None:
    order = guest_order(world.shop)
    begin(world.shop, order.number)
    world.clock.forward(minutes=30)
    begin(world.shop, order.number)
    assert CountedTry.objects.count() == 8

    world.clock.forward(minutes=30)
    forget_guests_tries()
    assert CountedTry.objects.count() == 4

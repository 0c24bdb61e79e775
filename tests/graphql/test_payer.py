"""Whoever paid through WeChat may ask about the order, logged in with WeChat alone."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnRequest
from saleor_wechat_returns.models.payments import WechatPaymentStatus
from saleor_wechat_returns.usecases.openids import openid_index
from tests import make
from tests.graphql.payers import PAYER, STRANGER, pay
from tests.graphql.wechat_logins import link, session
from tests.usecases.unchanged import nothing_changes
from tests.world import APPID, TestShop, World

LIST = "{ returnRequests { edges { node { number } } } }"
PARCEL = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


def paid_order(shop: TestShop, **details: Any) -> Any:
    order = shop.order(**details)
    pay(shop, order.transactions[0].id)
    return order


def numbers(shop: TestShop, token: str) -> list[str]:
    edges = shop.ask(LIST, token=token).data["returnRequests"]["edges"]
    return [edge["node"]["number"] for edge in edges]


def test_sees_what_could_be_returned(world: World) -> None:
    order = paid_order(world.shop)

    lines = world.shop.ask(make.RETURNABLE, {"order": order.id}, session(world.shop, PAYER))

    assert len(lines.data["returnableLines"]) == 2


def test_goes_the_whole_way(world: World) -> None:
    shop = world.shop
    order = paid_order(shop, user=None)
    token = session(shop, PAYER)

    made = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, token).request
    shop.as_clerk(make.APPROVE, id=made["id"], version=made["version"])
    parcel = {"id": made["id"], "input": PARCEL, "key": "p"}
    sent = shop.ask(make.SUBMIT, parcel, token).request

    assert sent["status"] == "IN_TRANSIT"
    assert shop.ask(make.READ, {"id": made["id"]}, token).data["returnRequest"]["id"] == made["id"]
    row = ReturnRequest.objects.get()
    assert (row.customer_id, row.openid_index) == ("", openid_index(APPID, PAYER))


def test_may_come_back_with_another_session(world: World) -> None:
    shop = world.shop
    order = paid_order(shop)
    wanted = {"input": make.wanted(order), "key": "k"}
    made = shop.ask(make.CREATE, wanted, session(shop, PAYER)).request

    world.clock.forward(hours=1)
    later = session(shop, PAYER)
    again = shop.ask(make.CREATE, wanted, later).request

    assert again["id"] == made["id"]
    assert numbers(shop, later) == [made["number"]]


def test_of_a_gift_asks_beside_the_receiver(world: World) -> None:
    """EC57: each sees what they asked for; the money goes to the payer either way."""
    shop = world.shop
    order = paid_order(shop, user=shop.wang)
    payer = session(shop, PAYER)

    by_payer = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, payer).request
    by_receiver = shop.as_wang(make.CREATE, input=make.wanted(order), key="k").request

    assert numbers(shop, payer) == [by_payer["number"]]
    assert numbers(shop, shop.saleor.user_token(shop.wang)) == [by_receiver["number"]]


def test_with_an_account_owns_by_either(world: World) -> None:
    """Logged in with WeChat: orders of the account, and those the openid paid for others."""
    shop = world.shop
    link(shop, PAYER, shop.saleor.user_token(shop.li))
    own, gift = shop.order(), paid_order(shop, user=shop.wang)
    token = session(shop, PAYER)

    for order in (own, gift):
        wanted = {"input": make.wanted(order), "key": order.id[:60]}
        assert shop.ask(make.CREATE, wanted, token).request["status"] == "REQUESTED"
    assert len(numbers(shop, token)) == 2


def test_of_one_of_two_payments_owns_the_order(world: World) -> None:
    """Deposit and balance may be paid by two people."""
    shop = world.shop
    order = paid_order(shop)
    pay(shop, "VHJhbnNhY3Rpb25JdGVtOjk=", STRANGER)

    answer = shop.ask(make.RETURNABLE, {"order": order.id}, session(shop, PAYER))

    assert "errors" not in answer.body


def hidden_from(shop: TestShop, order: Any, openid: str) -> bool:
    token = session(shop, openid)
    with nothing_changes(shop.world, reads=2):
        lines = shop.ask(make.RETURNABLE, {"order": order.id}, token)
        made = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, token)
    (error,) = lines.body["errors"]
    assert error["extensions"] == {"code": "NOT_FOUND", "field": "orderId"}
    return made.refusals == [("NOT_FOUND", "orderId")]


def test_is_nobody_else(world: World) -> None:
    assert hidden_from(world.shop, paid_order(world.shop), STRANGER)


@pytest.mark.parametrize("status", [s for s in WechatPaymentStatus if s != "paid"])
def test_is_nobody_who_only_began_to_pay(world: World, status: WechatPaymentStatus) -> None:
    order = world.shop.order()
    pay(world.shop, order.transactions[0].id, STRANGER, status)

    assert hidden_from(world.shop, order, STRANGER)


def test_is_nobody_who_paid_another_order(world: World) -> None:
    paid_order(world.shop)

    assert hidden_from(world.shop, world.shop.order(), PAYER)


def test_is_nobody_who_paid_in_another_shop(world: World) -> None:
    order = world.shop.order()
    pay(world.other_shop, order.transactions[0].id)

    assert hidden_from(world.shop, order, PAYER)


def test_of_an_order_paid_elsewhere_is_not_known(world: World) -> None:
    assert hidden_from(world.shop, world.shop.order(), PAYER)


def test_keeps_a_strangers_hands_off_the_return(world: World) -> None:
    shop = world.shop
    order = paid_order(shop)
    wanted = {"input": make.wanted(order), "key": "k"}
    made = shop.ask(make.CREATE, wanted, session(shop, PAYER)).request
    stranger = session(shop, STRANGER)

    with nothing_changes(world):
        parcel = shop.ask(make.SUBMIT, {"id": made["id"], "input": PARCEL, "key": "k"}, stranger)
        read = shop.ask(make.READ, {"number": made["number"]}, stranger)

    assert parcel.refusals == [("NOT_FOUND", "id")]
    assert read.data == {"returnRequest": None}


def test_shares_no_idempotency_key_with_a_stranger(world: World) -> None:
    shop = world.shop
    orders = [paid_order(shop), shop.order()]
    pay(shop, orders[1].transactions[0].id, STRANGER)

    made = [
        shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, session(shop, who)).request
        for order, who in zip(orders, (PAYER, STRANGER), strict=True)
    ]

    assert made[0]["id"] != made[1]["id"]


def test_repeats_a_call_although_tied_to_an_account_meanwhile(world: World) -> None:
    shop = world.shop
    order = paid_order(shop)
    token = session(shop, PAYER)
    wanted = {"input": make.wanted(order), "key": "k"}
    made = shop.ask(make.CREATE, wanted, token).request
    link(shop, PAYER, shop.saleor.user_token(shop.li))

    assert shop.ask(make.CREATE, wanted, token).request["id"] == made["id"]
    assert ReturnRequest.objects.count() == 1


def test_is_out_when_the_session_is_over(world: World) -> None:
    shop = world.shop
    order = paid_order(shop)
    token = session(shop, PAYER)
    world.clock.forward(minutes=15)

    with nothing_changes(world):
        answer = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, token)

    assert answer.refusals == [("UNAUTHENTICATED", None)]


def test_loses_the_accounts_orders_when_the_tie_moves(world: World) -> None:
    """EC57."""
    shop = world.shop
    order = shop.order()
    link(shop, PAYER, shop.saleor.user_token(shop.li))
    token = session(shop, PAYER)
    link(shop, PAYER, shop.saleor.user_token(shop.wang))

    with nothing_changes(world, reads=1):
        answer = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, token)

    assert answer.refusals == [("NOT_FOUND", "orderId")]

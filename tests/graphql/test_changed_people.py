"""EC57: who a person is changes; what was paid and asked for does not …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import WechatMiniProgram
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.tasks import poll_orders
from tests import make
from tests.graphql.guests import PHONE, begin, guest_order, guest_session
from tests.graphql.payers import PAYER, STRANGER, pay
from tests.graphql.wechat_logins import LINK, LOG_IN, link, session
from tests.usecases import dashboard, payer
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World

NEW_APPID = "wx0000000000000new"
CARD = "招商银行信用卡0403"
LIST = "{ returnRequests { edges { node { number } } } }"


def numbers(shop: TestShop, token: str) -> list[str]:
    edges = shop.ask(LIST, token=token).data["returnRequests"]["edges"]
    return [edge["node"]["number"] for edge in edges]


def accounts(shop: TestShop, request: dict[str, Any], token: str) -> list[str]:
    answer = shop.ask(make.READ, {"number": request["number"]}, token)
    return [refund["receivedAccount"] for refund in answer.data["returnRequest"]["refunds"]]


def change_program(shop: TestShop) -> None:
    """The shop moves to another mini-program: everybody has another openid there."""
    secret, key_id = seal("another secret".replace(" ", "-"))
    shop.world.mini.add_app(NEW_APPID, "another-secret")
    WechatMiniProgram.objects.filter(shop=shop.row).update(
        appid=NEW_APPID, secret_sealed=secret, sealed_key_id=key_id
    )


def new_code(shop: TestShop, openid: str = "openid-of-li-in-the-new-app") -> dict[str, str]:
    return {"code": shop.world.mini.login(openid, appid=NEW_APPID)}


def bought(shop: TestShop) -> Any:
    """Two hoodies, paid in the mini-program by Li, and sent."""
    checkout = payer.fill(shop)
    payer.pay(shop, payer.begin(shop, checkout))
    shop.world.quiet()
    order = shop.saleor.shopper(shop.li).complete(checkout)
    dashboard.ship(shop, order, {0: 2})
    shop.world.run(minutes=35)
    return order


def refunded_to(shop: TestShop, order: Any, account: str) -> dict[str, Any]:
    """A return of the order's account, paid by WeChat Pay to that account of the payer."""
    request = make.inspected(shop, order)
    shop.world.quiet()
    (refund,) = shop.world.wechat.refunds
    refund.received_account = account
    shop.world.run()
    return request


def test_after_another_mini_program_the_account_still_owns_by_its_tie(world: World) -> None:
    shop = world.shop
    order = bought(shop)
    link(shop, "openid-of-li", shop.saleor.user_token(shop.li))
    request = make.requested(shop, order)
    change_program(shop)

    before = str(shop.ask(LOG_IN, new_code(shop)).payload["token"])
    hidden = numbers(shop, before)
    tied = shop.ask(LINK, new_code(shop), shop.saleor.user_token(shop.li)).payload
    lines = shop.ask(make.RETURNABLE, {"order": order.id}, before)

    assert hidden == []
    assert tied["isLinked"]
    assert numbers(shop, before) == [request["number"]]
    assert len(lines.data["returnableLines"]) == 1


def test_after_another_mini_program_money_goes_back_as_it_was_paid(world: World) -> None:
    shop = world.shop
    order = bought(shop)
    change_program(shop)

    request = make.inspected(shop, order)
    world.run()

    assert_paid_once(shop, order, request, 19900)


def test_after_another_mini_program_a_payment_begun_before_it_counts(world: World) -> None:
    shop = world.shop
    payment = payer.begin(shop, payer.fill(shop))
    change_program(shop)

    number = payer.pay(shop, payment)
    world.quiet()

    assert payer.booked(shop, payment)[:2] == (number, payer.TOTAL)


def test_after_another_mini_program_a_guest_asks_by_number_and_phone(world: World) -> None:
    """Who never had an account cannot be recognised by an openid of another mini-program."""
    shop = world.shop
    order = guest_order(shop)
    pay(shop, order.transactions[0].id)
    assert "errors" not in shop.ask(make.RETURNABLE, {"order": order.id}, session(shop, PAYER)).body
    change_program(shop)

    lost = shop.ask(LOG_IN, new_code(shop, PAYER)).payload["token"]
    refused = shop.ask(make.RETURNABLE, {"order": order.id}, str(lost))
    found = shop.ask(make.RETURNABLE, {"order": order.id}, guest_session(shop, order))

    assert refused.body["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert len(found.data["returnableLines"]) == 2


def test_a_guests_order_goes_to_the_account_with_its_open_return(world: World) -> None:
    """Saleor gives it to whoever confirms the e-mail; its pieces are not asked for twice."""
    shop = world.shop
    order = guest_order(shop)
    token = guest_session(shop, order)
    wanted = {"input": make.wanted(order, {0: 2}), "key": "k"}
    made = shop.ask(make.CREATE, wanted, token).request
    order.user = shop.li
    poll_orders()
    world.quiet()

    twice = shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert numbers(shop, shop.saleor.user_token(shop.li)) == [made["number"]]
    assert twice.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]
    assert begin(shop, order.number, PHONE).refusals == [("NOT_FOUND", None)]


def test_a_deleted_account_leaves_its_return_to_its_wechat_user(world: World) -> None:
    """Saleor keeps the order, of nobody; who has its phone sees the order, not the return."""
    shop = world.shop
    order = guest_order(shop)
    order.user = shop.li
    link(shop, PAYER, shop.saleor.user_token(shop.li))
    request = make.requested(shop, order, {0: 2})
    order.user = None
    shop.saleor.world.users.remove(shop.li)

    guest = guest_session(shop, order)
    with nothing_changes(world, reads=1):
        twice = shop.ask(make.CREATE, {"input": make.wanted(order), "key": "k"}, guest)

    assert numbers(shop, session(shop, PAYER)) == [request["number"]]
    assert numbers(shop, guest) == []
    assert twice.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]


def test_two_wechat_users_of_one_account_see_the_same(world: World) -> None:
    shop = world.shop
    for openid in (PAYER, STRANGER):
        link(shop, openid, shop.saleor.user_token(shop.li))
    request = make.requested(shop, shop.order())

    seen = [numbers(shop, session(shop, openid)) for openid in (PAYER, STRANGER)]

    assert seen == [[request["number"]]] * 2


def test_of_a_gift_only_the_payer_reads_which_card_was_paid_back(world: World) -> None:
    """The receiver asks for the return; the payer's bank is not his affair."""
    shop = world.shop
    order = shop.order(user=shop.li)
    link(shop, STRANGER, shop.saleor.user_token(shop.li))
    request = refunded_to(shop, order, CARD)
    paid = pay(shop, order.transactions[0].id)

    receiver = [shop.saleor.user_token(shop.li), session(shop, STRANGER)]
    hidden = [accounts(shop, request, token) for token in receiver]
    staff = shop.saleor.dashboard_token(shop.clerk, shop.app)

    assert hidden == [["原支付账户"]] * 2
    assert accounts(shop, request, staff) == [CARD]
    link(shop, PAYER, shop.saleor.user_token(shop.li))
    assert paid.status == "paid"
    assert [accounts(shop, request, token) for token in receiver] == [[CARD]] * 2


@pytest.mark.parametrize("account", ["支付用户零钱", "支付用户零钱通"])
def test_of_a_gift_what_names_no_card_is_read_by_all(world: World, account: str) -> None:
    request = refunded_to(world.shop, world.shop.order(), account)

    assert accounts(world.shop, request, world.shop.saleor.user_token(world.shop.li)) == [account]

"""李 pays in the mini-program and closes it at the wrong moment."""

from __future__ import annotations

from tests import make
from tests.graphql.wechat_logins import session
from tests.usecases import dashboard
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unordered import GIVE_BACK, LOOK, after, assert_given_back, paid, sell_out
from tests.world import World

TASKS = "{ returnTasks { kind number } }"


def test_the_order_comes_by_itself_and_can_be_returned_like_any_other(world: World) -> None:
    shop = world.shop
    paid(shop)
    after(world, LOOK)
    (order,) = shop.saleor.world.orders
    dashboard.ship(shop, order, {0: 2})

    seen = shop.ask(make.RETURNABLE, {"order": order.id}, session(shop, "openid-of-li"))
    request = make.inspected(shop, order)
    world.run()

    assert [line["returnableQuantity"] for line in seen.data["returnableLines"]] == [2]
    assert_paid_once(shop, order, request, 19900)


def test_the_money_comes_back_by_itself_when_the_last_piece_is_gone(world: World) -> None:
    shop = world.shop
    payment = paid(shop)
    sell_out(shop)

    after(world, LOOK)
    assert [task["kind"] for task in shop.as_clerk(TASKS).data["returnTasks"]] == [
        "PAID_WITHOUT_ORDER"
    ]
    after(world, GIVE_BACK - LOOK)
    world.run()

    assert_given_back(shop, payment)
    (task,) = shop.as_clerk(TASKS).data["returnTasks"]
    assert task["kind"] == "REFUNDED_WITHOUT_ORDER"

"""A deposit and a balance, paid in the mini-program, and paid back when everything returns."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import StaffTask, WechatPayment
from tests import make
from tests.usecases import dashboard, payer
from tests.world import TestShop, World


@pytest.mark.parametrize("first", ["shop", "other_shop"])
def test_deposit_and_balance_go_back_the_way_they_came(world: World, first: str) -> None:
    shops = (world.shop, world.other_shop)
    one, another = shops if first == "shop" else reversed(shops)

    bought = [(shop, *buy(shop)) for shop in (one, another)]
    world.quiet()

    for shop, order, deposit, balance in bought:
        assert order.charge_status == "FULL"
        assert [t.psp_reference for t in order.transactions] == [deposit, balance]
        dashboard.ship(shop, order, {0: 2})
        request = make.inspected(shop, order, {0: 2})
        world.run(minutes=30)
        done = make.read(shop, request)
        assert done["status"] == "REFUNDED"
        assert [r["amount"]["fen"] for r in done["refunds"]] == [31000, 10000]
        assert world.wechat.refunded_fen(balance) == 31000
        assert world.wechat.refunded_fen(deposit) == 10000
        assert [str(t.refunded) for t in order.transactions] == ["100.000", "310.000"]
    assert not StaffTask.objects.exists()
    assert set(WechatPayment.objects.values_list("status", flat=True)) == {"paid"}


def buy(shop: TestShop) -> tuple[Any, str, str]:
    """Two hoodies: 100.00 now, which makes the order, and the rest on the order."""
    shop.saleor.world.allow_unpaid_orders = True
    checkout = payer.fill(shop)
    deposit = payer.begin(shop, checkout, "100.00")
    first = payer.pay(shop, deposit)
    assert payer.carry_on(shop, deposit).event_type == "CHARGE_SUCCESS"
    order = shop.saleor.shopper(shop.li).complete(checkout)

    balance = payer.begin(shop, order.id)
    second = payer.pay(shop, balance)
    assert payer.carry_on(shop, balance).event_type == "CHARGE_SUCCESS"
    return order, first, second

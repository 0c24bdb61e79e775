"""The doctor asks courier providers about a shop's account: it finds …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import CourierAccount, ReturnAddress
from saleor_wechat_returns.usecases.doctor import Code, Level, level_of
from saleor_wechat_returns.usecases.doctor.couriers import look_at_couriers
from tests.usecases.consulting import consult, set_up_well
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def test_an_account_that_is_taken_and_one_of_staff(world: World, settings: Any) -> None:
    set_up_well(world, settings)
    for provider in ("kuaidi100", "manual"):
        world.shop.add_courier(provider)

    found = consult()

    assert [it["about"] for it in found.findings if it["code"] == "COURIER"] == [
        "kuaidi100",
        "manual",
    ]
    assert [call.method for call in world.couriers.calls] == ["querymkt"]


def test_a_shop_that_has_not_said_where_goods_go(world: World, settings: Any) -> None:
    set_up_well(world, settings)
    ReturnAddress.objects.filter(shop=world.shop.row).update(archived_at=world.clock.now)

    assert consult().bad() == [("warning", "ADDRESS_MISSING", "shop-a.example")]


@pytest.mark.parametrize(
    ("fault", "code", "why"),
    [
        ("balance_empty", Code.COURIER_REFUSED, "601"),
        ("away", Code.COURIER_AWAY, "not sent"),
        ("answer_lost", Code.COURIER_AWAY, "answer lost"),
        ("server_error", Code.COURIER_AWAY, "500"),
    ],
)
def test_why_an_account_does_not_work(world: World, fault: str, code: Code, why: str) -> None:
    world.shop.add_courier()
    world.couriers.faults.add(fault)

    with nothing_changes(world):
        (found,) = look_at_couriers(world.shop.row)

    assert found.code is code
    assert why in str(found.facts["why"])


def test_what_is_wrong_on_our_side(world: World, settings: Any) -> None:
    world.shop.add_courier()
    CourierAccount.objects.update(sealed_key_id="lost")
    settings.COURIER_CALLBACK_URL = f"https://{'long.' * 30}example"

    with nothing_changes(world):
        found = [it.code for it in look_at_couriers(world.shop.row)]

    assert found == [Code.COURIER_UNUSABLE, Code.COURIER_ADDRESS_LONG]


def test_a_shop_without_an_account_to_be_in_order(world: World) -> None:
    (found,) = look_at_couriers(world.shop.row)

    assert (found.code, level_of(found)) == (Code.COURIER_NONE, Level.OK)

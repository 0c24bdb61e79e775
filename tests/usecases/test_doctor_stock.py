"""The doctor looks at where accepted pieces are put into stock: it finds …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnAddress, ReturnPolicy
from saleor_wechat_returns.sandbox.saleor import FaultKind
from saleor_wechat_returns.usecases.doctor import Code
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from tests.returning import enter_address
from tests.usecases.allowed import with_rules
from tests.usecases.consulting import Consultation, consult, set_up_well
from tests.world import World


@pytest.fixture
def restocking(world: World, settings: Any) -> World:
    """One address, in 深圳, and rules that put accepted pieces into stock."""
    set_up_well(world, settings)
    with_rules(world, restock=True)
    return world


def names(world: World, warehouse_id: str) -> None:
    ReturnAddress.objects.filter(shop=world.shop.row).update(warehouse_id=warehouse_id)


def bad(found: Consultation) -> list[tuple[str, str]]:
    return [(level, code) for level, code, _ in found.bad()]


def test_nothing_where_the_rules_leave_stock_alone(world: World, settings: Any) -> None:
    set_up_well(world, settings)
    names(world, "V2FyZWhvdXNlOjk=")

    found = consult()

    assert [code for code in found.codes() if code.startswith("RESTOCK")] == []
    assert world.shop.saleor.calls_of("warehouse") == []


def test_that_no_warehouse_is_named(restocking: World) -> None:
    here = restocking.shop.saleor.world.default_warehouse_id
    enter_address(restocking.shop, name="北京仓", warehouseId=here)

    found = consult()

    assert bad(found) == [("warning", "RESTOCK_NO_WAREHOUSE")]
    said = found.of(Code.RESTOCK_NO_WAREHOUSE)
    assert said["zh"].startswith("规则要求合格商品入库(restock),但退货地址未指定仓库:")
    assert "北京仓" not in said["en"]
    assert found.of(Code.RESTOCK)["en"].endswith("all 1 warehouses that are named")


def test_that_there_is_no_address_to_name_one(restocking: World) -> None:
    ReturnAddress.objects.update(archived_at=restocking.clock.now)

    codes = [code for _, code in bad(consult("--shop", restocking.shop.row.api_url))]

    assert codes == ["ADDRESS_MISSING", "RESTOCK_NO_WAREHOUSE"]


@pytest.mark.parametrize(
    ("named", "asked"), [("V2FyZWhvdXNlOjk=", 1), ("T3JkZXI6MQ==", 0), ("rubbish", 0)]
)
def test_that_saleor_has_no_such_warehouse(restocking: World, named: str, asked: int) -> None:
    names(restocking, named)

    found = consult()

    assert bad(found) == [("broken", "RESTOCK_WAREHOUSE_GONE")]
    assert found.of(Code.RESTOCK_WAREHOUSE_GONE)["en"].endswith(f"names: {named}")
    assert len(restocking.shop.saleor.calls_of("warehouse")) == asked


def test_only_addresses_of_channels_that_restock(restocking: World) -> None:
    names(restocking, restocking.shop.saleor.world.default_warehouse_id)
    shipped = write_rules(rules_of(None))
    ReturnPolicy.objects.create(shop=restocking.shop.row, channel="vip", version=1, rules=shipped)
    enter_address(restocking.shop, channel="vip")

    found = consult()

    assert bad(found) == []
    assert "RESTOCK" in found.codes()


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_BEFORE, FaultKind.HTTP_500])
def test_that_saleor_does_not_say(restocking: World, kind: FaultKind) -> None:
    names(restocking, restocking.shop.saleor.world.default_warehouse_id)
    restocking.shop.saleor.faults.add(kind, "warehouse")

    found = consult()

    assert bad(found) == [("broken", "SALEOR_UNREAD")]
    assert found.of(Code.SALEOR_UNREAD)["en"].startswith("warehouse V2FyZWhvdXNlO")


def test_that_the_app_may_not_touch_stock(restocking: World) -> None:
    names(restocking, restocking.shop.saleor.world.default_warehouse_id)
    app = restocking.shop.app
    app.permissions = app.permissions - {"MANAGE_PRODUCTS"}

    assert bad(consult()) == [("broken", "PERMISSIONS_MISSING")]


def test_that_the_app_may_not_even_look(restocking: World) -> None:
    names(restocking, restocking.shop.saleor.world.default_warehouse_id)
    app = restocking.shop.app
    app.permissions = app.permissions - {"MANAGE_PRODUCTS", "MANAGE_ORDERS"}

    found = consult()

    assert ("broken", "PERMISSIONS_MISSING") in bad(found)
    assert any("warehouse V2FyZWhvdXNlO" in it["en"] for it in found.findings)
    assert "RESTOCK_WAREHOUSE_GONE" not in found.codes()

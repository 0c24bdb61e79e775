"""The reason in Saleor's own terms goes along with a return and its grant …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import Shop
from saleor_wechat_returns.sandbox.saleor.world import Page
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from tests import make
from tests.usecases.allowed import with_rules
from tests.world import World

RETURNED = "UGFnZTox"  # Page:1
REFUNDED = "UGFnZToy"  # Page:2


@pytest.fixture
def mapped(world: World) -> World:
    """A shop whose rules name Saleor's pages for a size that does not fit."""
    rules = write_rules(rules_of(None))
    for reason in rules["reasons"]:
        if reason["code"] == "size_does_not_fit":
            reason |= {"return_reference": RETURNED, "refund_reference": REFUNDED}
    with_rules(world, reasons=rules["reasons"])
    world.shop.saleor.world.return_reasons.append(Page(RETURNED, "尺码不合"))
    world.shop.saleor.world.refund_reasons.append(Page(REFUNDED, "尺码不合"))
    return world


def returned(world: World) -> tuple[Any, Any]:
    """The references that Saleor has: with the return, and with its grant."""
    order = world.shop.order()
    make.inspected(world.shop, order)
    world.run()
    (grant,) = order.granted_refunds
    assert grant.status == "SUCCESS"
    (back,) = (f for f in order.fulfillments if f.status == "RETURNED")
    named = (back.reason_reference, grant.reason_reference)
    return tuple(page and page.id for page in named)


def of_version(world: World, version: str) -> None:
    world.shop.saleor.world.schema_version = version
    Shop.objects.filter(pk=world.shop.row.pk).update(schema_version=version)


@pytest.mark.parametrize(
    ("version", "named"),
    [("3.21", (None, None)), ("3.22", (None, REFUNDED)), ("3.23", (RETURNED, REFUNDED))],
)
def test_as_far_as_the_version_has_it(
    mapped: World, version: str, named: tuple[str | None, str | None]
) -> None:
    of_version(mapped, version)

    assert returned(mapped) == named


@pytest.mark.parametrize("version", ["", "3", "nonsense"])
def test_not_to_a_version_that_we_do_not_know(mapped: World, version: str) -> None:
    Shop.objects.filter(pk=mapped.shop.row.pk).update(schema_version=version)

    assert returned(mapped) == (None, None)


def test_only_where_the_rules_name_one(world: World) -> None:
    assert returned(world) == (None, None)


def test_but_never_holds_up_money_where_saleor_refuses_it(mapped: World) -> None:
    mapped.shop.saleor.world.return_reasons.clear()
    mapped.shop.saleor.world.refund_reasons.clear()

    assert returned(mapped) == (None, None)

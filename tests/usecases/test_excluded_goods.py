"""Goods that cannot be returned without a fault, and gifts that go back with the others."""

from __future__ import annotations

import pytest

from saleor_wechat_returns.sandbox.saleor import Category, LineSpec
from tests import evidence, make
from tests.usecases import dashboard
from tests.usecases.allowed import (
    FAULTS,
    NO_FAULTS,
    answer,
    codes,
    one_hoodie,
    refusals,
    with_rules,
)
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, World

UNDERWEAR = {
    "code": "underwear",
    "zh": "内衣拆封后影响卫生",
    "en": "Underwear cannot be resold",
    "basis": "confirmed_at_purchase",
    "confirmed_by": ["no_return_confirmed"],
}

CUSTOM = {"code": "custom", "zh": "定制商品", "en": "Made to order", "basis": "custom_made"}


def test_are_those_confirmed_at_purchase(world: World) -> None:
    order = one_hoodie(world)
    order.lines[0].metadata["no_return_confirmed"] = "2026-11-20T08:00:00Z"
    exclusion = UNDERWEAR | {"goods": {"products": [order.lines[0].variant.product.id]}}
    with_rules(world, exclusions=[exclusion])

    line = answer(world, order)

    assert codes(line) == FAULTS
    assert line["obstacles"] == [
        {
            "code": "EXCLUDED",
            "label": "内衣拆封后影响卫生",
            "en": "Underwear cannot be resold",
            "reasons": NO_FAULTS,
        }
    ]
    assert refusals(world, order) == [("LINE_EXCLUDED", "lines.orderLineId")]
    assert (
        make.requested(world.shop, order, **evidence.of_fault(world.shop))["status"] == "REQUESTED"
    )


@pytest.mark.parametrize("said", [None, "", "false", "否"])
def test_are_no_others_without_the_confirmation(world: World, said: str | None) -> None:
    order = one_hoodie(world)
    if said is not None:
        order.lines[0].metadata["no_return_confirmed"] = said
    exclusion = UNDERWEAR | {"goods": {"products": [order.lines[0].variant.product.id]}}
    with_rules(world, exclusions=[exclusion])

    assert answer(world, order)["obstacles"] == []


def test_of_the_law_are_marked_in_the_catalogue(world: World) -> None:
    """As shipped: one key of product or variant names the class; nothing is excluded without."""
    order = one_hoodie(world)
    line = order.lines[0]

    def excluded(marked: str) -> list[str]:
        line.variant.product.metadata["no_reason_return"] = marked
        found = answer(world, order)
        assert set(codes(found)) == {*FAULTS, *(() if found["obstacles"] else NO_FAULTS)}
        return [obstacle["label"] for obstacle in found["obstacles"]]

    assert excluded("custom_made") == ["定制商品不支持七天无理由退货"]
    assert excluded("perishable") == ["鲜活易腐商品不支持七天无理由退货"]
    assert excluded("digital") == ["数字化商品不支持七天无理由退货"]
    assert excluded("periodical") == ["已交付的报纸、期刊不支持七天无理由退货"]
    assert excluded("") == []
    assert excluded("confirmed_at_purchase") == []
    line.metadata["no_reason_return_waived"] = "2026-11-20T08:00:00Z"
    assert excluded("confirmed_at_purchase") == ["下单时已确认该商品不支持七天无理由退货"]
    assert excluded("") == []


def test_are_known_by_any_of_their_names(world: World) -> None:
    order = one_hoodie(world)
    variant = order.lines[0].variant
    clothes = Category("Q2F0ZWdvcnk6MQ==", "服装")
    variant.product.category = Category("Q2F0ZWdvcnk6Mg==", "定制", parent=clothes)
    variant.metadata["made_for"] = "Li Lei"
    names = {
        "product_types": [variant.product.product_type.id],
        "categories": [clothes.id],
        "variants": [variant.id],
        "metadata": {"made_for": ""},
    }
    for name, value in names.items():
        with_rules(world, exclusions=[CUSTOM | {"goods": {name: value}}])

        assert [o["code"] for o in answer(world, order)["obstacles"]] == ["EXCLUDED"], name

    with_rules(world, exclusions=[CUSTOM | {"goods": {"metadata": {"made_for": "Han Meimei"}}}])
    assert answer(world, order)["obstacles"] == []


def test_are_not_those_that_left_the_catalogue(world: World) -> None:
    """EC15"""
    order = one_hoodie(world)
    order.lines[0].variant = None

    assert codes(answer(world, order))[0] == "size_does_not_fit"
    assert make.requested(world.shop, order)["status"] == "REQUESTED"


def test_are_gift_cards_whatever_the_fault(world: World) -> None:
    """EC16"""
    order = one_hoodie(world)
    order.lines[0].variant.product.product_type.kind = "GIFT_CARD"

    assert [o["code"] for o in answer(world, order)["obstacles"]] == ["GIFT_CARD"]
    assert refusals(world, order, reason="quality_defect") == [
        ("GIFT_CARD_NOT_RETURNABLE", "lines.orderLineId")
    ]


@pytest.mark.parametrize("fulfilled", ["all", None])
def test_are_virtual_ones_but_for_the_shops_fault(world: World, fulfilled: str | None) -> None:
    """EC17"""
    order = one_hoodie(world, fulfilled=fulfilled)
    order.lines[0].is_shipping_required = False

    line = answer(world, order)

    assert [o["code"] for o in line["obstacles"]] == ["EXCLUDED"]
    assert {kind for found in line["reasons"] for kind in found["kinds"]} == {"REFUND_ONLY"}
    assert refusals(world, order, kind="REFUND_ONLY") == [("LINE_EXCLUDED", "lines.orderLineId")]
    made = make.requested(
        world.shop, order, kind="REFUND_ONLY", **evidence.of_fault(world.shop, "not_as_described")
    )
    assert made["status"] == "REQUESTED"


def test_let_money_alone_be_asked_for_where_the_reason_says_so(world: World) -> None:
    order = one_hoodie(world, fulfilled={"HOODIE-M": 1})

    unsent = make.requested(world.shop, order, kind="REFUND_ONLY", reason="size_does_not_fit")

    assert unsent["status"] == "REQUESTED"
    assert refusals(world, order, kind="REFUND_ONLY", reason="size_does_not_fit") == [
        ("KIND_NOT_ALLOWED", "kind")
    ]


# --- gifts


GIFT = LineSpec("赠品袜子", "均码", "GIFT", 1, "0.00", is_gift=True)


def test_leave_no_gift_behind(world: World) -> None:
    """EC20"""
    order = world.shop.order([HOODIE, GIFT])
    make.requested(world.shop, order, {0: 1})

    with nothing_changes(world, reads=1):
        refused = world.shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())

    (error,) = refused.payload["errors"]
    assert (error["code"], error["lines"]) == ("GIFT_MUST_COME_BACK", [order.lines[1].id])
    assert make.requested(world.shop, order, {0: 1, 1: 1})["status"] == "REQUESTED"


def test_leave_the_gift_where_the_rules_let_it_stay(world: World) -> None:
    """EC20"""
    order = world.shop.order([HOODIE, GIFT])
    with_rules(world, gifts="stay")

    assert make.requested(world.shop, order, {0: 2})["status"] == "REQUESTED"


# --- orders that are not as others


def test_are_none_in_a_replacement_that_nobody_paid_for(world: World) -> None:
    """EC14: the piece that was exchanged is not there any more; its replacement costs nothing."""
    order = one_hoodie(world)
    dashboard.return_pieces(world.shop, order, {0: 1}, replace=True)
    replacement = world.shop.saleor.world.orders[-1]
    replacement.status = "UNFULFILLED"

    assert (replacement.original_id, len(replacement.lines)) == (order.id, 1)
    assert answer(world, order)["returnableQuantity"] == 1
    line = answer(world, replacement)
    assert [o["code"] for o in line["obstacles"]] == ["NOT_PAID"]
    assert (line["reasons"], line["refundableQuantity"]) == ([], 0)
    assert refusals(world, replacement, kind="REFUND_ONLY") == [("ORDER_NOT_PAID", "orderId")]


def test_take_an_offer_apart_by_what_was_paid(world: World) -> None:
    """EC18: three for the price of two."""
    offer = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "99.90", total_price="199.80")
    order = world.shop.order([offer])

    amounts = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"][0][
        "amounts"
    ]
    request = make.requested(world.shop, order, {0: 1})

    assert [amount["fen"] for amount in amounts] == [6660, 13320, 19980]
    assert request["promisedAmount"]["fen"] == 6660

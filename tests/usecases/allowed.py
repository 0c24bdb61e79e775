"""Asking what can be returned, and being refused what cannot."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.usecases.policies import policy_for, rules_of, write_rules
from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, World

ANSWER = """query($order: ID!) { returnableLines(orderId: $order) {
  orderLineId kinds lastDay returnableUntil isReckoned returnableQuantity refundableQuantity
  reasons { reason { code label freightPayer evidence { shows count } } kinds lastDay
    returnableUntil returnableQuantity refundableQuantity reorder { productId variantId } }
  obstacles { code label en: label(languageCode: EN) reasons } } }"""
FAULTS = [
    "quality_defect",
    "colour_fades",
    "colour_differs",
    "wrong_or_missing",
    "not_as_described",
]
NO_FAULTS = ["size_does_not_fit", "no_reason_seven_days", "changed_mind"]


def answers(world: World, order: Any) -> list[dict[str, Any]]:
    return list(world.shop.as_li(ANSWER, order=order.id).data["returnableLines"])


def answer(world: World, order: Any) -> dict[str, Any]:
    return answers(world, order)[0]


def codes(line: dict[str, Any]) -> list[str]:
    return [found["reason"]["code"] for found in line["reasons"]]


def refusals(world: World, order: Any, **changes: Any) -> list[tuple[str, str | None]]:
    wanted = make.wanted(order, **changes)
    with nothing_changes(world, reads=1):
        return world.shop.as_li(make.CREATE, input=wanted, key=make.key()).refusals


def one_hoodie(world: World, **details: Any) -> Any:
    return world.shop.order([HOODIE], **details)


def with_rules(world: World, **sections: Any) -> None:
    """A new version of the shop's rules: as shipped, but for these sections."""
    policy = policy_for(world.shop.row, "cn")
    rules = write_rules(rules_of(None)) | sections
    type(policy).objects.create(shop=policy.shop, version=policy.version + 1, rules=rules)

"""What Saleor tells of goods, parsed for the rules about returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..domain.goods import Goods

Node = dict[str, Any]


def goods_of_variant(variant: Node | None) -> Goods:
    """A variant with its product, as both our documents ask for it; None: it was deleted."""
    if variant is None:
        return Goods()
    product = variant["product"]
    category = product["category"]
    above = category["ancestors"]["edges"] if category else ()
    return Goods(
        variant_id=variant["id"],
        product_id=product["id"],
        product_type_id=product["productType"]["id"],
        category_ids=frozenset(
            [category["id"], *(edge["node"]["id"] for edge in above)] if category else ()
        ),
        collection_ids=frozenset(node["id"] for node in product["collections"] or ()),
        metadata=(product["metafields"] or {}) | (variant["metafields"] or {}),
        # An order line knows for itself whether it was to be sent.
        needs_shipping=product["productType"].get("isShippingRequired", True),
        is_gift_card=product["productType"]["kind"] == "GIFT_CARD",
    )


def goods_of_line(line: Node, order: Node) -> Goods:
    """What was bought, as the order line and its order tell of it."""
    goods = goods_of_variant(line["variant"])
    of_line = line["metafields"] or {}
    return replace(
        goods,
        metadata={**goods.metadata, **of_line},
        confirmed=(order["metafields"] or {}) | of_line,
        needs_shipping=line["isShippingRequired"],
        is_gift=line["isGift"] is True,
    )

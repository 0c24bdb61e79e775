"""What was bought, as far as rules about returns ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goods:
    """One thing of the catalogue. Ids are Saleor's; blank or none once it was deleted there."""

    variant_id: str = ""
    product_id: str = ""
    product_type_id: str = ""
    category_ids: frozenset[str] = frozenset()  # its own, and those above it
    collection_ids: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)  # of product, variant, order line
    confirmed: Mapping[str, str] = field(default_factory=dict)  # metadata of order and order line
    needs_shipping: bool = True  # else virtual: nothing can come back
    is_gift_card: bool = False
    is_gift: bool = False  # 赠品, of a promotion of the order

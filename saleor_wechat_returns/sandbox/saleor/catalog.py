"""What a shop sells and how it ships it: plain objects, no rules."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(eq=False)
class Product:
    id: str
    name: str
    slug: str
    variants: "list[Variant]" = field(default_factory=list)


@dataclass(eq=False)
class Variant:
    id: str
    name: str
    sku: str | None
    product: Product
    price: Decimal = Decimal(0)
    thumbnail_url: str | None = None


@dataclass(eq=False)
class ShippingMethod:
    id: str
    name: str
    price: Decimal

"""What a shop sells and how it ships it: plain objects, no rules."""

from dataclasses import dataclass, field
from decimal import Decimal

from .ids import IdSource


@dataclass(eq=False)
class ProductType:
    id: str
    name: str
    kind: str = "NORMAL"
    is_shipping_required: bool = True


@dataclass(eq=False)
class Category:
    id: str
    name: str
    parent: "Category | None" = None


@dataclass(eq=False)
class Collection:
    id: str
    name: str


@dataclass(eq=False)
class Product:
    id: str
    name: str
    slug: str
    product_type: ProductType
    category: Category | None = None
    collections: list[Collection] = field(default_factory=list)
    variants: "list[Variant]" = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Variant:
    id: str
    name: str
    sku: str | None
    product: Product
    price: Decimal = Decimal(0)
    thumbnail_url: str | None = None
    is_sold_out: bool = False  # selling counts no stock: a shop has it, or none of it
    stocks: dict[str, int] = field(default_factory=dict)  # warehouse id -> pieces
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class ShippingMethod:
    id: str
    name: str
    price: Decimal


def variant_of(
    products: list[Product], ids: IdSource, product_name: str, name: str, sku: str | None
) -> Variant:
    """The variant of those names, put among the products when it is missing."""
    product = next((p for p in products if p.name == product_name), None)
    if product is None:
        slug = product_name.lower().replace(" ", "-")
        product = Product(ids.numbered("Product"), product_name, slug, _usual_type(products, ids))
        products.append(product)
    variant = next((v for v in product.variants if (v.name, v.sku) == (name, sku)), None)
    if variant is None:
        variant = Variant(ids.numbered("ProductVariant"), name, sku, product)
        product.variants.append(variant)
    return variant


def _usual_type(products: list[Product], ids: IdSource) -> ProductType:
    """The type of what is sold without anybody saying more; one for the whole shop."""
    usual = (p.product_type for p in products if p.product_type.name == "Default Type")
    return next(usual, None) or ProductType(ids.numbered("ProductType"), "Default Type")

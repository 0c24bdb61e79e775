"""A checkout: plain objects, no rules."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from .catalog import ShippingMethod, Variant
from .people import Address, User

if TYPE_CHECKING:
    from .world import Transaction


@dataclass(eq=False)
class CheckoutLine:
    id: str
    variant: Variant
    quantity: int

    @property
    def total_price(self) -> Decimal:
        return self.variant.price * self.quantity


@dataclass(eq=False)
class Checkout:
    """What a customer is about to order; it vanishes when it becomes an order."""

    id: str
    currency: str
    channel_slug: str
    email: str | None = None
    user: User | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: ShippingMethod | None = None
    lines: list[CheckoutLine] = field(default_factory=list)
    transactions: "list[Transaction]" = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        shipping = self.shipping_method.price if self.shipping_method else Decimal(0)
        return sum((line.total_price for line in self.lines), shipping)

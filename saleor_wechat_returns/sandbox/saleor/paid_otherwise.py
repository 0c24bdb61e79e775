"""Money of an order that is no transaction: payments of the old API, and gift cards. No rules.

Not recorded. Source: Saleor's schema 3.21 to 3.23 (Payment, GiftCard, deprecations) and its
documentation "Gift cards", read 2026-11: a gift card lowers the total of the order.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(eq=False)
class OldPayment:
    """One payment of the API before transactions; no grant can name it."""

    id: str
    gateway: str
    captured: Decimal
    currency: str
    psp_reference: str = ""
    is_active: bool = True


@dataclass(eq=False)
class GiftCard:
    """A gift card of which an order took something; the last four characters are shown."""

    id: str
    code: str
    initial: Decimal
    current: Decimal
    currency: str
    is_active: bool = True

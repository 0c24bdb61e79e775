"""The state of one simulated Saleor shop: plain objects in memory, no rules.

Deliberately without locks around what is read and later written: the real Saleor has none in its
return and refund paths, and the races that follow must be reproducible here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .catalog import Product, ShippingMethod, Variant, variant_of
from .channel import Channel
from .checkout import Checkout
from .ids import IdSource, from_global_id
from .paid_otherwise import GiftCard, OldPayment
from .people import Address, App, User

ZERO = Decimal(0)


@dataclass(eq=False)
class OrderLine:
    """One order line; `unit_price` is the rounded one, `total_price` the exact one."""

    id: str
    order: "Order"
    product_name: str
    variant_name: str
    product_sku: str | None
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    undiscounted_unit_price: Decimal
    variant: Variant | None = None
    quantity_fulfilled: int = 0
    thumbnail_url: str | None = None
    is_shipping_required: bool = True
    is_gift: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)

    @property
    def quantity_to_fulfill(self) -> int:
        return self.quantity - self.quantity_fulfilled


@dataclass(eq=False)
class Page:
    """A page that stands for a reason."""

    id: str
    title: str


@dataclass(eq=False)
class FulfillmentLine:
    id: str
    fulfillment: "Fulfillment"
    order_line: OrderLine
    quantity: int
    reason: str = ""
    # Lines returned without ever having been shipped come from no warehouse.
    warehouse_id: str | None = None


@dataclass(eq=False)
class Fulfillment:
    id: str
    order: "Order"
    fulfillment_order: int
    status: str
    created: datetime
    tracking_number: str = ""
    reason: str = ""
    reason_reference: Page | None = None
    lines: list[FulfillmentLine] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class GrantedRefundLine:
    id: str
    order_line: OrderLine
    quantity: int
    reason: str | None = None


@dataclass(eq=False)
class GrantedRefund:
    id: str
    order: "Order"
    amount: Decimal
    currency: str
    created_at: datetime
    updated_at: datetime
    status: str = "NONE"
    reason: str = ""
    reason_reference: Page | None = None
    shipping_costs_included: bool = False
    app: App | None = None
    user: User | None = None
    transaction: "Transaction | None" = None
    lines: list[GrantedRefundLine] = field(default_factory=list)


@dataclass(eq=False)
class TransactionEvent:
    """One entry of a transaction's ledger; `counts` says whether the totals include it."""

    id: str
    transaction: "Transaction"
    type: str
    amount: Decimal
    created_at: datetime
    psp_reference: str = ""
    message: str = ""
    external_url: str = ""
    counts: bool = False
    app: App | None = None
    user: User | None = None
    granted_refund: GrantedRefund | None = None
    idempotency_key: str | None = None

    @property
    def order_in_time(self) -> tuple[datetime, int]:
        """Sort key; the running number decides under a clock that stands still."""
        _, key = from_global_id(self.id) or ("", "0")
        return self.created_at, int(key)


@dataclass(eq=False)
class Transaction:
    """A payment; owned by the app *identifier*, so ownership survives a reinstallation.

    It belongs to a checkout until that becomes an order.
    """

    id: str
    order: "Order | None"
    currency: str
    created_at: datetime
    modified_at: datetime
    name: str = ""
    message: str = ""
    psp_reference: str = ""
    external_url: str = ""
    available_actions: list[str] = field(default_factory=list)
    checkout: Checkout | None = None
    idempotency_key: str | None = None
    app_identifier: str | None = None
    user: User | None = None
    authorized: Decimal = ZERO
    authorize_pending: Decimal = ZERO
    charged: Decimal = ZERO
    charge_pending: Decimal = ZERO
    refunded: Decimal = ZERO
    refund_pending: Decimal = ZERO
    canceled: Decimal = ZERO
    cancel_pending: Decimal = ZERO
    events: list[TransactionEvent] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)
    # Reported events are the one place where Saleor locks the row before it looks for a duplicate.
    report_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


@dataclass(eq=False)
class OrderEvent:
    id: str
    order: "Order"
    type: str
    date: datetime
    app: App | None = None
    user: User | None = None
    amount: Decimal | None = None
    message: str | None = None
    returned: list[tuple[int, OrderLine]] | None = None
    transaction_reference: str | None = None


@dataclass(eq=False)
class Order:
    id: str
    number: str
    created: datetime
    updated_at: datetime
    currency: str
    channel_slug: str
    total: Decimal
    shipping_price: Decimal
    status: str = "UNFULFILLED"
    charge_status: str = "NONE"
    authorize_status: str = "NONE"
    total_charged: Decimal = ZERO
    total_authorized: Decimal = ZERO
    user: User | None = None
    user_email: str = ""
    shipping_address: Address | None = None
    billing_address: Address | None = None
    # Where the customer picks it up himself.
    collection_point_name: str | None = None
    original_id: str | None = None
    checkout_id: str | None = None
    voucher_code: str | None = None
    customer_note: str = ""
    lines: list[OrderLine] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    granted_refunds: list[GrantedRefund] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    old_payments: list[OldPayment] = field(default_factory=list)
    gift_cards: list[GiftCard] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)


def utc_now() -> datetime:
    return datetime.now(UTC)


def give_way(_point: str) -> None:
    """Let another thread run between a check and its write, as a second database session would."""
    time.sleep(0.001)


def _nobody_listens(_event: str, _subject: Any, _issuer: Any) -> None:
    return None


@dataclass(eq=False)
class SaleorWorld:
    """One shop. `pause` is called between checks and writes; `emit` when an event happens.

    `ask` sends an event at once and returns the app's answer as data, None when there is none.
    `lock` stands for what the real database makes unique, such as the order of a checkout.
    """

    api_url: str
    schema_version: str = "3.23"
    name: str = "Sandbox shop"
    clock: Callable[[], datetime] = utc_now
    pause: Callable[[str], None] = give_way
    emit: Callable[[str, Any, Any], None] = _nobody_listens
    ask: Callable[[str, Any, Any], Any] = _nobody_listens
    fulfillment_auto_approve: bool = True
    fulfillment_allow_unpaid: bool = True
    allow_unpaid_orders: bool = False
    automatically_complete: bool = False
    automatic_completion_minutes: int = 0  # from 3.22 on 30, unless the shop says otherwise
    currency: str = "CNY"
    channels: list[Channel] = field(default_factory=lambda: [Channel()])
    ids: IdSource = field(default_factory=IdSource)
    default_warehouse_id: str = ""
    apps: list[App] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    checkouts: list[Checkout] = field(default_factory=list)
    orphans: list[Transaction] = field(default_factory=list)  # their checkout was deleted
    products: list[Product] = field(default_factory=list)
    # Pages of the types that the shop's refund and return settings name; none: they name no type.
    refund_reasons: list[Page] = field(default_factory=list)
    return_reasons: list[Page] = field(default_factory=list)
    shipping_methods: list[ShippingMethod] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.default_warehouse_id = self.default_warehouse_id or self.ids.random("Warehouse")
        if not self.shipping_methods:
            method_id = self.ids.numbered("ShippingMethod")
            self.shipping_methods = [ShippingMethod(method_id, "SF Express", Decimal("12.00"))]

    @property
    def version(self) -> str:
        return f"{self.schema_version}.28"

    def app_by_identifier(self, identifier: str | None) -> App | None:
        """The installed and active app of that identifier, if any."""
        return next((a for a in self.apps if a.identifier == identifier and a.is_active), None)

    def transactions(self) -> Iterator[Transaction]:
        for checkout in list(self.checkouts):
            yield from list(checkout.transactions)
        for order in list(self.orders):
            yield from list(order.transactions)
        yield from list(self.orphans)

    def delete_checkout(self, checkout: Checkout) -> None:
        """As clearing old checkouts does: its transactions stay, and pay for nothing any more."""
        self.checkouts.remove(checkout)
        for transaction in checkout.transactions:
            transaction.checkout = None
            self.orphans.append(transaction)

    def variant(self, product_name: str, name: str, sku: str | None) -> Variant:
        """The variant of those names, which comes into being when it is missing."""
        return variant_of(self.products, self.ids, product_name, name, sku)

    def find(self, global_id: str | None) -> Any:
        """The object of any kind with that global id, or None."""
        return next((o for o in self._everything() if o.id == global_id), None)

    def _everything(self) -> Iterator[Any]:
        yield from list(self.apps)
        yield from list(self.users)
        for app in list(self.apps):
            yield from list(app.webhooks)
        for product in list(self.products):
            yield from list(product.variants)
        yield from list(self.shipping_methods)
        yield from list(self.checkouts)
        yield from list(self.transactions())
        for order in list(self.orders):
            yield order
            yield from list(order.lines)
            yield from list(order.granted_refunds)
            for fulfillment in list(order.fulfillments):
                yield fulfillment
                yield from list(fulfillment.lines)

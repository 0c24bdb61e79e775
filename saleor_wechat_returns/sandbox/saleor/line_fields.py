"""Fields of order lines, fulfilments, grants and history entries that need more than reading."""

from typing import Any

from . import money
from .access import MANAGE_ORDERS, MANAGE_PRODUCTS, MANAGE_USERS
from .call import Call
from .happenings import MissingGrant
from .money import Money, TaxedMoney
from .money_fields import taxed
from .people import Address, User
from .registry import field
from .world import (
    ZERO,
    Fulfillment,
    FulfillmentLine,
    GrantedRefund,
    OrderEvent,
    OrderLine,
    TransactionEvent,
)


@field("OrderLine", "unitPrice")
def unit_price(line: OrderLine, _call: Call) -> TaxedMoney:
    return taxed(line.unit_price, line.order.currency)


@field("OrderLine", "undiscountedUnitPrice")
def undiscounted_unit_price(line: OrderLine, _call: Call) -> TaxedMoney:
    return taxed(line.undiscounted_unit_price, line.order.currency)


@field("OrderLine", "totalPrice")
def total_price(line: OrderLine, _call: Call) -> TaxedMoney:
    return taxed(line.total_price, line.order.currency)


@field("OrderLine", "undiscountedTotalPrice")
def undiscounted_total_price(line: OrderLine, _call: Call) -> TaxedMoney:
    return taxed(line.undiscounted_unit_price * line.quantity, line.order.currency)


@field("OrderLine", "unitDiscount")
def unit_discount(line: OrderLine, _call: Call) -> Money:
    """Order-level discounts do not show here. [170]"""
    return Money(ZERO, line.order.currency)


@field("OrderLine", "taxRate")
def tax_rate(_line: OrderLine, _call: Call) -> float:
    return 0.0


@field("OrderLine", "translatedProductName", "translatedVariantName")
def untranslated(_line: OrderLine, _call: Call) -> str:
    return ""


@field("OrderLine", "productVariantId")
def product_variant_id(line: OrderLine, _call: Call) -> str | None:
    return line.variant.id if line.variant else None


@field("OrderLine", "thumbnail")
def thumbnail(line: OrderLine, _call: Call, **_shape: Any) -> dict[str, Any] | None:
    return {"url": line.thumbnail_url, "alt": ""} if line.thumbnail_url else None


@field("OrderLine", "allocations")
def allocations(_line: OrderLine, call: Call) -> list[Any]:
    call.principal.require(MANAGE_PRODUCTS, MANAGE_ORDERS)
    return []


@field("OrderLine", "discounts")
def line_discounts(_line: OrderLine, _call: Call) -> list[Any]:
    return []


@field("Address", "country")
def country(address: Address, _call: Call) -> dict[str, str]:
    return {"code": address.country_code, "country": address.country_code}


@field("Fulfillment", "warehouse")
def warehouse(fulfillment: Fulfillment, _call: Call) -> dict[str, Any] | None:
    warehouse_id = next((line.warehouse_id for line in fulfillment.lines), None)
    return {"id": warehouse_id, "name": "Warehouse"} if warehouse_id else None


@field("Fulfillment", "shippingRefundedAmount", "totalRefundedAmount")
def not_kept_on_fulfillments(_fulfillment: Fulfillment, _call: Call) -> None:
    """Refunds of transactions never show on fulfilments."""


@field("FulfillmentLine", "reasonReference")
def no_line_reference(_line: FulfillmentLine, _call: Call) -> None:
    return None


@field("OrderGrantedRefund", "amount")
def grant_amount(grant: GrantedRefund | MissingGrant, _call: Call) -> Money | None:
    return Money(grant.amount, grant.currency) if isinstance(grant, GrantedRefund) else None


@field("OrderGrantedRefund", "transactionEvents")
def grant_events(grant: GrantedRefund | MissingGrant, _call: Call) -> list[TransactionEvent] | None:
    if isinstance(grant, MissingGrant):
        return None
    return [e for e in _newest_first(grant) if e.granted_refund is grant]


def _newest_first(grant: GrantedRefund) -> list[TransactionEvent]:
    events = [event for t in grant.order.transactions for event in t.events]
    if grant.transaction and grant.transaction.order is not grant.order:
        events += grant.transaction.events
    return sorted(events, key=lambda event: event.order_in_time, reverse=True)


@field("OrderGrantedRefundLine", "reasonReference")
def no_reference(_source: Any, _call: Call) -> None:
    return None


@field("OrderEvent", "user")
def event_author(event: OrderEvent, call: Call) -> User | None:
    """Others than the person himself need permission, or see null. [22]"""
    is_visible = event.user is call.user or call.principal.has_any(MANAGE_USERS, "MANAGE_STAFF")
    return event.user if is_visible else None


@field("OrderEvent", "amount")
def event_amount(event: OrderEvent, _call: Call) -> float | None:
    return None if event.amount is None else float(money.shown(event.amount))


@field("OrderEvent", "quantity")
def event_quantity(_event: OrderEvent, _call: Call) -> None:
    return None


@field("OrderEvent", "lines")
def event_lines(event: OrderEvent, _call: Call) -> list[dict[str, Any]] | None:
    if not event.returned:
        return None
    return [
        {"quantity": quantity, "orderLine": line, "itemName": line.product_name}
        for quantity, line in event.returned
    ]

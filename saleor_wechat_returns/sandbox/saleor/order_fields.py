"""Fields of orders, their lines, fulfilments, grants and history that need more than reading."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import money
from .access import (
    HANDLE_PAYMENTS,
    HANDLE_TAXES,
    MANAGE_ORDERS,
    MANAGE_USERS,
    owns_order,
)
from .call import Call
from .errors import permission_denied
from .ids import from_global_id
from .money import Money, TaxedMoney
from .money_fields import taxed
from .paid_otherwise import OldPayment
from .people import App, User
from .registry import field
from .world import (
    ZERO,
    Fulfillment,
    GrantedRefund,
    Order,
    OrderEvent,
    Transaction,
)


def register_totals() -> None:
    """Order totals: name, how to compute it, and the permission that guards it, if any."""
    totals: dict[str, tuple[Callable[[Order], Decimal], str | None]] = {
        "totalAuthorized": (lambda o: o.total_authorized, None),
        "totalCharged": (lambda o: o.total_charged, None),
        "totalCanceled": (lambda o: _sum(o, lambda t: t.canceled), None),
        "totalBalance": (money.total_balance, None),
        "totalRefunded": (lambda o: _sum(o, lambda t: t.refunded), None),
        "totalChargePending": (lambda o: _sum(o, lambda t: t.charge_pending), None),
        "totalRefundPending": (lambda o: _sum(o, lambda t: t.refund_pending), MANAGE_ORDERS),
        "totalGrantedRefund": (money.total_granted, MANAGE_ORDERS),
        "totalRemainingGrant": (money.total_remaining_grant, MANAGE_ORDERS),
    }
    for name, (compute, permission) in totals.items():
        _register_total(name, compute, permission)


def _register_total(name: str, compute: Callable[[Order], Decimal], permission: str | None) -> None:
    @field("Order", name)
    def total(order: Order, call: Call) -> Money:
        if permission:
            call.principal.require(permission)
        return Money(compute(order), order.currency)


def _sum(order: Order, part: Callable[[Transaction], Decimal]) -> Decimal:
    return sum((part(transaction) for transaction in order.transactions), ZERO)


register_totals()


@field("Order", "total", "undiscountedTotal")
def order_total(order: Order, _call: Call) -> TaxedMoney:
    return taxed(order.total, order.currency)


@field("Order", "subtotal")
def subtotal(order: Order, _call: Call) -> TaxedMoney:
    by_card = sum((card.initial - card.current for card in order.gift_cards), ZERO)
    return taxed(order.total + by_card - order.shipping_price, order.currency)


@field("Order", "shippingPrice")
def shipping_price(order: Order, _call: Call) -> TaxedMoney:
    return taxed(order.shipping_price, order.currency)


@field("Order", "isPaid")
def is_paid(order: Order, _call: Call) -> bool:
    return order.total_charged >= order.total


@field("Order", "paymentStatus")
def payment_status(order: Order, _call: Call) -> str:
    """The old vocabulary, judged against the total after grants: refunds change nothing. [44]"""
    charged = order.total_charged
    owed = money.shown(order.total - money.total_granted(order))
    if charged >= owed:
        return "FULLY_CHARGED"
    return "PARTIALLY_CHARGED" if charged > 0 else "NOT_CHARGED"


@field("Order", "statusDisplay")
def status_display(order: Order, _call: Call) -> str:
    return order.status.replace("_", " ").capitalize()


@field("Order", "token")
def order_token(order: Order, _call: Call) -> str:
    return (from_global_id(order.id) or ("", ""))[1]


@field("Order", "original")
def original(order: Order, _call: Call) -> str | None:
    return order.original_id


@field("Order", "isShippingRequired")
def is_shipping_required(_order: Order, _call: Call) -> bool:
    return True


@field("Order", "user")
def order_user(order: Order, call: Call) -> User | None:
    """The one guard that protects a customer's identity; e-mail and address have none. [223]"""
    if order.user is None or owns_order(call.principal, order):
        return order.user
    wanted = (MANAGE_USERS, MANAGE_ORDERS, HANDLE_PAYMENTS, HANDLE_TAXES)
    if not call.principal.has_any(*wanted):
        raise permission_denied(*wanted, "OWNER")
    return order.user


@field("Order", "fulfillments")
def fulfillments(order: Order, call: Call) -> list[Fulfillment]:
    """Customers and strangers do not see cancelled ones."""
    sees_all = call.app or (call.user and call.user.is_staff)
    return [f for f in order.fulfillments if sees_all or f.status != "CANCELED"]


@field("Order", "grantedRefunds")
def granted_refunds(order: Order, call: Call) -> list[GrantedRefund]:
    call.principal.require(MANAGE_ORDERS)
    return order.granted_refunds


@field("Order", "transactions")
def order_transactions(order: Order, call: Call) -> list[Transaction]:
    call.principal.require(MANAGE_ORDERS, HANDLE_PAYMENTS)
    return order.transactions


@field("Order", "events")
def order_events(order: Order, call: Call) -> list[OrderEvent]:
    call.principal.require(MANAGE_ORDERS)
    return order.events


@field("OrderEvent", "app")
@field("OrderGrantedRefund", "app")
def maker(made: OrderEvent | GrantedRefund, call: Call) -> App | None:
    """A removed app is nobody, from that moment on, also after it was installed again.

    Source: Saleor 3.23.28, seen 2026-11.
    """
    return made.app if made.app in call.world.apps else None


@field("Order", "actions")
def order_actions(order: Order, _call: Call) -> list[str]:
    """Actions of the old Payments; MARK_AS_PAID is offered whenever there is none of those."""
    return ["MARK_AS_PAID"] if order.status not in ("CANCELED", "DRAFT") else []


@field("Order", "payments")
def old_payments(order: Order, _call: Call) -> list[OldPayment]:
    return order.old_payments


@field("Order", "invoices", "errors")
def nothing(_order: Order, _call: Call) -> list[Any]:
    return []

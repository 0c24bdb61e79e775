"""What we ask Saleor to tell us: one line per webhook.

The manifest is built from this table, which Saleor reads once; an installed shop's webhooks are
brought to it by their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .client import document


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook. `name` identifies it in a shop, `operation` names its query."""

    name: str
    path: str  # below /saleor/
    operation: str
    event: str
    is_sync: bool


SUBSCRIPTIONS = (
    Subscription(
        "Refund requested",
        "refund-requested",
        "RefundRequested",
        "TRANSACTION_REFUND_REQUESTED",
        is_sync=True,
    ),
    Subscription(
        "Payment gateway",
        "payment-gateway",
        "PaymentGatewaySession",
        "PAYMENT_GATEWAY_INITIALIZE_SESSION",
        is_sync=True,
    ),
    Subscription(
        "Payment begun",
        "payment-begun",
        "PaymentSession",
        "TRANSACTION_INITIALIZE_SESSION",
        is_sync=True,
    ),
    Subscription(
        "Payment carried on",
        "payment-carried-on",
        "PaymentProcessSession",
        "TRANSACTION_PROCESS_SESSION",
        is_sync=True,
    ),
    Subscription(
        "Charge requested",
        "charge-requested",
        "ChargeRequested",
        "TRANSACTION_CHARGE_REQUESTED",
        is_sync=True,
    ),
    Subscription(
        "Cancelation requested",
        "cancelation-requested",
        "CancelationRequested",
        "TRANSACTION_CANCELATION_REQUESTED",
        is_sync=True,
    ),
    Subscription("Order updated", "order-updated", "OrderUpdated", "ORDER_UPDATED", is_sync=False),
)


def webhook_input(entry: Subscription, public_url: str) -> dict[str, Any]:
    """As `webhookCreate` and `webhookUpdate` take it, and a manifest without the empty list."""
    return {
        "name": entry.name,
        "targetUrl": f"{public_url}/saleor/{entry.path}/",
        "query": document(entry.operation),
        "isActive": True,
        "syncEvents": [entry.event] if entry.is_sync else [],
        "asyncEvents": [] if entry.is_sync else [entry.event],
    }

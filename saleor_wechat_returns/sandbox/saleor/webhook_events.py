"""The events of Saleor that a webhook can subscribe to, and what each needs and carries.

Source: Saleor 3.23.28, events seen after each action; permissions and payload time as read there.
"""

from .access import HANDLE_PAYMENTS, MANAGE_ORDERS

# Sent to the owner of a transaction by a background worker.
REQUEST_EVENTS = {
    "REFUND": "TRANSACTION_REFUND_REQUESTED",
    "CHARGE": "TRANSACTION_CHARGE_REQUESTED",
    "CANCEL": "TRANSACTION_CANCELATION_REQUESTED",
}
# Sent to a payment app within the customer's mutation.
GATEWAY_SESSION = "PAYMENT_GATEWAY_INITIALIZE_SESSION"
INITIALIZE_SESSION = "TRANSACTION_INITIALIZE_SESSION"
PROCESS_SESSION = "TRANSACTION_PROCESS_SESSION"

SYNC_EVENTS = frozenset(
    {*REQUEST_EVENTS.values(), GATEWAY_SESSION, INITIALIZE_SESSION, PROCESS_SESSION}
)

PERMISSION_FOR = {
    "ORDER_CREATED": MANAGE_ORDERS,
    "ORDER_CONFIRMED": MANAGE_ORDERS,
    "ORDER_PAID": MANAGE_ORDERS,
    "ORDER_FULLY_PAID": MANAGE_ORDERS,
    "ORDER_UPDATED": MANAGE_ORDERS,
    "ORDER_FULFILLED": MANAGE_ORDERS,
    "ORDER_CANCELLED": MANAGE_ORDERS,
    "ORDER_EXPIRED": MANAGE_ORDERS,
    "ORDER_REFUNDED": MANAGE_ORDERS,
    "ORDER_FULLY_REFUNDED": MANAGE_ORDERS,
    "ORDER_METADATA_UPDATED": MANAGE_ORDERS,
    "DRAFT_ORDER_CREATED": MANAGE_ORDERS,
    "FULFILLMENT_CREATED": MANAGE_ORDERS,
    "FULFILLMENT_APPROVED": MANAGE_ORDERS,
    "FULFILLMENT_CANCELED": MANAGE_ORDERS,
    "FULFILLMENT_METADATA_UPDATED": MANAGE_ORDERS,
    "FULFILLMENT_TRACKING_NUMBER_UPDATED": MANAGE_ORDERS,
    "TRANSACTION_ITEM_METADATA_UPDATED": HANDLE_PAYMENTS,
    **dict.fromkeys(SYNC_EVENTS, HANDLE_PAYMENTS),
}

# From 3.23 on, every other asynchronous payload is built when it is sent, from what is then true.
_BUILT_AT_ONCE = frozenset(
    {"FULFILLMENT_CREATED", "FULFILLMENT_APPROVED", "TRANSACTION_ITEM_METADATA_UPDATED"}
)


def is_built_at_once(event: str, schema_version: str) -> bool:
    """Whether the payload shows the moment of the event rather than the moment of sending."""
    if event in SYNC_EVENTS or event in _BUILT_AT_ONCE:
        return True
    return tuple(int(part) for part in schema_version.split(".")[:2]) < (3, 23)


def event_for_type(graphql_type: str) -> str | None:
    """`OrderUpdated` -> `ORDER_UPDATED`; None for types that are no event."""
    return _BY_TYPE.get(graphql_type)


_BY_TYPE = {"".join(word.capitalize() for word in name.split("_")): name for name in PERMISSION_FOR}

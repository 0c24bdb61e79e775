"""The events of Saleor that a webhook can subscribe to, and what each needs and carries.

Source: Saleor 3.23.28, events seen after each action; permissions and payload time as read there.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .access import HANDLE_PAYMENTS, MANAGE_ORDERS
from .ids import to_global_id
from .money import shown
from .people import App, User
from .world import Fulfillment, GrantedRefund, Order, Transaction, TransactionEvent

REFUND_REQUESTED = "TRANSACTION_REFUND_REQUESTED"

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
    REFUND_REQUESTED: HANDLE_PAYMENTS,
}
SYNC_EVENTS = frozenset({REFUND_REQUESTED})

# From 3.23 on, every other asynchronous payload is built when it is sent, from what is then true.
_BUILT_AT_ONCE = frozenset(
    {"FULFILLMENT_CREATED", "FULFILLMENT_APPROVED", "TRANSACTION_ITEM_METADATA_UPDATED"}
)


@dataclass(frozen=True)
class RefundRequest:
    """The subject of TRANSACTION_REFUND_REQUESTED."""

    event: TransactionEvent
    amount: Decimal
    granted_refund: GrantedRefund | None

    @property
    def transaction(self) -> Transaction:
        return self.event.transaction


class MissingGrant:
    """What stands for the grant of a refund that has none: an id of nothing, and no values."""

    id = to_global_id("OrderGrantedRefund", None)

    def __getattr__(self, name: str) -> None:
        return None


@dataclass(frozen=True)
class Happening:
    """An event on its way to one recipient: the value behind `subscription { event }`."""

    name: str
    subject: Any
    issuer: App | User | None
    recipient: App
    issued_at: datetime
    version: str

    @property
    def graphql_type(self) -> str:
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def issuing_principal(self) -> App | User | None:
        return self.issuer

    @property
    def order(self) -> Order | None:
        if isinstance(self.subject, Fulfillment):
            return self.subject.order
        return self.subject if isinstance(self.subject, Order) else None

    @property
    def fulfillment(self) -> Fulfillment | None:
        return self.subject if isinstance(self.subject, Fulfillment) else None

    @property
    def transaction(self) -> Transaction:
        if isinstance(self.subject, RefundRequest):
            return self.subject.transaction
        assert isinstance(self.subject, Transaction)  # noqa: S101
        return self.subject

    @property
    def granted_refund(self) -> "GrantedRefund | MissingGrant | None":
        """A refund without a grant shows as an object without values, not as null.

        A query that asks for a non-null field of it therefore gets null and an error. [131]
        """
        if isinstance(self.subject, RefundRequest):
            return self.subject.granted_refund or MissingGrant()
        return None

    @property
    def action(self) -> dict[str, Any]:
        request = self.subject
        return {
            "actionType": "REFUND",
            "amount": shown(request.amount),
            "currency": request.transaction.currency,
        }


def is_built_at_once(event: str, schema_version: str) -> bool:
    """Whether the payload shows the moment of the event rather than the moment of sending."""
    if event in SYNC_EVENTS or event in _BUILT_AT_ONCE:
        return True
    return tuple(int(part) for part in schema_version.split(".")[:2]) < (3, 23)


def event_for_type(graphql_type: str) -> str | None:
    """`OrderUpdated` -> `ORDER_UPDATED`; None for types that are no event."""
    return _BY_TYPE.get(graphql_type)


_BY_TYPE = {"".join(word.capitalize() for word in name.split("_")): name for name in PERMISSION_FOR}

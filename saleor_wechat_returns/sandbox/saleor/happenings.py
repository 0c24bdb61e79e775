"""What webhooks tell: an event on its way to one app, and the subjects that are no plain object."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .checkout import Checkout
from .ids import to_global_id
from .money import shown
from .people import App, User
from .world import Fulfillment, GrantedRefund, Order, Transaction, TransactionEvent

CUSTOMER_IP_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class ActionRequest:
    """The subject of TRANSACTION_REFUND_REQUESTED and its sisters."""

    event: TransactionEvent
    amount: Decimal
    action_type: str = "REFUND"
    granted_refund: GrantedRefund | None = None

    @property
    def app_identifier(self) -> str | None:
        return self.transaction.app_identifier

    @property
    def transaction(self) -> Transaction:
        return self.event.transaction


@dataclass(frozen=True)
class PaymentSession:
    """The subject of the session events; `data` is the customer's and passes through unread."""

    source_object: Checkout | Order
    amount: Decimal
    app_identifier: str
    data: Any
    action_type: str = "CHARGE"
    transaction: Transaction | None = None
    idempotency_key: str | None = None


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
    def transaction(self) -> Transaction | None:
        if isinstance(self.subject, ActionRequest | PaymentSession):
            return self.subject.transaction
        assert isinstance(self.subject, Transaction)  # noqa: S101
        return self.subject

    @property
    def granted_refund(self) -> "GrantedRefund | MissingGrant | None":
        """A refund without a grant shows as an object without values, not as null.

        A query that asks for a non-null field of it therefore gets null and an error. [131]
        """
        if isinstance(self.subject, ActionRequest):
            return self.subject.granted_refund or MissingGrant()
        return None

    @property
    def action(self) -> dict[str, Any]:
        asked = self.subject
        return {
            "actionType": asked.action_type,
            "amount": self.amount,
            "currency": asked.transaction.currency,
        }

    @property
    def amount(self) -> Decimal:
        return shown(self.subject.amount)

    @property
    def source_object(self) -> Checkout | Order:
        session: PaymentSession = self.subject
        return session.source_object

    @property
    def data(self) -> Any:
        return self.subject.data

    @property
    def merchant_reference(self) -> str:
        """What the app should key its prepayment on."""
        reference: str = self.subject.transaction.id
        return reference

    @property
    def customer_ip_address(self) -> str:
        return CUSTOMER_IP_ADDRESS

    @property
    def idempotency_key(self) -> str | None:
        session: PaymentSession = self.subject
        return session.idempotency_key

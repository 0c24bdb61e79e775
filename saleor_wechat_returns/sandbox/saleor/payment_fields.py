"""Fields of transactions and their events, of old payments and gift cards."""

from .call import Call
from .ids import from_global_id
from .money import Money
from .paid_otherwise import GiftCard, OldPayment
from .people import App, User
from .registry import field
from .world import Transaction, TransactionEvent

_AMOUNTS = {
    "authorizedAmount": "authorized",
    "authorizePendingAmount": "authorize_pending",
    "chargedAmount": "charged",
    "chargePendingAmount": "charge_pending",
    "refundedAmount": "refunded",
    "refundPendingAmount": "refund_pending",
    "canceledAmount": "canceled",
    "cancelPendingAmount": "cancel_pending",
}


def _register_amount(name: str, attribute: str) -> None:
    @field("TransactionItem", name)
    def amount(transaction: Transaction, _call: Call) -> Money:
        return Money(getattr(transaction, attribute), transaction.currency)


for _name, _attribute in _AMOUNTS.items():
    _register_amount(_name, _attribute)


@field("TransactionItem", "token")
def token(transaction: Transaction, _call: Call) -> str:
    return (from_global_id(transaction.id) or ("", ""))[1]


@field("TransactionItem", "actions")
def actions(transaction: Transaction, _call: Call) -> list[str]:
    return transaction.available_actions


@field("TransactionItem", "events")
def events(transaction: Transaction, _call: Call) -> list[TransactionEvent]:
    """Newest first."""
    return sorted(transaction.events, key=lambda event: event.order_in_time, reverse=True)


@field("TransactionItem", "createdBy")
def owner(transaction: Transaction, call: Call) -> App | User | None:
    return call.world.app_by_identifier(transaction.app_identifier) or transaction.user


@field("TransactionEvent", "amount")
def event_amount(event: TransactionEvent, _call: Call) -> Money:
    return Money(event.amount, event.transaction.currency)


@field("TransactionEvent", "createdBy")
def event_author(event: TransactionEvent, _call: Call) -> App | User | None:
    return event.app or event.user


@field("Payment", "total", "capturedAmount")
def captured(payment: OldPayment, _call: Call) -> Money:
    return Money(payment.captured, payment.currency)


@field("Payment", "chargeStatus")
def charge_status(payment: OldPayment, _call: Call) -> str:
    return "FULLY_CHARGED" if payment.captured else "NOT_CHARGED"


@field("GiftCard", "last4CodeChars")
def last_4_code_chars(card: GiftCard, _call: Call) -> str:
    return card.code[-4:]


@field("GiftCard", "initialBalance")
def initial_balance(card: GiftCard, _call: Call) -> Money:
    return Money(card.initial, card.currency)


@field("GiftCard", "currentBalance")
def current_balance(card: GiftCard, _call: Call) -> Money:
    return Money(card.current, card.currency)

"""A transaction's ledger: adding events, and what follows for order and webhooks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import money
from .call import Call
from .order_status import set_status
from .people import App
from .world import GrantedRefund, Order, Transaction, TransactionEvent

MESSAGE_LENGTH = 512

# The events whose pspReference a transaction takes over.
NAMES_THE_PAYMENT = (
    "AUTHORIZATION_REQUEST",
    "AUTHORIZATION_SUCCESS",
    "CHARGE_REQUEST",
    "CHARGE_SUCCESS",
)
# Of these a transaction may have any number with one pspReference.
_NEVER_DUPLICATES = ("AUTHORIZATION_ACTION_REQUIRED", "CHARGE_ACTION_REQUIRED", "INFO")

_FAILURE_OF = {
    "AUTHORIZATION": "AUTHORIZATION_FAILURE",
    "CHARGE": "CHARGE_FAILURE",
    "REFUND": "REFUND_FAILURE",
    "CANCEL": "CANCEL_FAILURE",
}


@dataclass(frozen=True)
class Amounts:
    """The three amounts whose change decides which events fire."""

    authorized: Decimal
    charged: Decimal
    refunded: Decimal

    @classmethod
    def of(cls, transaction: Transaction) -> "Amounts":
        return cls(transaction.authorized, transaction.charged, transaction.refunded)


def add_event(
    call: Call, transaction: Transaction, event_type: str, amount: Decimal, **details: Any
) -> TransactionEvent:
    """Append an event; it counts towards the totals only when `counts` is given."""
    details.setdefault("created_at", call.now())
    event = TransactionEvent(
        id=call.world.ids.numbered("TransactionEvent"),
        transaction=transaction,
        type=event_type,
        amount=money.stored(amount),
        **details,
    )
    transaction.events.append(event)
    return event


def existing_event(
    transaction: Transaction, event_type: str, psp_reference: str
) -> TransactionEvent | None:
    """The event that another one of that type and reference would only repeat."""
    if event_type in _NEVER_DUPLICATES:
        return None
    wanted = (event_type, psp_reference)
    return next((e for e in transaction.events if (e.type, e.psp_reference) == wanted), None)


def add_failure(call: Call, event: TransactionEvent, cause: str) -> TransactionEvent:
    """Record that `event` did not work out; such an entry never counts and has no author."""
    action = event.type.partition("_")[0]
    return add_event(
        call,
        event.transaction,
        _FAILURE_OF.get(action, event.type),
        event.amount,
        psp_reference=event.psp_reference,
        message=cause[:MESSAGE_LENGTH],
        granted_refund=event.granted_refund,
    )


def settle(
    call: Call,
    transaction: Transaction,
    before: Amounts,
    grant: GrantedRefund | None = None,
    *,
    by: App | None = None,
) -> None:
    """Carry changed amounts on to order, webhooks and grant, in this order.

    Any rise of the charged amount counts as a payment: a failed or reversed refund therefore
    brings ORDER_PAID and a new ORDER_FULLY_PAID entry. [78b, 185, 189] An app that answers a
    webhook is named in the history (`by`), though the events go out in the caller's name. [183]
    """
    order = transaction.order
    if order is None:
        return  # a checkout derives its statuses when it is read
    money.recalculate_order(order)
    if order.status == "UNCONFIRMED":
        set_status(order)
    order.updated_at = call.now()
    updated = transaction.authorized != before.authorized
    if transaction.charged > before.charged:
        updated = False
        order_charged(call, order, by=by)
    elif transaction.charged != before.charged:
        updated = True
    if transaction.refunded > before.refunded:
        updated = False
        _order_refunded(call, order)
    if updated:
        call.emit("ORDER_UPDATED", order)
    if grant:
        money.recalculate_grant(grant)


def order_charged(call: Call, order: Order, *, by: App | None = None) -> None:
    """Tell that money came in, and whether it was all of it."""
    call.emit("ORDER_PAID", order)
    if order.charge_status in ("FULL", "OVERCHARGED"):
        call.note(order, "ORDER_FULLY_PAID", by=by)
        call.emit("ORDER_FULLY_PAID", order)
    call.emit("ORDER_UPDATED", order)


def _order_refunded(call: Call, order: Order) -> None:
    call.emit("ORDER_REFUNDED", order)
    call.emit("ORDER_UPDATED", order)
    if sum(t.refunded for t in order.transactions) >= order.total:
        call.emit("ORDER_FULLY_REFUNDED", order)

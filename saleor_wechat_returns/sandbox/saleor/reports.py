"""transactionEventReport: the owner of a transaction says what happened at the provider."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from . import money
from .access import HANDLE_PAYMENTS, may_write_transaction
from .call import Call
from .errors import permission_denied, refuse
from .ledger import (
    MESSAGE_LENGTH,
    NAMES_THE_PAYMENT,
    Amounts,
    add_event,
    add_failure,
    existing_event,
    settle,
)
from .lookup import get_transaction
from .registry import mutation
from .world import ZERO, GrantedRefund, Transaction, TransactionEvent

# Events whose amount may be left out, and the events it is then taken from.
_AMOUNT_FROM = {
    "INFO": (),
    "CHARGE_FAILURE": ("CHARGE_SUCCESS", "CHARGE_REQUEST"),
    "CHARGE_BACK": ("CHARGE_SUCCESS",),
    "REFUND_FAILURE": ("REFUND_SUCCESS", "REFUND_REQUEST"),
    "REFUND_REVERSE": ("REFUND_SUCCESS",),
    "CANCEL_FAILURE": ("CANCEL_SUCCESS", "CANCEL_REQUEST"),
    "AUTHORIZATION_FAILURE": ("AUTHORIZATION_SUCCESS", "AUTHORIZATION_REQUEST"),
}


@mutation("transactionEventReport", HANDLE_PAYMENTS)
def report_event(
    call: Call,
    *,
    psp_reference: str,
    type: str,
    id: str | None = None,
    token: str | None = None,
    amount: Decimal | None = None,
    time: datetime | None = None,
    external_url: str | None = None,
    message: str | None = None,
    available_actions: list[str] | None = None,
) -> dict[str, Any]:
    """Book an event; amounts are never checked against what was charged. [194]

    The same reference and type with the same amount is `alreadyProcessed`, with another amount
    INCORRECT_DETAILS, which leaves a failure in the list. [18, 19]
    """
    transaction = get_transaction(call, id, token)
    if not may_write_transaction(call.principal, transaction):
        raise permission_denied("OWNER", HANDLE_PAYMENTS)
    booked = money.shown(_amount(transaction, type, psp_reference, amount))
    details = {
        "psp_reference": psp_reference,
        "created_at": time or call.now(),
        "external_url": external_url or "",
        "message": (message or "")[:MESSAGE_LENGTH],
        "counts": True,
        "app": call.app,
        "user": None if call.app else call.user,
        "granted_refund": _related_grant(transaction, type, psp_reference),
    }
    with transaction.report_lock:
        event = existing_event(transaction, type, psp_reference)
        is_repeat = event is not None
        if event is None:
            event = add_event(call, transaction, type, booked, **details)
    if is_repeat and event.amount != booked:
        raise _other_amount(call, event, booked)
    if available_actions is not None:
        transaction.available_actions = sorted(set(available_actions))
    if not is_repeat:
        _apply(call, transaction, event)
    return {"alreadyProcessed": is_repeat, "transaction": transaction, "transactionEvent": event}


def _apply(call: Call, transaction: Transaction, event: TransactionEvent) -> None:
    before = Amounts.of(transaction)
    if not transaction.psp_reference and event.type in NAMES_THE_PAYMENT:
        transaction.psp_reference = event.psp_reference
    if call.app and transaction.user is None and transaction.app_identifier is None:
        transaction.app_identifier = call.app.identifier
    money.recalculate_transaction(transaction)
    transaction.modified_at = call.now()
    settle(call, transaction, before, event.granted_refund)


def _amount(
    transaction: Transaction, event_type: str, psp_reference: str, amount: Decimal | None
) -> Decimal:
    if amount is not None:
        return amount
    sources = _AMOUNT_FROM.get(event_type)
    if sources is None:
        text = f"The `amount` field is required for {event_type.lower()} event."
        raise refuse("amount", "REQUIRED", text)
    if event_type == "INFO":
        return ZERO
    for source in sources:
        if found := existing_event(transaction, source, psp_reference):
            return found.amount
    text = "Unable to deduce the amount: there is no earlier event with this `pspReference`."
    raise refuse("amount", "REQUIRED", text)


def _related_grant(
    transaction: Transaction, event_type: str, psp_reference: str
) -> GrantedRefund | None:
    """The grant whose request already carries the reference; too early a report finds none."""
    if not event_type.startswith("REFUND_"):
        return None
    requests = [
        event
        for event in transaction.events
        if event.type == "REFUND_REQUEST" and event.psp_reference == psp_reference
    ]
    return requests[-1].granted_refund if requests else None


def _other_amount(call: Call, existing: TransactionEvent, amount: Decimal) -> Exception:
    text = (
        "The transaction with provided `pspReference` and `type` already exists with "
        "different amount."
    )
    failure = add_failure(call, existing, text)
    failure.amount = money.stored(amount)
    if existing.granted_refund:
        money.recalculate_grant(existing.granted_refund)
    return refuse("pspReference", "INCORRECT_DETAILS", text)

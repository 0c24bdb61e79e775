"""Payments that a customer starts or carries on, and a payment app answers in the same mutation.

No lock is held while the app answers, so it may call back meanwhile.
"""

import uuid
from decimal import Decimal
from typing import Any

from . import money
from .access import HANDLE_PAYMENTS
from .call import Call
from .checkout import Checkout
from .errors import internal_server_error, permission_denied, refuse
from .happenings import PaymentSession
from .ledger import add_event
from .lookup import Source, get_source, get_transaction
from .people import App
from .registry import mutation
from .session_answers import FINAL_RESULTS, book_answer
from .webhook_events import INITIALIZE_SESSION, PROCESS_SESSION
from .world import Order, Transaction, TransactionEvent


@mutation("transactionInitialize")
def initialize_transaction(
    call: Call,
    *,
    id: str,
    payment_gateway: dict[str, Any],
    amount: Decimal | None = None,
    action: str | None = None,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """Begin a payment of a checkout or an order; without amount, of all that is left. [13, 181]

    A repeated idempotency key gives the same transaction, but the app is asked again. [331]
    """
    source = get_source(call, id)
    if idempotency_key == "":
        text = "Cannot be provided as an empty string."
        raise refuse("idempotencyKey", "INVALID", text)
    if action and not (call.app and call.principal.has_any(HANDLE_PAYMENTS)):
        raise permission_denied(HANDLE_PAYMENTS)
    wanted = money.to_pay(source, amount)
    app = call.world.app_by_identifier(payment_gateway["id"])
    if app is None:
        text = "App with provided identifier not found."
        raise refuse("paymentGateway", "NOT_FOUND", text)
    key = idempotency_key or str(uuid.uuid4())
    request = _requested(call, source, app, f"{action or 'CHARGE'}_REQUEST", wanted, key)
    return _ask(call, INITIALIZE_SESSION, request, app, payment_gateway.get("data"), key)


@mutation("transactionProcess")
def process_transaction(
    call: Call, *, id: str | None = None, token: str | None = None, data: Any = None
) -> dict[str, Any]:
    """Ask the app again, unless its answer was already final, even if that was a failure. [15]"""
    transaction = get_transaction(call, id, token)
    for event in transaction.events:
        if event.counts and event.type in FINAL_RESULTS:
            return {"transaction": transaction, "transactionEvent": event}
    open_requests = ("AUTHORIZATION_REQUEST", "CHARGE_REQUEST")
    request = next((e for e in transaction.events if e.type in open_requests), None)
    if request is None:
        raise refuse("id", "INVALID", "Missing call of `transactionInitialize` mutation.")
    if transaction.app_identifier is None:
        text = "Transaction doesn't have attached app that could process the request."
        raise refuse("id", "MISSING_PAYMENT_APP_RELATION", text)
    app = call.world.app_by_identifier(transaction.app_identifier)
    if app is None:
        text = "Payment app attached to the transaction, doesn't exist."
        raise refuse("id", "MISSING_PAYMENT_APP", text)
    return _ask(call, PROCESS_SESSION, request, app, data)


def _requested(
    call: Call, source: Source, app: App, event_type: str, amount: Decimal, key: str
) -> TransactionEvent:
    """The open request of that key: the known one, or that of a new transaction."""
    with call.world.lock:
        same_key = [t for t in call.world.transactions() if t.idempotency_key == key]
        for transaction in (t for t in same_key if t in source.transactions):
            for event in transaction.events:
                wanted = (event.idempotency_key, event.type, event.amount)
                if wanted == (key, event_type, amount):
                    return event
        if any(t in source.transactions or t.app_identifier == app.identifier for t in same_key):
            text = "Different transaction with provided idempotency key already exists."
            raise refuse("idempotencyKey", "UNIQUE", text)
        transaction = Transaction(
            id=call.world.ids.random("TransactionItem"),
            order=source if isinstance(source, Order) else None,
            checkout=source if isinstance(source, Checkout) else None,
            currency=source.currency,
            created_at=call.now(),
            modified_at=call.now(),
            app_identifier=app.identifier,
            idempotency_key=key,
        )
        source.transactions.append(transaction)
        return add_event(call, transaction, event_type, amount, idempotency_key=key)


def _ask(
    call: Call,
    event_name: str,
    request: TransactionEvent,
    app: App,
    data: Any,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """A missing or unreadable answer becomes a failed event, not an error. [330]"""
    transaction = request.transaction
    source = transaction.checkout or transaction.order
    assert source  # noqa: S101
    session = PaymentSession(
        source,
        request.amount,
        app.identifier,
        data,
        request.type.removesuffix("_REQUEST"),
        transaction,
        idempotency_key,
    )
    answer = call.ask(event_name, session)
    if answer is not None and not isinstance(answer, dict):
        raise internal_server_error("AttributeError")
    event = book_answer(call, request, app, answer)
    return {
        "transaction": transaction,
        "transactionEvent": event,
        "data": answer.get("data") if answer else None,
    }

"""transactionCreate and transactionUpdate: payments made outside, kept by hand."""

from decimal import Decimal
from typing import Any

from . import money
from .access import HANDLE_PAYMENTS, may_write_transaction
from .call import Call
from .errors import permission_denied, refuse
from .ledger import Amounts, add_event, settle
from .lookup import get, get_transaction
from .registry import mutation
from .world import ZERO, Order, Transaction

_MANUAL = "Manual adjustment of the transaction."

# input field -> (amount of the transaction, event that makes up the difference)
_ADJUSTMENTS = {
    "amount_authorized": ("authorized", "AUTHORIZATION_SUCCESS"),
    "amount_charged": ("charged", "CHARGE_SUCCESS"),
    "amount_refunded": ("refunded", "REFUND_SUCCESS"),
    "amount_canceled": ("canceled", "CANCEL_SUCCESS"),
}


@mutation("transactionCreate", HANDLE_PAYMENTS)
def create_transaction(
    call: Call,
    *,
    id: str,
    transaction: dict[str, Any],
    transaction_event: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The caller becomes the owner; the money arrives as an event without reference. [123, 127]"""
    order = get(call, Order, id)
    created = Transaction(
        id=call.world.ids.random("TransactionItem"),
        order=order,
        currency=order.currency,
        created_at=call.now(),
        modified_at=call.now(),
        app_identifier=call.app.identifier if call.app else None,
        user=None if call.app else call.user,
    )
    _copy_input(created, transaction)
    _adjust(call, created, transaction)
    order.transactions.append(created)
    settle(call, created, Amounts(ZERO, ZERO, ZERO))
    if transaction_event:
        _add_info(call, created, transaction_event)
    return {"transaction": created}


@mutation("transactionUpdate", HANDLE_PAYMENTS)
def update_transaction(
    call: Call,
    *,
    id: str | None = None,
    token: str | None = None,
    transaction: dict[str, Any] | None = None,
    transaction_event: dict[str, Any] | None = None,
) -> dict[str, Any]:
    existing = get_transaction(call, id, token)
    if not may_write_transaction(call.principal, existing):
        raise permission_denied("OWNER", HANDLE_PAYMENTS)
    before = Amounts.of(existing)
    if transaction:
        _copy_input(existing, transaction)
        _adjust(call, existing, transaction)
    if transaction_event:
        _add_info(call, existing, transaction_event)
    settle(call, existing, before)
    return {"transaction": existing}


def _copy_input(transaction: Transaction, given: dict[str, Any]) -> None:
    for name in ("name", "message", "psp_reference", "external_url"):
        if given.get(name) is not None:
            setattr(transaction, name, given[name])
    if given.get("available_actions") is not None:
        transaction.available_actions = sorted(set(given["available_actions"]))
    for name in ("metadata", "private_metadata"):
        getattr(transaction, name).update({i["key"]: i["value"] for i in given.get(name) or []})


def _adjust(call: Call, transaction: Transaction, given: dict[str, Any]) -> None:
    for name, (amount_name, event_type) in _ADJUSTMENTS.items():
        wanted = given.get(name)
        if not wanted:
            continue
        if wanted["currency"] != transaction.currency:
            text = f"Currency needs to be the same as for order: {transaction.currency}"
            raise refuse("transaction", "INCORRECT_CURRENCY", text)
        difference: Decimal = money.shown(wanted["amount"]) - getattr(transaction, amount_name)
        if difference:
            _add_manual(call, transaction, event_type, difference)
    money.recalculate_transaction(transaction)
    transaction.modified_at = call.now()


def _add_manual(call: Call, transaction: Transaction, event_type: str, difference: Decimal) -> None:
    author = {"app": call.app, "user": None if call.app else call.user}
    add_event(call, transaction, event_type, difference, message=_MANUAL, counts=True, **author)


def _add_info(call: Call, transaction: Transaction, given: dict[str, Any]) -> None:
    author = {"app": call.app, "user": None if call.app else call.user}
    psp_reference, message = given.get("psp_reference") or "", given.get("message") or ""
    add_event(
        call, transaction, "INFO", ZERO, psp_reference=psp_reference, message=message, **author
    )
    if transaction.order:
        call.note(transaction.order, "TRANSACTION_EVENT", message=message)

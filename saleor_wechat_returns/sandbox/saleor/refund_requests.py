"""Asking the owner of a transaction for a refund: with a granted refund, or plainly.

Nothing here is safe against parallel calls, as in the real Saleor: checks read, then others may
write, then this call writes. [79]
"""

from decimal import Decimal
from typing import Any

from . import money
from .access import HANDLE_PAYMENTS
from .call import Call
from .errors import refuse
from .ledger import add_event, add_failure
from .lookup import get, get_transaction
from .registry import mutation
from .webhook_events import REFUND_REQUESTED, RefundRequest
from .world import GrantedRefund, Transaction, TransactionEvent


@mutation("transactionRequestRefundForGrantedRefund", HANDLE_PAYMENTS)
def request_for_grant(
    call: Call, *, granted_refund_id: str, id: str | None = None, token: str | None = None
) -> dict[str, Any]:
    """Answer at once with an open REFUND_REQUEST; the owner hears of it by webhook later.

    A grant of 0 asks for everything that is charged. [380]
    """
    grant = get(call, GrantedRefund, granted_refund_id, field="grantedRefundId")
    transaction = _checked(call, grant, id, token)
    amount = min(grant.amount or transaction.charged, transaction.charged)
    call.pause("transactionRequestRefundForGrantedRefund")
    event = add_event(call, transaction, "REFUND_REQUEST", amount, granted_refund=grant)
    try:
        _send(call, RefundRequest(event, amount, grant))
    finally:
        # After the webhook's payload is built, which therefore still shows the former status. [43]
        money.recalculate_grant(grant)
    return {"transaction": transaction}


def _checked(
    call: Call, grant: GrantedRefund, transaction_id: str | None, token: str | None
) -> Transaction:
    field = "grantedRefundId"
    if grant.transaction is None:
        transaction = get_transaction(call, transaction_id, token)
        if transaction.order is not grant.order:
            text = "The granted refund belongs to different order than transaction."
            raise refuse(field, "INVALID", text)
        grant.transaction = transaction
        return transaction
    if grant.status == "PENDING":
        raise refuse(field, "REFUND_IS_PENDING", "The refund request is already in progress.")
    if grant.status == "SUCCESS":
        text = "The granted refund is already processed."
        raise refuse(field, "REFUND_ALREADY_PROCESSED", text)
    charged = money.stored(grant.transaction.charged)
    if charged < grant.amount:
        text = (
            f"The granted refund amount {grant.amount} is greater than available charged amount "
            f"on transactionItem ({charged}).Update the order granted refund amount to process "
            "the grant refund."
        )
        raise refuse(field, "AMOUNT_GREATER_THAN_AVAILABLE", text)
    return grant.transaction


@mutation("transactionRequestAction", HANDLE_PAYMENTS)
def request_action(
    call: Call,
    *,
    action_type: str,
    id: str | None = None,
    token: str | None = None,
    amount: Decimal | None = None,
    refund_reason: str | None = None,
) -> dict[str, Any]:
    """A refund without a grant; more than was charged is cut down silently. [130]"""
    transaction = get_transaction(call, id, token)
    if action_type != "REFUND":
        raise refuse("actionType", "INVALID", "The sandbox knows only the REFUND action.")
    charged = transaction.charged
    wanted = min((money.shown(amount) if amount is not None else charged) or charged, charged)
    call.pause("transactionRequestAction")
    author = {"app": call.app, "user": None if call.app else call.user}
    event = add_event(
        call, transaction, "REFUND_REQUEST", wanted, message=refund_reason or "", **author
    )
    _send(call, RefundRequest(event, wanted, None))
    return {"transaction": transaction}


def _send(call: Call, request: RefundRequest) -> None:
    event = request.event
    if not _has_listener(call, event):
        text = "No app or plugin is configured to handle payment action requests."
        add_failure(call, event, text)
        raise refuse(None, "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK", text)
    call.emit(REFUND_REQUESTED, request)
    call.note(
        event.transaction.order,
        "TRANSACTION_REFUND_REQUESTED",
        amount=money.shown(request.amount),
        transaction_reference=event.transaction.psp_reference,
    )


def _has_listener(call: Call, event: TransactionEvent) -> bool:
    owner = call.world.app_by_identifier(event.transaction.app_identifier)
    return owner is not None and any(
        webhook.is_active and REFUND_REQUESTED in webhook.events for webhook in owner.webhooks
    )

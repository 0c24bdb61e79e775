"""Asking the owner of a transaction for a refund (granted or plain), a charge or a cancelation.

Nothing here is safe against parallel calls, as in the real Saleor: checks read, then others may
write, then this call writes. [79]
"""

from decimal import Decimal
from typing import Any

from . import money
from .access import HANDLE_PAYMENTS
from .call import Call
from .errors import refuse
from .happenings import ActionRequest
from .ledger import add_event, add_failure
from .lookup import get, get_transaction
from .registry import mutation
from .webhook_events import REQUEST_EVENTS
from .world import GrantedRefund, Transaction


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
        _send(call, ActionRequest(event, amount, granted_refund=grant))
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
    """More than is charged (refund) or authorised (charge, cancel) is cut down silently. [130]"""
    transaction = get_transaction(call, id, token)
    if refund_reason and action_type != "REFUND":
        text = "Reason can be set only for REFUND action."
        raise refuse("refundReason", "INVALID", text)
    limit = transaction.charged if action_type == "REFUND" else transaction.authorized
    wanted = min((money.shown(amount) if amount is not None else limit) or limit, limit)
    call.pause("transactionRequestAction")
    author = {"app": call.app, "user": None if call.app else call.user}
    event = add_event(
        call, transaction, f"{action_type}_REQUEST", wanted, message=refund_reason or "", **author
    )
    _send(call, ActionRequest(event, wanted, action_type))
    return {"transaction": transaction}


def _send(call: Call, request: ActionRequest) -> None:
    transaction, action = request.transaction, request.action_type
    owner = call.world.app_by_identifier(transaction.app_identifier)
    if owner is None or not owner.listens_to(REQUEST_EVENTS[action]):
        text = "No app or plugin is configured to handle payment action requests."
        add_failure(call, request.event, text)
        raise refuse(None, "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK", text)
    call.emit(REQUEST_EVENTS[action], request)
    if transaction.order:
        call.note(
            transaction.order,
            f"TRANSACTION_{action}_REQUESTED",
            amount=None if action == "CANCEL" else money.shown(request.amount),
            transaction_reference=transaction.psp_reference,
        )

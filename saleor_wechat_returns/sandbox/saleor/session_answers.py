"""What an app's answer to a payment session does to transaction, checkout and order.

Source: Saleor 3.23.28, recordings 13 to 16, 90 to 94, 180 to 183, 330.
"""

from typing import Any

from . import money
from .answers import NOT_DELIVERED, ReadAnswer, Unreadable, book_result, read_answer
from .call import Call
from .ledger import NAMES_THE_PAYMENT, Amounts, add_failure, settle
from .people import App
from .world import TransactionEvent

FINAL_RESULTS = (*NAMES_THE_PAYMENT, "AUTHORIZATION_FAILURE", "CHARGE_FAILURE")
_RESULTS = (*FINAL_RESULTS, "AUTHORIZATION_ACTION_REQUIRED", "CHARGE_ACTION_REQUIRED")


def book_answer(
    call: Call, request: TransactionEvent, app: App, answer: dict[str, Any] | None
) -> TransactionEvent:
    """The event that the customer is shown: the reported one, or a failure without an author."""
    try:
        if answer is None:
            raise Unreadable(NOT_DELIVERED)
        read = read_answer(answer, _RESULTS, is_result_required=True)
        event = _book(call, request, app, read)
    except Unreadable as problem:
        return add_failure(call, request, str(problem))
    _update_transaction(call, event, app, read)
    return event


def _book(call: Call, request: TransactionEvent, app: App, read: ReadAnswer) -> TransactionEvent:
    """A pending result turns the request itself into the pending event. [15]"""
    if read.result not in ("AUTHORIZATION_REQUEST", "CHARGE_REQUEST"):
        event = book_result(call, request, app, read)
        request.psp_reference = event.psp_reference
        return event
    request.type = read.result
    request.amount = money.stored(read.amount or request.amount)
    request.psp_reference = read.psp_reference or ""
    request.created_at = read.time or call.now()
    request.message = read.message
    request.external_url = read.external_url or request.external_url
    request.counts, request.app = True, app
    return request


def _update_transaction(call: Call, event: TransactionEvent, app: App, read: ReadAnswer) -> None:
    transaction = event.transaction
    if event.psp_reference or event.type in NAMES_THE_PAYMENT:
        transaction.psp_reference = event.psp_reference
        transaction.modified_at = call.now()
    if event.type not in NAMES_THE_PAYMENT:
        return
    if read.actions is not None:
        transaction.available_actions = sorted(set(read.actions))
    before = Amounts.of(transaction)
    money.recalculate_transaction(transaction)
    settle(call, transaction, before, by=app)

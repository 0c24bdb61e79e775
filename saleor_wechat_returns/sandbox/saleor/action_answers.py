"""What an app's answer to a requested refund, charge or cancelation does.

Source: Saleor 3.23.28, recordings 60 to 67, 70 to 80; the HTTP status below 500 plays no part.
"""

from typing import Any

from . import money
from .answers import NOT_DELIVERED, ReadAnswer, Unreadable, book_result, read_answer
from .call import Call
from .ledger import Amounts, add_failure, settle
from .people import App
from .world import TransactionEvent


def apply_answer(call: Call, request: TransactionEvent, app: App, answer: Any) -> None:
    """Book the answer, or a failure when there is none (None) or it cannot be read.

    An answer that is JSON but no object kills Saleor's task: nothing is booked, nothing resumed.
    """
    if answer is not None and not isinstance(answer, dict):
        return
    action = request.type.removesuffix("_REQUEST")
    results = (f"{action}_SUCCESS", f"{action}_FAILURE")
    try:
        if answer is None:
            raise Unreadable(NOT_DELIVERED)
        _book(call, request, app, read_answer(answer, results, is_result_required=False))
    except Unreadable as problem:
        add_failure(call, request, str(problem))
        if request.granted_refund:
            money.recalculate_grant(request.granted_refund)


def _book(call: Call, request: TransactionEvent, app: App, answer: ReadAnswer) -> None:
    transaction = request.transaction
    if answer.psp_reference is not None:
        request.psp_reference = answer.psp_reference
        request.counts = True
    if answer.result:
        book_result(call, request, app, answer)
    before = Amounts.of(transaction)
    money.recalculate_transaction(transaction)
    if answer.actions is not None:
        transaction.available_actions = sorted(set(answer.actions))
    transaction.modified_at = call.now()
    settle(call, transaction, before, request.granted_refund, by=app)

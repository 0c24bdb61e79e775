"""What an app's answer to TRANSACTION_REFUND_REQUESTED does to transaction and grant.

Source: Saleor 3.23.28, recordings 60 to 67, 70 to 80; the HTTP status below 500 plays no part.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from . import money
from .call import Call
from .ledger import MESSAGE_LENGTH, Amounts, add_event, add_failure, settle
from .people import App
from .world import Transaction, TransactionEvent

NOT_DELIVERED = "Failed to delivery request."

_RESULTS = ("REFUND_SUCCESS", "REFUND_FAILURE")
_ACTIONS = ("CHARGE", "REFUND", "CANCEL")


class Unreadable(Exception):
    """The answer is JSON but not what Saleor expects; the text becomes the failure's message."""


@dataclass(frozen=True)
class ReadAnswer:
    psp_reference: str | None
    result: str | None
    amount: Decimal | None
    message: str
    external_url: str
    time: datetime | None
    actions: list[str] | None


def apply_answer(call: Call, request: TransactionEvent, app: App, answer: Any) -> None:
    """Book the answer, or a failure when there is none (None) or it cannot be read.

    An answer that is JSON but no object kills Saleor's task: nothing is booked, nothing resumed.
    """
    if answer is not None and not isinstance(answer, dict):
        return
    try:
        if answer is None:
            raise Unreadable(NOT_DELIVERED)
        _book(call, request, app, _read(answer))
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
        _book_result(call, request, app, answer)
    before = Amounts.of(transaction)
    money.recalculate_transaction(transaction)
    if answer.actions is not None:
        transaction.available_actions = sorted(set(answer.actions))
    transaction.modified_at = call.now()
    settle(call, transaction, before, request.granted_refund)


def _book_result(call: Call, request: TransactionEvent, app: App, answer: ReadAnswer) -> None:
    """Add the final event unless reference and type are known, which must then agree in amount."""
    assert answer.result  # noqa: S101
    amount = money.stored(answer.amount or request.amount)
    psp_reference = answer.psp_reference or ""
    transaction = request.transaction
    with transaction.report_lock:
        known = _known(transaction, answer.result, psp_reference)
        if known and known.amount != amount:
            raise Unreadable(
                "The transaction with provided `pspReference` and `type` already exists with "
                "different amount."
            )
        if not known:
            add_event(
                call,
                transaction,
                answer.result,
                amount,
                psp_reference=psp_reference,
                message=answer.message,
                external_url=answer.external_url,
                created_at=answer.time or call.now(),
                counts=True,
                app=app,
                granted_refund=request.granted_refund,
            )


def _known(transaction: Transaction, result: str, psp_reference: str) -> TransactionEvent | None:
    matching = (
        e for e in transaction.events if (e.type, e.psp_reference) == (result, psp_reference)
    )
    return next(matching, None)


def _read(answer: dict[str, Any]) -> ReadAnswer:
    result = answer.get("result")
    if result is not None and result not in _RESULTS:
        raise Unreadable(
            f"Missing or invalid value for `result`: {result}. "
            f"Possible values: {', '.join(_RESULTS)}."
        )
    psp_reference = answer.get("pspReference")
    if result != "REFUND_FAILURE":
        if "pspReference" not in answer:
            raise Unreadable(f"Missing value for field: pspReference. Input: {answer}.")
        if not isinstance(psp_reference, str):
            raise _incorrect("pspReference", psp_reference, "Input should be a valid string")
    actions = answer.get("actions")
    if not result:
        return ReadAnswer(psp_reference, None, None, "", "", None, actions)
    return ReadAnswer(
        psp_reference=psp_reference,
        result=result,
        amount=_amount(answer.get("amount")),
        message=str(answer.get("message") or "")[:MESSAGE_LENGTH],
        external_url=str(answer.get("externalUrl") or ""),
        time=_time(answer.get("time")),
        actions=None if actions is None else [a for a in actions if a in _ACTIONS],
    )


def _amount(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        return money.stored(Decimal(str(value)))
    except InvalidOperation:
        raise _incorrect("amount", value, "Input should be a valid decimal") from None


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise _incorrect("time", value, "Value error, expected ISO 8601 format") from None


def _incorrect(field: str, value: Any, reason: str) -> Unreadable:
    return Unreadable(f"Incorrect value ({value}) for field: {field}. Error: {reason}.")

"""What apps answer to payment webhooks: reading it, and booking the event that it reports.

Source: Saleor 3.23.28, recordings 14, 15b, 60 to 67, 330.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from . import money
from .call import Call
from .ledger import MESSAGE_LENGTH, add_event, existing_event
from .people import App
from .world import TransactionEvent

NOT_DELIVERED = "Failed to delivery request."

_ACTIONS = ("CHARGE", "REFUND", "CANCEL")
_NEEDS_NO_REFERENCE = ("_FAILURE", "_ACTION_REQUIRED")


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


def read_answer(
    answer: dict[str, Any], results: Sequence[str], *, is_result_required: bool
) -> ReadAnswer:
    """Raises Unreadable, in Saleor's words."""
    result = answer.get("result")
    if result not in results and (result is not None or is_result_required):
        raise Unreadable(
            f"Missing or invalid value for `result`: {result}. "
            f"Possible values: {', '.join(results)}."
        )
    psp_reference = answer.get("pspReference")
    if not (result and result.endswith(_NEEDS_NO_REFERENCE)):
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


def book_result(
    call: Call, request: TransactionEvent, app: App, answer: ReadAnswer
) -> TransactionEvent:
    """Add the reported event unless reference and type are known, which must agree in amount.

    An amount of 0 means the requested one.
    """
    assert answer.result  # noqa: S101
    amount = money.stored(answer.amount or request.amount)
    psp_reference = answer.psp_reference or ""
    transaction = request.transaction
    with transaction.report_lock:
        known = existing_event(transaction, answer.result, psp_reference)
        if known and known.amount != amount:
            raise Unreadable(
                "The transaction with provided `pspReference` and `type` already exists with "
                "different amount."
            )
        return known or add_event(
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

"""From an answer that is no success to one of the three outcomes of a provider call.

Source: WeChat Pay v3, error codes of "refund request", "JSAPI order", "query order", "close
order", and troubleshooting handbook, read 2026-11.
"""

from __future__ import annotations

from ..domain.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from .wire import JsonObject, Malformed, read_child, read_object, read_text

REFUND_NOT_FOUND = "RESOURCE_NOT_EXISTS"
PAYMENT_NOT_FOUND = "ORDER_NOT_EXIST"
PAUSE_SECONDS = 60  # the shortest time between two attempts on one payment

# A code that is missing here is a rule of theirs that we have not met: a task for staff.
KINDS = {
    "PARAM_ERROR": Rejection.REQUEST,
    "INVALID_REQUEST": Rejection.REQUEST,
    "SIGN_ERROR": Rejection.CONFIGURATION,
    "NO_AUTH": Rejection.CONFIGURATION,
    "MCH_NOT_EXISTS": Rejection.CONFIGURATION,
    "APPID_MCHID_NOT_MATCH": Rejection.CONFIGURATION,
    "NOT_ENOUGH": Rejection.BALANCE,
    REFUND_NOT_FOUND: Rejection.NOT_FOUND,
    PAYMENT_NOT_FOUND: Rejection.NOT_FOUND,
    "USER_ACCOUNT_ABNORMAL": Rejection.BUSINESS,
    "RULE_LIMIT": Rejection.BUSINESS,
    "TRADE_ERROR": Rejection.BUSINESS,
    "OUT_TRADE_NO_USED": Rejection.REQUEST,
    "OPENID_MISMATCH": Rejection.REQUEST,
    "ORDER_CLOSED": Rejection.BUSINESS,
    "ORDERPAID": Rejection.BUSINESS,
    "ORDER_PAID": Rejection.BUSINESS,  # the documents have both spellings
}


def read_failure(status: int, body: bytes) -> ProviderError:
    """What an answer other than a plain 2xx means. Decided by status and code, never by message.

    202, 3xx, 5xx and anything without a code leave the outcome open: such an answer may come
    from a machine in between, while the refund went through.
    """
    if status == 429:
        return ProviderUnavailable("WeChat Pay asks for a pause", after_seconds=PAUSE_SECONDS)
    if not 400 <= status < 500:
        return OutcomeUnknown(f"HTTP {status}")
    try:
        data = read_object(body)
        code = read_text(data, "code")
        message = read_text(data, "message", default="")
    except Malformed:
        return OutcomeUnknown(f"HTTP {status} without a code")
    if code == "SYSTEM_ERROR":
        return OutcomeUnknown(f"HTTP {status} {code}")
    kind = KINDS.get(code, Rejection.BUSINESS)
    # "Never accepted" frees a refund to be settled by hand, so only the documented pair says it.
    if kind is Rejection.NOT_FOUND and status != 404:
        return OutcomeUnknown(f"HTTP {status} {code}")
    return ProviderRejected(kind, code, message[:500], field=_field(data))


def _field(data: JsonObject) -> str:
    try:
        return read_text(read_child(data, "detail"), "field")
    except Malformed:
        return ""

"""The four ways a thing can go wrong on purpose. Anything else is a bug and is masked.

`Refusal` is the business saying no; the other three are what a call to a provider can end in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rejection(StrEnum):
    """Why a provider said no, in the words that decide what happens next."""

    NOT_FOUND = "not_found"  # the thing asked about does not exist there
    BALANCE = "balance"  # the merchant's balance is too low: repeat unchanged after a top-up
    BUSINESS = "business"  # a rule of theirs: a task for staff
    CONFIGURATION = "configuration"  # keys, numbers or permissions: a task for the operator
    REQUEST = "request"  # our request is wrong: stop and look


class ProviderError(Exception):
    """A call to a provider did not end well. Raised only as one of the three below."""


class ProviderRejected(ProviderError):
    """The provider understood and said no; nothing happened there."""

    def __init__(self, kind: Rejection, code: str, message: str = "", field: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field


class ProviderUnavailable(ProviderError):
    """The call never reached the provider, or it asked us to come later; nothing happened there.

    `after_seconds`: the provider's own wish for a pause, if it gave one.
    """

    def __init__(self, message: str, *, after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class OutcomeUnknown(ProviderError):
    """The call may have happened: query before repeating it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason for a refusal. `field` is the input path; `lines` the order lines concerned."""

    code: ErrorCode
    field: str | None = None
    message: str = ""
    lines: tuple[str, ...] = ()


class Refusal(Exception):
    """The business says no, with every reason at once. Nothing was written, queued or sent."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


def refuse(code: ErrorCode, field: str | None = None, *, lines: tuple[str, ...] = ()) -> Refusal:
    """Shorthand for a refusal with one reason: `raise refuse(ErrorCode.NOT_FOUND, "id")`."""
    return Refusal(Fault(code, field, lines=lines))


class ErrorCode(StrEnum):
    """Placeholder until the API's codes are written."""

    NOT_FOUND = "not_found"

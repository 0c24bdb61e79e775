"""The four ways a thing can go wrong on purpose. Anything else is a bug and is masked.

`Refusal` is the business saying no; the other three are what a call to a provider can end in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


class Paused(ProviderUnavailable):
    """The provider serves us again only after a person has acted there; nothing happened there."""


class OutcomeUnknown(ProviderError):
    """The call may have happened: query before repeating it."""


class ErrorCode(StrEnum):
    """Every code a client of the API can meet; `MEANINGS` says what to do about it."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    ACCOUNT_LOGIN_NEEDED = "account_login_needed"
    NOT_FOUND = "not_found"
    MALFORMED = "malformed"
    REQUIRED = "required"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    REASON_UNKNOWN = "reason_unknown"
    LINES_EMPTY = "lines_empty"
    LINE_REPEATED = "line_repeated"
    LINE_NOT_IN_ORDER = "line_not_in_order"
    QUANTITY_NOT_POSITIVE = "quantity_not_positive"
    QUANTITY_EXCEEDS_DELIVERED = "quantity_exceeds_delivered"
    QUANTITY_EXCEEDS_RETURNABLE = "quantity_exceeds_returnable"
    ORDER_NOT_PAID = "order_not_paid"
    RULES_INVALID = "rules_invalid"
    WINDOW_PASSED = "window_passed"
    LINE_EXCLUDED = "line_excluded"
    KIND_NOT_ALLOWED = "kind_not_allowed"
    GIFT_CARD_NOT_RETURNABLE = "gift_card_not_returnable"
    GIFT_MUST_COME_BACK = "gift_must_come_back"
    EVIDENCE_REQUIRED = "evidence_required"
    CURRENCY_NOT_SUPPORTED = "currency_not_supported"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    VERSION_CONFLICT = "version_conflict"
    MOVE_NOT_ALLOWED = "move_not_allowed"
    DEADLINE_OVER = "deadline_over"
    DEADLINE_EXTENDED_ALREADY = "deadline_extended_already"
    INSPECTION_INCOMPLETE = "inspection_incomplete"
    ADDRESS_ARCHIVED = "address_archived"
    RETURN_OVER = "return_over"
    TOO_MANY_PARCELS = "too_many_parcels"
    DELIVERY_UNDER_WAY = "delivery_under_way"
    WAYBILL_CAME_IN = "waybill_came_in"
    CONSENT_REQUIRED = "consent_required"
    PICKUP_NOT_OFFERED = "pickup_not_offered"
    TOO_MANY_PICKUPS = "too_many_pickups"
    PICKUP_WINDOW_OVER = "pickup_window_over"
    COURIER_UNAVAILABLE = "courier_unavailable"
    PIECES_DO_NOT_ADD_UP = "pieces_do_not_add_up"
    OUTCOME_DECIDES_REFUND = "outcome_decides_refund"
    DISPOSITION_NOT_POSSIBLE = "disposition_not_possible"
    APPEAL_INSTEAD = "appeal_instead"
    THREAD_CLOSED = "thread_closed"
    AMOUNT_EXCEEDS_WORTH = "amount_exceeds_worth"
    UNSENT_IS_WORTH_ALL = "unsent_is_worth_all"
    GOODS_ON_THEIR_WAY = "goods_on_their_way"
    OFFER_OVERTAKEN = "offer_overtaken"
    OFFER_TIME_OUT_OF_RANGE = "offer_time_out_of_range"
    OFFER_EXPIRED = "offer_expired"
    OFFER_ENDED = "offer_ended"
    APPEALED_ALREADY = "appealed_already"
    APPEAL_TOO_LATE = "appeal_too_late"
    APPEAL_NEEDS_ANOTHER_PERSON = "appeal_needs_another_person"
    SIGNED_TIME_OUT_OF_RANGE = "signed_time_out_of_range"
    SIGNED_TIME_KNOWN = "signed_time_known"
    SHIPPING_NOT_REFUNDABLE = "shipping_not_refundable"
    NO_RETURN_TO_ADOPT = "no_return_to_adopt"
    NOTHING_LEFT_TO_REFUND = "nothing_left_to_refund"
    REFUND_UNDER_WAY = "refund_under_way"
    REFUND_ALREADY_PAID = "refund_already_paid"
    TASK_CLOSES_BY_ITSELF = "task_closes_by_itself"
    WECHAT_PAY_UNAVAILABLE = "wechat_pay_unavailable"
    WECHAT_CODE_INVALID = "wechat_code_invalid"
    WECHAT_LOGIN_REFUSED = "wechat_login_refused"
    WECHAT_UNAVAILABLE = "wechat_unavailable"
    MINI_PROGRAM_MISSING = "mini_program_missing"
    FILE_MISSING = "file_missing"
    FILES_SEVERAL = "files_several"
    FILE_EMPTY = "file_empty"
    FILE_INCOMPLETE = "file_incomplete"
    FILE_TOO_LARGE = "file_too_large"
    FILE_TYPE_UNKNOWN = "file_type_unknown"
    FILE_OF_OTHER_MEDIUM = "file_of_other_medium"
    TICKET_EXPIRED = "ticket_expired"
    TICKET_USED = "ticket_used"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    EVIDENCE_ATTACHED = "evidence_attached"
    EVIDENCE_UNREADABLE = "evidence_unreadable"
    RATE_LIMITED = "rate_limited"
    ATTEMPTS_USED_UP = "attempts_used_up"
    TOO_MANY_OPEN_REQUESTS = "too_many_open_requests"
    TOO_MANY_REQUESTS_TODAY = "too_many_requests_today"
    TOO_MANY_UPLOADS = "too_many_uploads"
    TOO_MANY_MESSAGES = "too_many_messages"
    TOO_MANY_PICKUP_QUESTIONS = "too_many_pickup_questions"
    PARCEL_NOT_EXPECTED = "parcel_not_expected"
    PARCEL_MATCHED = "parcel_matched"
    RECEIVE_INSTEAD = "receive_instead"
    FREIGHT_NOT_OWED = "freight_not_owed"
    FREIGHT_BELOW_OFFER = "freight_below_offer"
    FREIGHT_TOO_HIGH = "freight_too_high"
    FREIGHT_NOT_ON_PAYMENT = "freight_not_on_payment"
    SALEOR_UNAVAILABLE = "saleor_unavailable"
    PERMISSIONS_UNKNOWN = "permissions_unknown"
    BUSY = "busy"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason for a refusal. `field` is the input path; `lines` the order lines concerned.

    `again_at`: when it is possible again, where that is known. `most_fen`: how much is possible.
    """

    code: ErrorCode
    field: str | None = None
    message: str = ""
    lines: tuple[str, ...] = ()
    again_at: datetime | None = None
    most_fen: int | None = None


class Refusal(Exception):
    """The business says no, with every reason at once. Nothing was written, queued or sent."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


def refuse(code: ErrorCode, field: str | None = None, *, lines: tuple[str, ...] = ()) -> Refusal:
    """Shorthand for a refusal with one reason: `raise refuse(ErrorCode.NOT_FOUND, "id")`."""
    return Refusal(Fault(code, field, lines=lines))

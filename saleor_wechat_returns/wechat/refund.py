"""A refund in WeChat Pay's words: what we order, and what it says about it.

Owns the limits of the fields and the reading of answers. Sends nothing.
Source: WeChat Pay v3, "refund request", "query refund", "refund notice", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..domain.money import Fen
from .fields import check_number, to_json, unfit
from .wire import JsonObject, read_child, read_fen, read_moment, read_text

MOST_REASON_BYTES = 80


class RefundStatus(StrEnum):
    """What WeChat Pay says of a refund. Accepted is never refunded: only SUCCESS is."""

    PROCESSING = "PROCESSING"  # 处理中: accepted, wait and ask
    SUCCESS = "SUCCESS"  # 退款成功: final
    CLOSED = "CLOSED"  # 退款关闭: failed for good; only now may a new number be used
    ABNORMAL = "ABNORMAL"  # 退款异常: the payer's account is closed; staff act, can still succeed
    UNRECOGNISED = "UNRECOGNISED"  # a word newer than this program: wait and ask

    @classmethod
    def _missing_(cls, value: object) -> RefundStatus:  # noqa: ARG003 - the enum's own hook
        return cls.UNRECOGNISED


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One refund to make; repeating it unchanged is safe, and only unchanged.

    Raises ProviderRejected (REQUEST) for values that WeChat Pay could not take.
    """

    transaction_id: str
    out_refund_no: str
    refund_fen: Fen
    total_fen: Fen
    reason: str
    notify_url: str

    def __post_init__(self) -> None:
        check_number(self.out_refund_no, "out_refund_no", most=64)
        check_number(self.transaction_id, "transaction_id", most=32)
        if not 0 < self.refund_fen <= self.total_fen:
            raise unfit("refund_fen", "A refund is more than 0 and at most the payment.")

    def to_json(self) -> bytes:
        """The request's body: the same bytes every time."""
        body: dict[str, object] = {
            "transaction_id": self.transaction_id,
            "out_refund_no": self.out_refund_no,
            "notify_url": self.notify_url,
            "amount": {"refund": self.refund_fen, "total": self.total_fen, "currency": "CNY"},
        }
        if reason := cut_reason(self.reason):
            body["reason"] = reason
        return to_json(body)


@dataclass(frozen=True, slots=True)
class RefundState:
    """What WeChat Pay knows of one refund.

    `payer_refund_fen` is what the payer gets; a coupon's share goes back to whoever gave it.
    `received_account` is text for people, such as a masked card; it is never logged.
    """

    out_refund_no: str
    refund_id: str
    transaction_id: str
    status: RefundStatus
    refund_fen: Fen
    total_fen: Fen
    payer_refund_fen: Fen
    success_at: datetime | None
    received_account: str = field(repr=False)


def read_refund(data: JsonObject, *, status_field: str) -> RefundState:
    """Answers say `status`, notifications `refund_status`. Raises Malformed."""
    amount = read_child(data, "amount")
    return RefundState(
        out_refund_no=read_text(data, "out_refund_no"),
        refund_id=read_text(data, "refund_id"),
        transaction_id=read_text(data, "transaction_id"),
        status=RefundStatus(read_text(data, status_field)),
        refund_fen=read_fen(amount, "refund"),
        total_fen=read_fen(amount, "total"),
        payer_refund_fen=read_fen(amount, "payer_refund"),
        success_at=read_moment(data, "success_time"),
        received_account=read_text(data, "user_received_account", default=""),
    )


def cut_reason(reason: str) -> str:
    """At most 80 bytes (not characters: 26 Chinese ones), never half a character."""
    return reason.encode(errors="ignore")[:MOST_REASON_BYTES].decode(errors="ignore")

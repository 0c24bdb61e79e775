"""One refund: its states, and what is said of it in answers and notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .notices import Event
from .refund_request import RefundRequest
from .times import beijing

NEXT = {
    "PROCESSING": {"SUCCESS", "CLOSED", "ABNORMAL"},
    "ABNORMAL": {"SUCCESS", "CLOSED"},
    "SUCCESS": set(),
    "CLOSED": set(),
}
SUMMARY = {"SUCCESS": "退款成功", "CLOSED": "退款关闭", "ABNORMAL": "退款异常"}


@dataclass
class Refund:
    mchid: str
    request: RefundRequest
    refund_id: str
    transaction_id: str
    out_trade_no: str
    payer_total_fen: int
    payer_refund_fen: int
    created_at: datetime
    status: str = "PROCESSING"
    success_at: datetime | None = None
    received_account: str = "支付用户零钱"

    @property
    def out_refund_no(self) -> str:
        return self.request.out_refund_no

    @property
    def refund_fen(self) -> int:
        return self.request.refund_fen

    def move(self, status: str, at: datetime, *, reversed: bool = False) -> None:
        """`reversed` leaves a final state, as when a bank sends money back after success."""
        if status not in NEXT[self.status] and not (reversed and status in NEXT["PROCESSING"]):
            raise ValueError(f"{self.out_refund_no}: {self.status} does not become {status}")
        self.status = status
        self.success_at = at if status == "SUCCESS" else None

    def answer(self) -> dict[str, object]:
        """The body of "refund request" and of "query refund"."""
        amount = self._amount() | {
            "settlement_refund": self.refund_fen,
            "settlement_total": self.request.total_fen,
            "discount_refund": self.refund_fen - self.payer_refund_fen,
            "currency": "CNY",
        }
        return self._common() | {
            "channel": "ORIGINAL",
            "create_time": beijing(self.created_at),
            "status": self.status,
            "funds_account": self.request.funds_account or "AVAILABLE",
            "amount": amount,
        }

    def event(self) -> Event:
        """The plaintext has `refund_status`, and neither currency nor reason."""
        plain = self._common() | {"refund_status": self.status, "amount": self._amount()}
        return Event(
            kind=f"REFUND.{self.status}",
            resource_type="refund",
            summary=SUMMARY.get(self.status, self.status),
            plain={"mchid": self.mchid} | plain,
        )

    def _common(self) -> dict[str, object]:
        common: dict[str, object] = {
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "user_received_account": self.received_account,
        }
        if self.success_at is not None:
            common["success_time"] = beijing(self.success_at)
        return common

    def _amount(self) -> dict[str, object]:
        return {
            "total": self.request.total_fen,
            "refund": self.refund_fen,
            "payer_total": self.payer_total_fen,
            "payer_refund": self.payer_refund_fen,
        }

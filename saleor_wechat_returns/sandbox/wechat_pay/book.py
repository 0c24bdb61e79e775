"""Payments, refunds and the rules between them: the money truth of the simulator.

Source: WeChat Pay v3, "refund request, notes" and refund status, read 2026-11. Where the
documents leave the code of an answer open, INVALID_REQUEST is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .fields import RefundRequest
from .problems import Problem, broken_rule, not_enough, too_often

BEIJING = timezone(timedelta(hours=8))
LONGEST_AGE = timedelta(days=365)
MOST_REFUNDS = 50
PAUSE = timedelta(seconds=60)

NEXT = {
    "PROCESSING": {"SUCCESS", "CLOSED", "ABNORMAL"},
    "ABNORMAL": {"SUCCESS", "CLOSED"},
    "SUCCESS": set(),
    "CLOSED": set(),
}


def beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


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

    def notice(self) -> dict[str, object]:
        """The plaintext of a notice: `refund_status`, and neither currency nor reason."""
        return (
            {"mchid": self.mchid}
            | self._common()
            | {"refund_status": self.status, "amount": self._amount()}
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


@dataclass
class Payment:
    mchid: str
    transaction_id: str
    out_trade_no: str
    total_fen: int
    payer_total_fen: int
    payer_openid: str
    paid_at: datetime
    refunds: list[Refund] = field(default_factory=list)

    @property
    def refunded_fen(self) -> int:
        """Accepted and not closed: on its way or arrived."""
        return sum(refund.refund_fen for refund in self.refunds if refund.status != "CLOSED")

    def payer_share(self, refund_fen: int) -> int:
        """What of a refund goes to the payer when coupons paid a part: rounded half up."""
        return (2 * refund_fen * self.payer_total_fen + self.total_fen) // (2 * self.total_fen)


class Book:
    """All payments and refunds of all merchants. The caller holds the lock."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[tuple[str, str], Refund] = {}

    def find(self, mchid: str, out_refund_no: str) -> Refund:
        try:
            return self.refunds[mchid, out_refund_no]
        except KeyError:
            raise Problem(404, "RESOURCE_NOT_EXISTS", "退款单不存在") from None

    def refund(
        self, mchid: str, request: RefundRequest, now: datetime, *, balance: bool = True
    ) -> Refund:
        """Accept a refund, or answer with the one that has this number already."""
        known = self.refunds.get((mchid, request.out_refund_no))
        if known is not None:
            if known.request != request:
                raise broken_rule("请求参数与商户退款单号首次请求不一致")
            return known
        payment = self._payment(mchid, request)
        _check_rules(payment, request, now)
        if not balance:
            raise not_enough()
        refund = Refund(
            mchid=mchid,
            request=request,
            refund_id=f"503000{now:%Y%m%d}{len(self.refunds) + 1:015d}",
            transaction_id=payment.transaction_id,
            out_trade_no=payment.out_trade_no,
            payer_total_fen=payment.payer_total_fen,
            payer_refund_fen=payment.payer_share(request.refund_fen),
            created_at=now,
        )
        payment.refunds.append(refund)
        self.refunds[mchid, request.out_refund_no] = refund
        return refund

    def _payment(self, mchid: str, request: RefundRequest) -> Payment:
        for payment in self.payments.values():
            if payment.mchid == mchid and (
                request.transaction_id in {"", payment.transaction_id}
                and request.out_trade_no in {"", payment.out_trade_no}
            ):
                return payment
        raise Problem(404, "RESOURCE_NOT_EXISTS", "订单不存在")


def _check_rules(payment: Payment, request: RefundRequest, now: datetime) -> None:
    if request.total_fen != payment.total_fen:
        raise broken_rule("订单金额或退款金额与之前请求不一致")
    if now - payment.paid_at > LONGEST_AGE:
        raise broken_rule("订单已超过可退款的最大期限")
    if len(payment.refunds) >= MOST_REFUNDS:
        raise broken_rule("一笔支付订单最多支持50次部分退款")
    if request.refund_fen > payment.total_fen - payment.refunded_fen:
        raise broken_rule("申请退款金额大于订单可退金额")
    if payment.refunds and now - payment.refunds[-1].created_at < PAUSE:
        raise too_often()

"""Payments, refunds and the rules between them: the money truth of the simulator.

Source: WeChat Pay v3, "refund request, notes" and refund status, read 2026-11. Where the
documents leave the code of an answer open, INVALID_REQUEST is used.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .payments import Payment
from .problems import Problem, broken_rule, not_enough, too_often
from .refund_request import RefundRequest
from .refunds import Refund

LONGEST_AGE = timedelta(days=365)
MOST_REFUNDS = 50
PAUSE = timedelta(seconds=60)


class Book:
    """All payments and refunds of all merchants. The caller holds the lock."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[tuple[str, str], Refund] = {}

    def paid(self, mchid: str, out_trade_no: str) -> Payment | None:
        found = (p for p in self.payments.values() if p.out_trade_no == out_trade_no)
        return next((payment for payment in found if payment.mchid == mchid), None)

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

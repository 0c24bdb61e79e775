"""A payment in WeChat Pay's words: what it says of an order, asked or unasked.

Owns the reading of answers and notices. Sends nothing.
Source: WeChat Pay v3, "query order" and "payment notice", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..domain.money import ZERO, Fen
from .wire import JsonObject, Malformed, read_child, read_fen, read_moment, read_text


class TradeState(StrEnum):
    """What WeChat Pay says of an order. REFUND says neither how much nor whether it arrived."""

    SUCCESS = "SUCCESS"  # 支付成功
    REFUND = "REFUND"  # 转入退款: paid, and some refund was made
    NOTPAY = "NOTPAY"  # 未支付
    CLOSED = "CLOSED"  # 已关闭: cannot be paid any more
    REVOKED = "REVOKED"  # 已撤销: payment codes in shops only
    USERPAYING = "USERPAYING"  # 用户支付中: payment codes in shops only
    PAYERROR = "PAYERROR"  # 支付失败: payment codes in shops only
    UNRECOGNISED = "UNRECOGNISED"  # a word newer than this program: wait and ask

    @classmethod
    def _missing_(cls, value: object) -> TradeState:  # noqa: ARG003 - the enum's own hook
        return cls.UNRECOGNISED


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What WeChat Pay knows of one order.

    Unless `is_paid`, nothing was taken: amounts are 0, `transaction_id` and `payer_openid` empty.
    `payer_total_fen` is the payer's own share of `total_fen`; coupons paid the rest.
    """

    out_trade_no: str
    transaction_id: str
    trade_state: TradeState
    total_fen: Fen
    payer_total_fen: Fen
    payer_openid: str = field(repr=False)
    appid: str
    success_at: datetime | None

    @property
    def is_paid(self) -> bool:
        """The money was taken, whatever was refunded since."""
        return self.trade_state in {TradeState.SUCCESS, TradeState.REFUND}


def read_payment(data: JsonObject) -> PaymentState:
    """Answers and notices have the same fields. Raises Malformed."""
    unpaid = PaymentState(
        out_trade_no=read_text(data, "out_trade_no"),
        transaction_id="",
        trade_state=TradeState(read_text(data, "trade_state")),
        total_fen=ZERO,
        payer_total_fen=ZERO,
        payer_openid="",
        appid=read_text(data, "appid"),
        success_at=None,
    )
    return _read_paid(data, unpaid) if unpaid.is_paid else unpaid


def _read_paid(data: JsonObject, unpaid: PaymentState) -> PaymentState:
    amount = read_child(data, "amount")
    if amount.get("currency", "CNY") != "CNY":
        raise Malformed("amount is not in CNY")
    return replace(
        unpaid,
        transaction_id=read_text(data, "transaction_id"),
        total_fen=read_fen(amount, "total"),
        payer_total_fen=read_fen(amount, "payer_total"),
        payer_openid=read_text(read_child(data, "payer"), "openid"),
        success_at=read_moment(data, "success_time"),
    )

"""Orders and payments: an order (下单) becomes a payment once its payer has paid.

Source: WeChat Pay v3, "JSAPI order", "query order", "payment notice", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .notices import Event
from .prepay_request import PrepayRequest
from .refunds import Refund
from .times import beijing

PREPAY_LIFETIME = timedelta(hours=2)
ORDER_LIFETIME = timedelta(days=7)
SHORTEST_TIME_TO_PAY = timedelta(minutes=1)
DESCRIPTION = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "USERPAYING": "用户支付中，需要输入密码",
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
    appid: str = "wx0000000000000001"
    attach: str = ""

    @property
    def refunded_fen(self) -> int:
        """Accepted and not closed: on its way or arrived."""
        return sum(refund.refund_fen for refund in self.refunds if refund.status != "CLOSED")

    @property
    def trade_state(self) -> str:
        """REFUND from the first refund on, however small it is and however it ends."""
        return "REFUND" if self.refunds else "SUCCESS"

    def payer_share(self, refund_fen: int) -> int:
        """What of a refund goes to the payer when coupons paid a part: rounded half up."""
        return (2 * refund_fen * self.payer_total_fen + self.total_fen) // (2 * self.total_fen)

    def answer(self) -> dict[str, object]:
        """The body of "query order", and the plaintext of a notice."""
        return {
            "mchid": self.mchid,
            "appid": self.appid,
            "out_trade_no": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "trade_type": "JSAPI",
            "trade_state": self.trade_state,
            "trade_state_desc": DESCRIPTION[self.trade_state],
            "bank_type": "OTHERS",
            "attach": self.attach,
            "success_time": beijing(self.paid_at),
            "payer": {"openid": self.payer_openid},
            "amount": {
                "total": self.total_fen,
                "payer_total": self.payer_total_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }

    def event(self) -> Event:
        return Event(
            kind="TRANSACTION.SUCCESS",
            resource_type="transaction",
            summary="支付成功",
            # A notice repeated after a refund still tells of the payment.
            plain=self.answer() | {"trade_state": "SUCCESS", "trade_state_desc": "支付成功"},
        )


@dataclass
class Order:
    """One out_trade_no of a merchant. `prepay_id` is the latest one handed out."""

    mchid: str
    request: PrepayRequest
    ordered_at: datetime
    prepay_id: str
    prepay_at: datetime
    closed_at: datetime | None = None
    payment: Payment | None = None
    is_being_paid: bool = False  # the payer types his password

    @property
    def out_trade_no(self) -> str:
        return self.request.out_trade_no

    def trade_state(self, now: datetime) -> str:
        if self.payment is not None:
            return self.payment.trade_state
        is_closed = self.closed_at is not None or now - self.ordered_at >= ORDER_LIFETIME
        if is_closed:
            return "CLOSED"
        return "USERPAYING" if self.is_being_paid else "NOTPAY"

    def is_too_late(self, now: datetime) -> bool:
        """Past `time_expire`, which is never earlier than a minute after ordering."""
        latest = self.request.time_expire
        return latest is not None and now > max(latest, self.ordered_at + SHORTEST_TIME_TO_PAY)

    def has_live_prepay(self, now: datetime) -> bool:
        return now - self.prepay_at < PREPAY_LIFETIME

    def answer(self, now: datetime) -> dict[str, object]:
        """Payer, time and transaction are told only once it is paid."""
        if self.payment is not None:
            return self.payment.answer()
        state = self.trade_state(now)
        return {
            "mchid": self.mchid,
            "appid": self.request.appid,
            "out_trade_no": self.out_trade_no,
            "trade_state": state,
            "trade_state_desc": DESCRIPTION[state],
            "attach": self.request.attach,
            "amount": {"total": self.request.total_fen, "currency": "CNY"},
        }

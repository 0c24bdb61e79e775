"""Making sure that a payment is never paid: closed at WeChat Pay first, then in our row.

Refused: it was paid, and is settled so. Away: nothing changes. Answer lost: queried.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.errors import OutcomeUnknown, ProviderRejected
from ..models import WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from ..wechat.pay import PayClient
from .settle_payment import close_row, close_unsent, settle

EXPIRED = "not paid in time"
DISPLACED = "another payment was begun"
CANCELED = "the shop canceled it"


def end_payment(
    payment: WechatPayment, why: str, *, client: PayClient, now: datetime
) -> WechatPayment:
    """Close it unless it is over; the payment as it is then: closed, or paid just before.

    Raises ProviderUnavailable or OutcomeUnknown while that is open, also when it was paid
    otherwise than we asked for.
    """
    if payment.status == WechatPaymentStatus.OPEN:
        payment = close_unsent(payment, why, now=now)
    if payment.status not in LIVE_PAYMENTS:
        return payment
    try:
        client.close_payment(payment.out_trade_no)
    except (ProviderRejected, OutcomeUnknown):
        return _look(payment, client, now)
    return close_row(payment, why, now=now)


def look(payment: WechatPayment, *, client: PayClient, now: datetime) -> WechatPayment:
    """Ask WeChat Pay, and settle what it says. Raises the three provider errors."""
    state = client.query_payment(payment.out_trade_no)
    if state is None:
        return payment
    return settle(payment.pk, state, mchid=payment.merchant.mchid, now=now)


def _look(payment: WechatPayment, client: PayClient, now: datetime) -> WechatPayment:
    payment = look(payment, client=client, now=now)
    if payment.status in LIVE_PAYMENTS:
        raise OutcomeUnknown("WeChat Pay neither closes the payment nor says that it was paid")
    return payment

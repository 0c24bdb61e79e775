"""Getting a payment ready to be paid: the prepay at WeChat Pay, and the parameters for the phone.

The row is there before the call. Refused: the payment ends. Away, or answer lost: no money can
have moved, since nobody has parameters; sent again unchanged, now once, later by whoever carries
the payment on. Parameters are given out only for a row that holds its prepay_id and is not over,
so a payment that was closed meanwhile cannot be paid with an answer that came late.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings

from ..domain.errors import OutcomeUnknown, ProviderError, ProviderRejected, Rejection
from ..domain.money import Fen
from ..models import WechatPayment
from ..models.payments import WechatPaymentStatus
from ..secretbox import open_sealed
from ..wechat.pay import Prepay, PrepayOrder
from .budget import Budget
from .end_payment import look
from .shops import wechat_pay_of

log = structlog.get_logger(__name__)

PREPAY_SECONDS = 2.0
PAID_CODES = frozenset({"ORDERPAID", "ORDER_PAID"})


def prepay(payment: WechatPayment, *, budget: Budget, now: datetime) -> WechatPayment:
    """Bring an open payment to where it can be paid; the payment as it is then.

    Raises ProviderUnavailable or OutcomeUnknown: the same payment can be carried on later.
    """
    WechatPayment.objects.filter(pk=payment.pk, sent_at=None).update(sent_at=now)
    try:
        made = _create_twice(payment, budget)
    except ProviderRejected as no:
        return _refused(payment, no, budget, now)
    open_row = WechatPayment.objects.filter(pk=payment.pk, status=WechatPaymentStatus.OPEN)
    open_row.update(status=WechatPaymentStatus.PREPAID, prepay_id=made.prepay_id)
    payment.refresh_from_db()
    if payment.status == WechatPaymentStatus.CLOSED:
        _tidy_up(payment, budget)
    return payment


def parameters_of(payment: WechatPayment) -> dict[str, str]:
    """For wx.requestPayment, signed afresh. Calls nobody; only for a prepaid row."""
    if payment.status != WechatPaymentStatus.PREPAID:
        raise ValueError(f"payment {payment.pk} is {payment.status}")
    return wechat_pay_of(payment.merchant).payment_parameters(payment.appid, payment.prepay_id)


def _create_twice(payment: WechatPayment, budget: Budget) -> Prepay:
    order = _order(payment)
    try:
        return _create(payment, order, budget)
    except OutcomeUnknown:
        return _create(payment, order, budget)


def _create(payment: WechatPayment, order: PrepayOrder, budget: Budget) -> Prepay:
    seconds = budget.spend(PREPAY_SECONDS)
    return wechat_pay_of(payment.merchant, seconds=seconds).create_prepay(order)


def _order(payment: WechatPayment) -> PrepayOrder:
    """The same every time: WeChat Pay takes a repeat only unchanged."""
    return PrepayOrder(
        appid=payment.appid,
        description=payment.description,
        out_trade_no=payment.out_trade_no,
        total_fen=Fen(payment.amount_fen),
        payer_openid=open_sealed(bytes(payment.openid_sealed), payment.sealed_key_id),
        notify_url=f"{settings.PUBLIC_URL}/s/{payment.shop.key}/wechat-pay/payment/",
        time_expire=payment.expires_at,
    )


def _refused(
    payment: WechatPayment, no: ProviderRejected, budget: Budget, now: datetime
) -> WechatPayment:
    if no.code in PAID_CODES:
        client = wechat_pay_of(payment.merchant, seconds=budget.spend(PREPAY_SECONDS))
        return look(payment, client=client, now=now)
    tell = log.error if no.kind is Rejection.CONFIGURATION else log.warning
    tell("payment.prepay_refused", number=payment.out_trade_no, code=no.code)
    open_row = WechatPayment.objects.filter(pk=payment.pk, status=WechatPaymentStatus.OPEN)
    open_row.update(status=WechatPaymentStatus.REJECTED, latest_error=str(no)[:500])
    payment.refresh_from_db()
    return payment


def _tidy_up(payment: WechatPayment, budget: Budget) -> None:
    """Another payment took its place. Nobody can pay this one, so closing it is only tidy."""
    try:
        client = wechat_pay_of(payment.merchant, seconds=budget.spend(PREPAY_SECONDS))
        client.close_payment(payment.out_trade_no)
    except ProviderError as trouble:
        log.info("payment.left_open_at_wechat", number=payment.out_trade_no, why=str(trouble))

"""The steps of a payment that nobody waits for: query until it is over, then tell Saleor.

Notices get lost and customers leave, so a payment is also asked for, with growing pauses, and
closed when its time is up. Reporting is safe to repeat: Saleor counts a reference once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock
from ..domain.errors import ProviderRejected, Rejection
from ..domain.money import Fen, yuan_of_fen
from ..models import WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from ..models.staff import StaffTaskKind
from ..outbox import Later
from .end_payment import EXPIRED, end_payment, look
from .settle_payment import FIND_ORDER, FIRST_QUERY, TIME_TO_PAY, is_under_review, put
from .shops import saleor_of, wechat_pay_of
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

LONGEST_QUERY_PAUSE = timedelta(minutes=15)
REPORTED = (WechatPaymentStatus.PAID, WechatPaymentStatus.CLOSED)


def query(payment_pk: UUID) -> Later | None:
    """Ask how the payment stands, until it is paid or its time is up; then close it."""
    payment = _load(payment_pk)
    if payment.status not in LIVE_PAYMENTS:
        return None
    client = wechat_pay_of(payment.merchant)
    payment = look(payment, client=client, now=clock.now())
    if payment.status not in LIVE_PAYMENTS or is_under_review(payment):
        return None
    now = clock.now()
    if now < payment.expires_at:
        return _pause(payment, now)
    end_payment(payment, EXPIRED, client=client, now=now)
    return None


def report(payment_pk: UUID) -> Later | None:
    """Tell Saleor how the payment ended.

    The reference of a success is WeChat Pay's own number, under which refunds find the money.
    """
    payment = _load(payment_pk)
    if payment.reported_at is not None or payment.status not in REPORTED:
        return None
    try:
        answer = saleor_of(payment.shop).change("ReportPayment", _event(payment))
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:
            raise  # our token: a reinstallation brings a new one
        _refused(payment, str(no))
        return None
    _reported(payment)
    named = (answer["transaction"] or {}).get("pspReference")
    if payment.status == WechatPaymentStatus.PAID and named != payment.wechat_transaction_id:
        _refused(payment, f"Saleor's transaction is named {named}: refunds look for ours")
    return None


def _pause(payment: WechatPayment, now: datetime) -> Later:
    """Half its age so far, and not beyond its end."""
    age = now - (payment.expires_at - TIME_TO_PAY)
    pause = min(max(FIRST_QUERY, age / 2), LONGEST_QUERY_PAUSE, payment.expires_at - now)
    return Later(pause.total_seconds(), "waiting for the payer")


def _event(payment: WechatPayment) -> dict[str, object]:
    is_paid = payment.status == WechatPaymentStatus.PAID
    return {
        "transaction": payment.transaction_id,
        "psp": payment.wechat_transaction_id if is_paid else payment.out_trade_no,
        "type": "CHARGE_SUCCESS" if is_paid else "CHARGE_FAILURE",
        "amount": str(yuan_of_fen(Fen(payment.amount_fen))),
        "message": payment.latest_error,
        "actions": ["REFUND"] if is_paid else [],
    }


def _refused(payment: WechatPayment, why: str) -> None:
    """Not repeated: each repeat of a wrong report leaves a failure in Saleor's list."""
    log.warning("payment.report_refused", number=payment.out_trade_no, why=why)
    if payment.status == WechatPaymentStatus.PAID:
        open_task(payment, StaffTaskKind.PAYMENT_NOT_REPORTED, why)


def _reported(payment: WechatPayment) -> None:
    """Unless it ended otherwise meanwhile: that is reported as well."""
    now = clock.now()
    with transaction.atomic():
        same = WechatPayment.objects.filter(pk=payment.pk, status=payment.status)
        is_same = same.update(reported_at=now)
        if is_same and payment.status == WechatPaymentStatus.PAID:
            wait = timedelta(minutes=settings.FIND_ORDER_AFTER_MINUTES)
            put(FIND_ORDER, payment, due_at=now + wait)
        troubles = (StaffTaskKind.STUCK, StaffTaskKind.PAYMENT_NOT_REPORTED)
        close_tasks(payment, *troubles, now=now)
    log.info("payment.reported", number=payment.out_trade_no, status=payment.status)


def _load(pk: UUID) -> WechatPayment:
    return WechatPayment.objects.select_related("shop", "merchant").get(pk=pk)

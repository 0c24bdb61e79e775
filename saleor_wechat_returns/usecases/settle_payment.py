"""Believing what WeChat Pay says of a payment, and writing how it ended.

Answer, notice and query share `settle`: any order, any number of times. Takes the payment's lock
and no other. Only WeChat Pay's word makes a payment paid, and nothing makes it unpaid again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from .. import outbox
from ..models import WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from ..models.staff import StaffTaskKind
from ..wechat.pay import PaymentState, TradeState
from .shipping_looks import expect_shipping
from .staff_tasks import has_task, open_task

log = structlog.get_logger(__name__)

QUERY = "payment.query"
REPORT = "payment.report"
FIND_ORDER = "payment.find_order"

TIME_TO_PAY = timedelta(hours=2)  # also the life of a prepay at WeChat Pay
FIRST_QUERY = timedelta(seconds=30)
# Words of WeChat Pay's after which nothing can be paid any more.
DEAD = frozenset({TradeState.CLOSED, TradeState.REVOKED})


def put(topic: str, payment: WechatPayment, *, due_at: datetime) -> None:
    """Queue a step. One key per payment: its steps are done in a row."""
    outbox.put(topic, payment.pk, shop=payment.shop, key=payment_key(payment), due_at=due_at)


def payment_key(payment: WechatPayment) -> str:
    """The outbox key of everything that is done outside for a payment."""
    return f"payment:{payment.pk}"


def settle(payment_pk: UUID, state: PaymentState, *, mchid: str, now: datetime) -> WechatPayment:
    """Write down what WeChat Pay says to `mchid`; the payment as it is then.

    Money that is not what we asked for becomes a task for staff and changes nothing else.
    """
    with transaction.atomic():
        payment = _lock(payment_pk)
        if state.is_paid:
            _paid(payment, state, mchid, now)
        elif state.trade_state in DEAD and payment.status in LIVE_PAYMENTS:
            _close(payment, "WeChat Pay closed it", now)
        return payment


def is_under_review(payment: WechatPayment) -> bool:
    """WeChat Pay has money for it that is not what we asked for; staff must look."""
    return has_task(payment, StaffTaskKind.PAYMENT_DIFFERS)


def close_row(payment: WechatPayment, why: str, *, now: datetime) -> WechatPayment:
    """Nothing can be paid on it any more: write that, unless it ended meanwhile."""
    with transaction.atomic():
        locked = _lock(payment.pk)
        if locked.status in LIVE_PAYMENTS:
            _close(locked, why, now)
        return locked


def close_unsent(payment: WechatPayment, why: str, *, now: datetime) -> WechatPayment:
    """As `close_row`, but only while nobody was given its parameters, so that nobody can pay."""
    with transaction.atomic():
        locked = _lock(payment.pk)
        if locked.status == WechatPaymentStatus.OPEN:
            _close(locked, why, now)
        return locked


def _lock(pk: UUID) -> WechatPayment:
    rows = WechatPayment.objects.select_for_update(of=("self",))
    return rows.select_related("shop", "merchant").get(pk=pk)


def _close(payment: WechatPayment, why: str, now: datetime) -> None:
    payment.status = WechatPaymentStatus.CLOSED
    payment.latest_error = why[:500]
    payment.save(update_fields=["status", "latest_error"])
    put(REPORT, payment, due_at=now)
    log.info("payment.closed", number=payment.out_trade_no, why=why)


def _paid(payment: WechatPayment, state: PaymentState, mchid: str, now: datetime) -> None:
    if difference := _difference(payment, state, mchid):
        open_task(payment, StaffTaskKind.PAYMENT_DIFFERS, difference)
        return
    if payment.status == WechatPaymentStatus.PAID:
        return
    if payment.status not in LIVE_PAYMENTS:
        detail = f"paid after it was {payment.status}: was it paid twice?"
        open_task(payment, StaffTaskKind.PAYMENT_DIFFERS, detail)
    payment.status = WechatPaymentStatus.PAID
    payment.wechat_transaction_id = state.transaction_id
    payment.payer_total_fen = state.payer_total_fen
    payment.success_at = state.success_at
    payment.reported_at = None
    payment.latest_error = ""
    payment.save()
    put(REPORT, payment, due_at=now)
    expect_shipping(payment, now=now)
    log.info("payment.paid", number=payment.out_trade_no, amount_fen=payment.amount_fen)


def _difference(payment: WechatPayment, state: PaymentState, mchid: str) -> str:
    """How the money is not what was asked for; blank if it is."""
    for what, said, ours in (
        ("fen", state.total_fen, payment.amount_fen),
        ("merchant", mchid, payment.merchant.mchid),
        ("mini-program", state.appid, payment.appid),
        (
            "transaction",
            state.transaction_id,
            payment.wechat_transaction_id or state.transaction_id,
        ),
    ):
        if said != ours:
            return f"WeChat Pay says {what} {said}, ours is {ours}"
    return ""

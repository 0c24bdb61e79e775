"""What we answer when Saleor asks about a payment on a customer's behalf, or on staff's.

A session never waits for more than its budget. Where WeChat leaves us without an answer, the
payment stays as it is and the answer says that it can be carried on.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from ..domain.errors import ProviderError
from ..domain.payment_faults import PaymentFault, PaymentRefused, sentence
from ..models import Shop, WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from .budget import Budget
from .end_payment import CANCELED, EXPIRED, end_payment, look
from .payment_answers import Answer, failed, not_yet, succeeded, to_be_paid, told
from .prepay_payment import parameters_of, prepay
from .refused_action import refused
from .settle_payment import is_under_review
from .shops import wechat_pay_of
from .start_payment import PaymentAsked, find_or_begin, sellers

log = structlog.get_logger(__name__)

# Somebody waits on a phone; Saleor waits for 18 seconds, and each try may wait for a lock first.
SESSION_SECONDS = 5.0
LOOK_SECONDS = 2.0


def answer_gateway(shop: Shop, channel: str, currency: str) -> Answer:
    """Can the channel be paid through us? `data.errors` says why not, as in the sessions."""
    try:
        if currency != "CNY":
            raise PaymentRefused(PaymentFault.CURRENCY_NOT_SUPPORTED)
        _, program = sellers(shop, channel)
    except PaymentRefused as no:
        return {"data": told(no.fault)}
    return {"data": {"appId": program.appid, "currency": "CNY"}}


def answer_session(shop: Shop, asked: PaymentAsked, *, look_first: bool, now: datetime) -> Answer:
    """Begin the payment of a Saleor transaction, or carry it on, however often we are asked.

    `look_first`: the customer comes back from paying, so WeChat Pay is asked before anything.
    """
    budget = Budget(SESSION_SECONDS)
    try:
        payment = find_or_begin(shop, asked, budget=budget, now=now)
    except PaymentRefused as no:
        log.info("payment.not_begun", shop=shop.key, why=no.fault)
        return failed(no.fault)
    if asked.amount_fen != payment.amount_fen:
        return failed(PaymentFault.AMOUNT_CHANGED)
    try:
        payment = _carry_on(payment, budget, look_first=look_first, now=now)
    except ProviderError as trouble:
        log.warning("payment.later", number=payment.out_trade_no, why=str(trouble))
        payment.refresh_from_db()
        if payment.status in LIVE_PAYMENTS:
            return not_yet(_why_not_yet(payment))
    return _answer(payment)


def answer_charge_request(shop: Shop, transaction_id: str, *, now: datetime) -> Answer:
    """Staff ask for the money, which only the customer can give. Raises ProviderError.

    No result, although we know it: booked here, the success would leave Saleor's transaction
    without the reference by which refunds are found. Our own report names it (3.23.28).
    """
    payment = _payment_of(shop, transaction_id)
    if payment is not None and payment.status in LIVE_PAYMENTS:
        client = wechat_pay_of(payment.merchant, seconds=LOOK_SECONDS)
        payment = look(payment, client=client, now=now)
    if payment is None:
        return refused("CHARGE_FAILURE", sentence(PaymentFault.PAYMENT_UNKNOWN))
    if payment.status != WechatPaymentStatus.PAID:
        return refused("CHARGE_FAILURE", sentence(PaymentFault.NOT_PAID_YET))
    return {"pspReference": payment.wechat_transaction_id}


def answer_cancel_request(shop: Shop, transaction_id: str, *, now: datetime) -> Answer:
    """Staff end an unpaid payment. Raises ProviderError while WeChat Pay leaves it open."""
    payment = _payment_of(shop, transaction_id)
    if payment is None:
        return refused("CANCEL_FAILURE", sentence(PaymentFault.PAYMENT_UNKNOWN))
    client = wechat_pay_of(payment.merchant, seconds=LOOK_SECONDS)
    payment = end_payment(payment, CANCELED, client=client, now=now)
    if payment.status == WechatPaymentStatus.PAID:
        return refused("CANCEL_FAILURE", sentence(PaymentFault.ALREADY_PAID))
    return {"result": "CANCEL_SUCCESS", "pspReference": payment.out_trade_no}


def _carry_on(
    payment: WechatPayment, budget: Budget, *, look_first: bool, now: datetime
) -> WechatPayment:
    """Raises ProviderError where the payment must wait."""
    is_late = now >= payment.expires_at
    if payment.status in LIVE_PAYMENTS and (look_first or is_late):
        client = wechat_pay_of(payment.merchant, seconds=budget.spend(LOOK_SECONDS))
        payment = look(payment, client=client, now=now)
        if payment.status in LIVE_PAYMENTS and is_late:
            payment = end_payment(payment, EXPIRED, client=client, now=now)
    if payment.status == WechatPaymentStatus.OPEN:
        payment = prepay(payment, budget=budget, now=now)
    return payment


def _answer(payment: WechatPayment) -> Answer:
    match WechatPaymentStatus(payment.status):
        case WechatPaymentStatus.PAID:
            return succeeded(payment)
        case WechatPaymentStatus.PREPAID if not is_under_review(payment):
            return to_be_paid(payment, parameters_of(payment))
        case WechatPaymentStatus.PREPAID | WechatPaymentStatus.OPEN:
            return not_yet(_why_not_yet(payment))
        case WechatPaymentStatus.REJECTED:
            return failed(PaymentFault.PAYMENT_REFUSED)
        case WechatPaymentStatus.CLOSED:
            return failed(PaymentFault.PAYMENT_CLOSED)


def _why_not_yet(payment: WechatPayment) -> PaymentFault:
    if is_under_review(payment):
        return PaymentFault.PAYMENT_UNDER_REVIEW
    return PaymentFault.WECHAT_UNAVAILABLE


def _payment_of(shop: Shop, transaction_id: str) -> WechatPayment | None:
    rows = WechatPayment.objects.filter(shop=shop, transaction_id=transaction_id)
    return rows.select_related("shop", "merchant").first()

"""A payment begins: who pays, whether there is room for it, its row, then its prepay.

Everything up to the row happens under the lock of its source, so that two devices never both get
what is left to pay; a newer payment takes the place of older unpaid ones.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable, Rejection
from ..domain.money import Fen
from ..domain.numbers import new_out_trade_no
from ..domain.payment_faults import PaymentFault, PaymentRefused
from ..models import Shop, WechatMerchant, WechatMiniProgram, WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from ..secretbox import seal
from .budget import Budget
from .end_payment import DISPLACED, end_payment
from .openids import openid_index
from .payment_sources import Source, locked, other_payments, taken_fen
from .settle_payment import FIRST_QUERY, QUERY, TIME_TO_PAY, put
from .shops import merchant_for, wechat_pay_of
from .wechat_programs import mini_of, program_for

log = structlog.get_logger(__name__)

LOGIN_SECONDS = 2.0
CLOSE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class PaymentAsked:
    """What we need of a payment session."""

    transaction_id: str
    action: str
    currency: str
    amount_fen: Fen | None  # None: not a whole number of fen in CNY
    code: str  # of wx.login; blank: none given
    source: Source


def find_or_begin(
    shop: Shop, asked: PaymentAsked, *, budget: Budget, now: datetime
) -> WechatPayment:
    """The payment of this Saleor transaction, begun if there is none yet. Raises PaymentRefused.

    The one-use code is touched only where a payment begins.
    """
    found = _find(shop, asked)
    if found is not None:
        return found
    merchant, program = sellers(shop, asked.source.channel)
    amount = _payable(asked)
    with locked(shop, asked.source):
        # A twin of this request may have begun it while we waited.
        found = _find(shop, asked)
        if found is not None:
            return found
        openid = _who_pays(program, asked.code, budget)
        _make_room(shop, asked, amount, budget, now)
        return _write(shop, asked, amount, openid, merchant, program, now)


def sellers(shop: Shop, channel: str) -> tuple[WechatMerchant, WechatMiniProgram]:
    """Who takes the money and in which mini-program. Raises PaymentRefused."""
    merchant = merchant_for(shop, channel)
    if merchant is None:
        raise PaymentRefused(PaymentFault.MERCHANT_MISSING)
    program = program_for(shop, channel)
    if program is None:
        raise PaymentRefused(PaymentFault.MINI_PROGRAM_MISSING)
    return merchant, program


def _find(shop: Shop, asked: PaymentAsked) -> WechatPayment | None:
    rows = WechatPayment.objects.filter(shop=shop, transaction_id=asked.transaction_id)
    return rows.select_related("shop", "merchant").first()


def _payable(asked: PaymentAsked) -> Fen:
    if asked.action != "CHARGE":
        raise PaymentRefused(PaymentFault.ACTION_NOT_SUPPORTED)
    if asked.currency != "CNY" or asked.source.total_fen is None:
        raise PaymentRefused(PaymentFault.CURRENCY_NOT_SUPPORTED)
    if asked.amount_fen is None or asked.amount_fen <= 0:
        raise PaymentRefused(PaymentFault.AMOUNT_NOT_PAYABLE)
    return asked.amount_fen


def _who_pays(program: WechatMiniProgram, code: str, budget: Budget) -> str:
    """The openid behind the code. Whatever goes wrong, only a new log-in helps."""
    if not code:
        raise PaymentRefused(PaymentFault.CODE_MISSING)
    try:
        mini = mini_of(program, seconds=budget.spend(LOGIN_SECONDS))
        return mini.code_to_session(code).openid
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:
            log.exception("payment.mini_program_refused", appid=program.appid)
            raise PaymentRefused(PaymentFault.SETUP_REFUSED) from no
        blocked = no.kind is Rejection.BUSINESS
        fault = PaymentFault.LOGIN_BLOCKED if blocked else PaymentFault.LOGIN_EXPIRED
        raise PaymentRefused(fault) from no
    except (ProviderUnavailable, OutcomeUnknown) as away:
        raise PaymentRefused(PaymentFault.LOGIN_EXPIRED) from away


def _make_room(shop: Shop, asked: PaymentAsked, amount: Fen, budget: Budget, now: datetime) -> None:
    """Close older unpaid payments, oldest first, until this one fits into the total."""
    rows = other_payments(shop, asked.source, asked.transaction_id)
    room = (asked.source.total_fen or 0) - taken_fen(asked.source, asked.transaction_id, rows)
    if amount > room:
        raise PaymentRefused(PaymentFault.AMOUNT_EXCEEDS_TOTAL)
    live = [row for row in rows if row.status in LIVE_PAYMENTS]
    while sum(row.amount_fen for row in live) + amount > room:
        ended = _displace(live.pop(0), budget, now)
        if ended.status == WechatPaymentStatus.PAID:
            room -= ended.amount_fen
            if amount > room:
                raise PaymentRefused(PaymentFault.ALREADY_PAID)


def _displace(row: WechatPayment, budget: Budget, now: datetime) -> WechatPayment:
    try:
        client = wechat_pay_of(row.merchant, seconds=budget.spend(CLOSE_SECONDS))
        return end_payment(row, DISPLACED, client=client, now=now)
    except (ProviderRejected, ProviderUnavailable, OutcomeUnknown) as open_question:
        log.info("payment.not_displaced", number=row.out_trade_no, why=str(open_question))
        raise PaymentRefused(PaymentFault.PAYMENT_IN_PROGRESS) from open_question


def _write(
    shop: Shop,
    asked: PaymentAsked,
    amount: Fen,
    openid: str,
    merchant: WechatMerchant,
    program: WechatMiniProgram,
    now: datetime,
) -> WechatPayment:
    sealed, key_id = seal(openid)
    number = asked.source.order_number
    with transaction.atomic():
        payment = WechatPayment.objects.create(
            shop=shop,
            transaction_id=asked.transaction_id,
            source_id=asked.source.id,
            channel=asked.source.channel,
            merchant=merchant,
            appid=program.appid,
            openid_index=openid_index(program.appid, openid),
            openid_sealed=sealed,
            sealed_key_id=key_id,
            out_trade_no=new_out_trade_no(now.astimezone(shop.zone).date(), secrets.choice),
            amount_fen=amount,
            source_total_fen=asked.source.total_fen,
            description=f"订单 {number}" if number else "商城订单",
            status=WechatPaymentStatus.OPEN,
            # Whole seconds: that is what WeChat Pay is told.
            expires_at=(now + TIME_TO_PAY).replace(microsecond=0),
        )
        put(QUERY, payment, due_at=now + FIRST_QUERY)
    log.info("payment.begun", number=payment.out_trade_no, amount_fen=amount)
    return payment

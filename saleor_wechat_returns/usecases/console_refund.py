"""A refund that somebody made by hand in WeChat Pay's merchant portal, seen by its notice.

It is recorded, told to Saleor, and put before whoever may be about to pay the same again.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from .. import outbox
from ..domain.lifecycle import PAID_REFUNDS, RefundStatus
from ..models import (
    InboxMessage,
    Payment,
    Refund,
    SaleorRefundRequest,
    Shop,
    WechatMerchant,
    WechatPayment,
    WechatRefund,
)
from ..models.ledger import PaymentOwner
from ..models.refunds import RefundOrigin, WechatRefundStatus
from ..models.staff import StaffTaskKind
from ..wechat.pay import RefundState
from ..wechat.pay import RefundStatus as Said
from .locks import lock_order_row
from .refunds import start_next_beside, start_next_refund
from .shops import merchant_behind
from .staff_tasks import open_task

log = structlog.get_logger(__name__)

SEARCH = "refund.search_order"


def record_console_refund(shop: Shop, state: RefundState, *, now: datetime) -> bool:
    """Keep a successful refund of a payment of this shop that nobody here began.

    False: it is not this shop's payment. A repeat changes nothing. Takes the order lock.
    """
    payments = Payment.objects.filter(shop=shop, owner=PaymentOwner.OURS).select_related(
        "shop", "order"
    )
    payment = payments.filter(psp_reference=state.transaction_id).first()
    if payment is None:
        return False
    merchant = merchant_behind(payment)
    if state.status is not Said.SUCCESS or merchant is None:
        log.info("refund.by_hand_not_paid", shop=shop.key, status=state.status)
        return True
    try:
        with transaction.atomic():
            _record(payment, merchant, state, now)
    except IntegrityError:
        # Another shop with this merchant number, or a twin notice, was quicker.
        log.info("refund.by_hand_known", shop=shop.key)
    return True


def record_console_refund_without_order(
    payment: WechatPayment, state: RefundState, *, now: datetime
) -> None:
    """As `record_console_refund`, of a payment that no order came of."""
    if state.status is not Said.SUCCESS:
        return
    try:
        with transaction.atomic():
            taken = WechatPayment.objects.select_for_update().get(pk=payment.pk)
            settled = _settled_with(Q(taken=taken), state)
            if settled is not None:
                _keep_attempt(settled, taken.merchant, state)
                return
            refund = Refund(shop_id=taken.shop_id, taken=taken)
            _keep(refund, taken.merchant, state, now)
            start_next_beside(refund, now=now)
    except IntegrityError:
        log.info("refund.by_hand_known", shop=payment.shop_id)


def payment_of(shop: Shop, wechat_transaction_id: str) -> WechatPayment | None:
    """What this shop took under that number, although its order was never looked at here."""
    taken = WechatPayment.objects.filter(shop=shop, wechat_transaction_id=wechat_transaction_id)
    return taken.first()


def put_search(message: InboxMessage, payment: WechatPayment, *, now: datetime) -> None:
    """Queue the look for the order, in the caller's transaction."""
    key = f"payment:{payment.pk}"
    outbox.put(SEARCH, message.pk, shop=message.shop, key=key, due_at=now)


def _record(payment: Payment, merchant: WechatMerchant, state: RefundState, now: datetime) -> None:
    order = lock_order_row(payment.order_id)
    before_its_order = Q(shop=payment.shop, taken__transaction_id=payment.transaction_id)
    settled = _settled_with(Q(payment=payment) | before_its_order, state)
    if settled is not None:
        _keep_attempt(settled, merchant, state)
        return
    _keep(Refund(shop_id=order.shop_id, order=order, payment=payment), merchant, state, now)
    _warn_of_a_second_payment(payment, state)
    start_next_refund(order, now=now)


def _keep(refund: Refund, merchant: WechatMerchant, state: RefundState, now: datetime) -> None:
    """The refund as WeChat Pay tells of it, and its two attempts."""
    refund.origin = RefundOrigin.CONSOLE
    refund.sequence = 0
    refund.amount_fen = state.refund_fen
    refund.status = RefundStatus.SUCCEEDED
    refund.succeeded_at = now
    refund.save(force_insert=True)
    _keep_attempt(refund, merchant, state)
    SaleorRefundRequest.objects.create(
        shop_id=refund.shop_id, refund=refund, attempt=1, psp_reference=state.out_refund_no
    )
    log.warning("refund.by_hand", number=state.out_refund_no, amount_fen=state.refund_fen)


def _settled_with(mine: Q, state: RefundState) -> Refund | None:
    """The refund that staff settled with this very one, which Saleor was told by then."""
    return Refund.objects.filter(
        mine,
        status=RefundStatus.SETTLED,
        settled_reference=state.out_refund_no,
        amount_fen=state.refund_fen,
    ).first()


def _keep_attempt(refund: Refund, merchant: WechatMerchant, state: RefundState) -> None:
    WechatRefund.objects.create(
        shop_id=refund.shop_id,
        refund=refund,
        merchant=merchant,
        attempt=refund.wechat_refunds.count() + 1,
        out_refund_no=state.out_refund_no,
        wechat_transaction_id=state.transaction_id,
        amount_fen=state.refund_fen,
        total_fen=state.total_fen,
        reason="",
        status=WechatRefundStatus.SUCCESS,
        wechat_refund_id=state.refund_id[:32],
        payer_refund_fen=state.payer_refund_fen,
        received_account=state.received_account[:128],
        success_at=state.success_at,
    )


def _warn_of_a_second_payment(payment: Payment, state: RefundState) -> None:
    """Whoever tries again a refund of this payment should know of this one first."""
    open_ones = Refund.objects.filter(payment=payment).exclude(status__in=PAID_REFUNDS)
    detail = f"{state.refund_fen} fen were refunded in the merchant portal: {state.out_refund_no}"
    for refund in open_ones.select_related("request").order_by("id"):
        open_task(refund, StaffTaskKind.REFUND_BY_HAND, detail)

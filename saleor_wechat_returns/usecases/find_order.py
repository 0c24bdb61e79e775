"""A checkout was paid: has an order come of it? If not, it is completed, or the money goes back.

The customer may have closed the app between paying and ordering. Completing, refused: staff are
told, it is tried again, and after a while the money goes back. Away: repeated. Answer lost: the
next look reads first, and finds the order. A payment that covers only part of its checkout is
left to staff: the rest may still be paid, and nobody expects a deposit back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from .. import clock
from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import RefundStatus
from ..models import OutboxMessage, Refund, WechatPayment
from ..models.payments import WechatPaymentStatus
from ..models.refunds import RefundOrigin
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import PaymentFacts
from .console_refund import SEARCH
from .payment_sources import paid_for
from .refund_without_order import begin_refund
from .settle_payment import payment_key
from .shops import saleor_of
from .staff_tasks import close_tasks, open_task, was_settled

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 600.0
LATER_SECONDS = 6 * 3600.0
WITHOUT_ORDER = (StaffTaskKind.PAID_WITHOUT_ORDER, StaffTaskKind.PART_PAID_WITHOUT_ORDER)


def find_order(payment_pk: UUID) -> Later | None:
    """Effect: see that the payment ends in an order, or back with its payer."""
    payment = WechatPayment.objects.select_related("shop", "merchant").get(pk=payment_pk)
    if payment.refunds.filter(origin=RefundOrigin.CHECKOUT).exists():
        return None  # begun by a look whose end was not written down
    there = paid_for(payment)
    if there.order_id:
        return _of_order(payment, there.order_excess_fen)
    if _is_going_back(payment):
        return Later(AGAIN_SECONDS, "another refund of it is under way")
    if not there.transaction.charged_fen:  # it went back otherwise
        _close_tasks(payment)
        return None
    if not there.is_covered and not _was_paid_in_full(payment):
        return _part_paid(payment)
    why = _complete(payment, there)
    if why:
        return _without_order(payment, there, why)
    there = paid_for(payment)
    if not there.order_id:
        raise ProviderUnavailable("Saleor does not show the order that it made")
    return _of_order(payment, there.order_excess_fen)


def _close_tasks(payment: WechatPayment) -> None:
    close_tasks(payment, *WITHOUT_ORDER, now=clock.now())


def _of_order(payment: WechatPayment, excess_fen: int) -> Later | None:
    """What was paid twice, by two devices or beside another app, stays listed until it is back
    or staff have settled it otherwise."""
    _close_tasks(payment)
    if excess_fen <= 0:
        close_tasks(payment, StaffTaskKind.PAYMENT_DIFFERS, now=clock.now())
        return None
    if was_settled(payment, StaffTaskKind.PAYMENT_DIFFERS):
        return None
    detail = f"the order is paid, and {excess_fen} fen more: refund them in the Dashboard"
    open_task(payment, StaffTaskKind.PAYMENT_DIFFERS, detail)
    return Later(LATER_SECONDS, detail)


def _complete(payment: WechatPayment, there: PaymentFacts) -> str:
    """Order what was paid for. Why that is impossible; blank: there is an order now.

    Raises ProviderRejected when it is our token that is refused, ProviderUnavailable or
    OutcomeUnknown. Asked again Saleor gives the same order.
    """
    if not there.is_covered:
        return "it costs more than was paid" if there.checkout_id else "the checkout was deleted"
    try:
        answer = saleor_of(payment.shop).change("CompleteCheckout", {"id": there.checkout_id})
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:
            raise
        log.warning("checkout.not_completed", number=payment.out_trade_no, code=no.code)
        return str(no)
    if answer["order"] is None:
        raise OutcomeUnknown("Saleor neither completed the checkout nor said why not")
    log.info("checkout.completed", number=payment.out_trade_no, order=answer["order"]["number"])
    return ""


def _was_paid_in_full(payment: WechatPayment) -> bool:
    """Did what was paid cover the checkout when the payment began? Then an order was expected."""
    if payment.source_total_fen is None:
        return False
    paid = _paid_together(payment).aggregate(total=Sum("amount_fen"))["total"]
    return (paid or 0) >= payment.source_total_fen


def _paid_together(payment: WechatPayment) -> QuerySet[WechatPayment]:
    """What was paid for its source and expects one order with it. What has gone back does not,
    unless for want of that very order: the other part follows it then."""
    gone = Refund.objects.filter(taken=OuterRef("pk")).exclude(status=RefundStatus.FAILED)
    gone = gone.exclude(origin=RefundOrigin.CHECKOUT, created_at__gte=payment.created_at)
    return WechatPayment.objects.filter(
        ~Exists(gone),
        shop=payment.shop,
        source_id=payment.source_id,
        status=WechatPaymentStatus.PAID,
    )


def _without_order(payment: WechatPayment, there: PaymentFacts, why: str) -> Later | None:
    open_task(payment, StaffTaskKind.PAID_WITHOUT_ORDER, why)
    minutes = settings.REFUND_WITHOUT_ORDER_MINUTES
    if not minutes or clock.now() < _covered_at(payment) + timedelta(minutes=minutes):
        return Later(AGAIN_SECONDS, why)
    begin_refund(payment, there.transaction.charged_fen, why, now=clock.now())
    return None


def _covered_at(payment: WechatPayment) -> datetime:
    """When the last part was paid: before that nobody could order."""
    latest: datetime | None = _paid_together(payment).aggregate(at=Max("reported_at"))["at"]
    return max(_reported_at(payment), latest or _reported_at(payment))


def _is_going_back(payment: WechatPayment) -> bool:
    """Saleor may not show it yet: one is under way, or a notice tells of one in the portal."""
    if payment.refunds.filter(running=True).exists():
        return True
    searches = OutboxMessage.objects.filter(topic=SEARCH, key=payment_key(payment), done_at=None)
    return searches.exists()


def _part_paid(payment: WechatPayment) -> Later:
    hours = settings.PART_PAID_WITHOUT_ORDER_HOURS
    if clock.now() >= _reported_at(payment) + timedelta(hours=hours):
        detail = f"{payment.amount_fen} fen of {payment.source_total_fen} fen"
        open_task(payment, StaffTaskKind.PART_PAID_WITHOUT_ORDER, detail)
    return Later(LATER_SECONDS, "the rest of the checkout is not paid")


def _reported_at(payment: WechatPayment) -> datetime:
    return payment.reported_at or clock.now()

"""What stands in a bill and not here: WeChat Pay is asked, and its signed word goes the usual way.

A refund made in the merchant portal whose notice never came, or came to another shop, is recorded
and told to Saleor as by its notice. Refused: repeated; staff see the difference. Away, or answer
lost: repeated; a question changes nothing.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from .. import clock, inbox, outbox
from ..domain.differences import DifferenceKind, DifferenceState
from ..domain.errors import OutcomeUnknown
from ..models import Difference, InboxMessage, WechatPayment, WechatRefund
from ..models.payments import WechatPaymentStatus
from ..models.refunds import WechatRefundStatus
from ..outbox import Later
from ..wechat.pay import RefundState, RefundStatus
from . import settle_payment
from .differences import taken
from .shops import merchant_numbered, wechat_pay_of
from .wechat_notices import BY_BILL, SOURCE, refund_payload

log = structlog.get_logger(__name__)

TAKE = "reconciliation.take"
RECORDED_SOON_SECONDS = 10.0
# The bank has it; or a checkout that was paid may become an order yet.
LONG_PAUSE_SECONDS = 3600.0
AS_WE_SAY = {
    RefundStatus.SUCCESS: WechatRefundStatus.SUCCESS,
    RefundStatus.CLOSED: WechatRefundStatus.CLOSED,
    RefundStatus.ABNORMAL: WechatRefundStatus.ABNORMAL,
}


def put_take(difference: Difference) -> None:
    """Queue the question, in the caller's transaction."""
    key = f"difference:{difference.pk}"
    outbox.put(TAKE, difference.pk, shop=difference.shop, key=key, due_at=clock.now())


def take(difference_pk: UUID) -> Later | None:
    """Effect: bring what WeChat Pay says of it into our rows."""
    rows = Difference.objects.select_related("shop", "reconciliation")
    difference = rows.get(pk=difference_pk)
    if difference.state in {DifferenceState.TAKEN, DifferenceState.GONE}:
        return None
    if difference.kind == DifferenceKind.PAYMENT_STATUS_DIFFERS:
        return _take_payment(difference)
    return _take_refund(difference)


def _take_payment(difference: Difference) -> Later | None:
    payment = WechatPayment.objects.select_related("merchant").get(
        shop=difference.shop, out_trade_no=difference.number
    )
    if payment.status != WechatPaymentStatus.PAID:
        state = wechat_pay_of(payment.merchant).query_payment(payment.out_trade_no)
        if state is None:
            raise OutcomeUnknown("WeChat Pay does not know a payment of its own bill")
        mchid = payment.merchant.mchid
        payment = settle_payment.settle(payment.pk, state, mchid=mchid, now=clock.now())
    if payment.status == WechatPaymentStatus.PAID:
        taken(difference.pk, "paid here as well now")
    return None  # else it is not paid in WeChat Pay's own words, or staff have a task


def _take_refund(difference: Difference) -> Later | None:
    shop, number = difference.shop, difference.number
    here = WechatRefund.objects.filter(shop=shop, out_refund_no=number).first()
    if here is not None and here.billed_on is None:
        # It was no row of ours yet when the bill was read.
        day = difference.reconciliation.day
        WechatRefund.objects.filter(pk=here.pk, billed_on=None).update(billed_on=day)
    if here is not None and here.status == WechatRefundStatus.SUCCESS and _was_heard(difference):
        taken(difference.pk, "recorded here; Saleor is told")
        return None
    if _was_heard(difference):
        # Either it waits for an order in Saleor, or what it contradicts is a task for staff.
        return Later(LONG_PAUSE_SECONDS, "heard of, not recorded yet") if here is None else None
    merchant = merchant_numbered(shop, difference.reconciliation.mchid)
    if merchant is None:
        return None
    state = wechat_pay_of(merchant).query_refund(number)
    if state is None:
        raise OutcomeUnknown("WeChat Pay does not know a refund of its own bill")
    if here is None and state.status is RefundStatus.CLOSED:
        taken(difference.pk, "closed: nothing was paid back")
        return None
    if here is not None and here.status == AS_WE_SAY.get(state.status):
        taken(difference.pk, f"WeChat Pay says {state.status} now, as we do")
        return None
    return _heard(difference, state, is_known=here is not None)


def _was_heard(difference: Difference) -> bool:
    """Has the inbox got WeChat Pay's word that it was paid?"""
    key = _key(difference, RefundStatus.SUCCESS)
    heard = InboxMessage.objects.filter(shop=difference.shop, source=SOURCE, key=key)
    return heard.filter(handled_at__isnull=False).exists()


def _heard(difference: Difference, state: RefundState, *, is_known: bool) -> Later | None:
    """As if its notice had come. What only the portal knows counts once it has succeeded."""
    if is_known or state.status is RefundStatus.SUCCESS:
        key = _key(difference, state.status)
        inbox.receive(difference.shop, SOURCE, key, refund_payload(state))
        log.info("refund.heard_by_bill", number=difference.number, status=state.status)
    if state.status is RefundStatus.SUCCESS:
        return Later(RECORDED_SOON_SECONDS, "being recorded")
    return None if is_known else Later(LONG_PAUSE_SECONDS, f"WeChat Pay says {state.status}")


def _key(difference: Difference, status: RefundStatus) -> str:
    return f"{BY_BILL}{difference.number}:{status}"

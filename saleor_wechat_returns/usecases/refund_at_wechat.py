"""The steps of a refund at WeChat Pay: pay, query, and settling what we learn.

The row with the number is there before the first call. Refused: the attempt ends, after a last
query. Away: repeated. Answer lost: queried by number, then sent again unchanged, with the same
number. A new number exists only after CLOSED, or after a refusal of what was never accepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock
from ..domain.errors import OutcomeUnknown, ProviderRejected, Rejection
from ..domain.lifecycle import RefundStatus
from ..domain.money import Fen
from ..models import Refund, WechatRefund
from ..models.refunds import WECHAT_ENDED, WechatRefundStatus
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..wechat.pay import PayClient, RefundOrder, RefundState
from ..wechat.pay import RefundStatus as Said
from .locks import lock_refund
from .move import move_refund
from .refunds import (
    CHECK,
    QUERY,
    close_own_tasks,
    next_step,
    put,
    put_attempt,
    refund_in_trouble,
    refund_succeeded,
    start_or_put,
)
from .shops import wechat_pay_of
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

# WeChat Pay wants a minute between two refunds of one payment, and between repeats.
BETWEEN_REFUNDS = timedelta(seconds=60)
FIRST_QUERY_SECONDS = 60.0
LONGEST_QUERY_PAUSE_SECONDS = 6 * 3600.0
BALANCE_PAUSE_SECONDS = 1800.0
CONFIGURATION_PAUSE_SECONDS = 600.0

UNDER_WAY = frozenset({WechatRefundStatus.PROCESSING, WechatRefundStatus.ABNORMAL})


def pay(wechat_refund_id: UUID) -> Later | None:
    """Hand the refund to WeChat Pay, once, whatever happens on the way."""
    attempt = _load(wechat_refund_id)
    if attempt.status != WechatRefundStatus.OPEN:
        return None
    client = wechat_pay_of(attempt.merchant)
    if attempt.sent_at is not None:
        known = client.query_refund(attempt.out_refund_no)
        if known is not None:
            _learned(attempt, known)
            return None
    wait = _wait_for_others(attempt)
    if wait is not None:
        return wait
    still_open = WechatRefund.objects.filter(pk=attempt.pk, status=WechatRefundStatus.OPEN)
    if not still_open.update(sent_at=clock.now()):
        return None  # a notice was quicker
    try:
        state = client.create_refund(_order(attempt))
    except ProviderRejected as no:
        return _refused(attempt, no, client)
    _learned(attempt, state)
    return None


def query(wechat_refund_id: UUID) -> Later | None:
    """Ask how the refund stands, with growing pauses, until it is final."""
    attempt = _load(wechat_refund_id)
    if attempt.status not in UNDER_WAY:
        return None
    state = wechat_pay_of(attempt.merchant).query_refund(attempt.out_refund_no)
    if state is None:
        raise OutcomeUnknown("WeChat Pay no longer knows a refund that it accepted")
    settle(attempt.out_refund_no, state, now=clock.now())
    attempt.refresh_from_db(fields=["status"])
    if attempt.status not in UNDER_WAY:
        return None
    age = (clock.now() - (attempt.sent_at or clock.now())).total_seconds()
    pause = min(max(FIRST_QUERY_SECONDS, age / 2), LONGEST_QUERY_PAUSE_SECONDS)
    return Later(pause, f"WeChat Pay says {state.status}")


def settle(out_refund_no: str, state: RefundState, *, now: datetime) -> None:
    """Believe what WeChat Pay says of a refund: from its answer, its notice or our query.

    Any order, any number of times. Takes the locks. Nothing leads out of an attempt that is over;
    what contradicts it becomes a task for staff.
    """
    with transaction.atomic():
        attempt = _lock(WechatRefund.objects.get(out_refund_no=out_refund_no))
        if state.refund_fen != attempt.amount_fen:
            detail = f"WeChat Pay says {state.refund_fen} fen, owed {attempt.amount_fen}"
            open_task(attempt.refund, StaffTaskKind.AMOUNT_DIFFERS, detail)
            return
        if attempt.status == WechatRefundStatus.SUCCESS or attempt.status in WECHAT_ENDED:
            _compare_with_end(attempt, state, now)
            return
        before = attempt.status
        attempt.wechat_refund_id = state.refund_id[:32]
        attempt.received_account = state.received_account[:128]
        attempt.payer_refund_fen = state.payer_refund_fen
        _write_state(attempt, state, now)
        attempt.save()
        if attempt.status != before and attempt.status in UNDER_WAY:
            _put_query(attempt, now)


def _lock(attempt: WechatRefund) -> WechatRefund:
    """The attempt as it is now, under all the locks."""
    refund = lock_refund(attempt.refund_id)
    locked = WechatRefund.objects.select_for_update().get(pk=attempt.pk)
    locked.refund = refund
    return locked


def _compare_with_end(attempt: WechatRefund, state: RefundState, now: datetime) -> None:
    """A late word agrees with how the attempt ended, or a person must look: never silently."""
    refund = attempt.refund
    if attempt.status == WechatRefundStatus.SUCCESS:
        # A word from before the success may only be late: how it is now, WeChat Pay must say.
        if state.status in {Said.CLOSED, Said.ABNORMAL}:
            put_attempt(CHECK, attempt, due_at=now)
    elif state.status is Said.SUCCESS:
        if not attempt.refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).exists():
            # Alive again in the rows, it stands in the way of a second payment.
            attempt.status = WechatRefundStatus.SUCCESS
            attempt.success_at = state.success_at
            attempt.save(update_fields=["status", "success_at"])
        open_task(refund, StaffTaskKind.AMOUNT_DIFFERS, "paid after it had failed")
    elif attempt.status == WechatRefundStatus.REJECTED and state.status is not Said.CLOSED:
        open_task(refund, StaffTaskKind.AMOUNT_DIFFERS, "accepted after it had been refused")


def _write_state(attempt: WechatRefund, state: RefundState, now: datetime) -> None:
    refund = attempt.refund
    _balance_is_back(refund, now)
    match state.status:
        case Said.SUCCESS:
            attempt.status = WechatRefundStatus.SUCCESS
            attempt.success_at = state.success_at
            if refund.status in {RefundStatus.ABNORMAL, RefundStatus.FAILED}:
                over = (StaffTaskKind.REFUND_ABNORMAL, StaffTaskKind.REFUND_REVERSED)
                close_own_tasks(refund, *over, now=now)
            refund_succeeded(refund, now=now)
            start_or_put(refund, now=now)
        case Said.CLOSED:
            attempt.status = WechatRefundStatus.CLOSED
            _failed(attempt, "WeChat Pay closed the refund", now)
        case Said.ABNORMAL:
            if attempt.status != WechatRefundStatus.ABNORMAL:
                attempt.status = WechatRefundStatus.ABNORMAL
                move_refund(refund, RefundStatus.ABNORMAL, now=now)
                detail = "the payer's account refuses: see the WeChat Pay merchant portal"
                refund_in_trouble(refund, StaffTaskKind.REFUND_ABNORMAL, detail, now=now)
        case Said.PROCESSING | Said.UNRECOGNISED:
            if attempt.status == WechatRefundStatus.OPEN:
                attempt.status = WechatRefundStatus.PROCESSING


def _balance_is_back(refund: Refund, now: datetime) -> None:
    """WeChat Pay took what it had refused for want of balance."""
    if refund.status == RefundStatus.WAITING_BALANCE:
        move_refund(refund, RefundStatus.PAYING, now=now)
        close_tasks(refund, StaffTaskKind.BALANCE_TOO_LOW, now=now)


def _put_query(attempt: WechatRefund, now: datetime) -> None:
    """Notices get lost: whatever is under way is also asked for."""
    put_attempt(QUERY, attempt, due_at=now + timedelta(seconds=FIRST_QUERY_SECONDS))


def _learned(attempt: WechatRefund, state: RefundState) -> None:
    settle(attempt.out_refund_no, state, now=clock.now())
    attempt.refresh_from_db(fields=["status"])
    if attempt.status == WechatRefundStatus.OPEN:
        raise OutcomeUnknown("WeChat Pay speaks of another amount than we sent")


def _refused(attempt: WechatRefund, no: ProviderRejected, client: PayClient) -> Later | None:
    detail = f"{no.code}: {no.message}"
    if no.kind is Rejection.BALANCE:
        _lacks_balance(attempt, detail)
        return Later(BALANCE_PAUSE_SECONDS, "the merchant's balance is too low")
    if no.kind is Rejection.CONFIGURATION:
        open_task(attempt.refund, StaffTaskKind.STUCK, detail)
        return Later(CONFIGURATION_PAUSE_SECONDS, detail)
    # A refusal of a repeat may mean that the first one was heard: look before giving up.
    known = client.query_refund(attempt.out_refund_no)
    if known is not None:
        _learned(attempt, known)
        return None
    with transaction.atomic():
        attempt = _lock(attempt)
        if attempt.status == WechatRefundStatus.OPEN:
            attempt.status = WechatRefundStatus.REJECTED
            attempt.latest_error = detail[:500]
            attempt.save(update_fields=["status", "latest_error"])
            _failed(attempt, detail, clock.now())
    return None


def _lacks_balance(attempt: WechatRefund, detail: str) -> None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(attempt.refund_id)
        if refund.status == RefundStatus.PAYING:
            move_refund(refund, RefundStatus.WAITING_BALANCE, now=now)
        open_task(refund, StaffTaskKind.BALANCE_TOO_LOW, detail)


def _failed(attempt: WechatRefund, detail: str, now: datetime) -> None:
    """The money will not go this way: Saleor is told, staff act. Needs the locks."""
    refund = attempt.refund
    if refund.status == RefundStatus.FAILED:
        return  # it had come back from the bank before: Saleor and staff know
    _balance_is_back(refund, now)
    close_own_tasks(refund, StaffTaskKind.REFUND_ABNORMAL, now=now)
    move_refund(refund, RefundStatus.FAILED, now=now)
    refund_in_trouble(refund, StaffTaskKind.REFUND_REJECTED, detail, now=now)
    put(next_step(refund), refund, now=now)


def _wait_for_others(attempt: WechatRefund) -> Later | None:
    """A minute since any other refund of this payment was sent, in whichever shop."""
    since = clock.now() - BETWEEN_REFUNDS
    others = WechatRefund.objects.filter(
        wechat_transaction_id=attempt.wechat_transaction_id, sent_at__gt=since
    ).exclude(pk=attempt.pk)
    latest = others.order_by("-sent_at", "id").first()
    if latest is None or latest.sent_at is None:
        return None
    left = (latest.sent_at - since).total_seconds()
    return Later(left, "a minute between two refunds of one payment")


def _order(attempt: WechatRefund) -> RefundOrder:
    return RefundOrder(
        transaction_id=attempt.wechat_transaction_id,
        out_refund_no=attempt.out_refund_no,
        refund_fen=Fen(attempt.amount_fen),
        total_fen=Fen(attempt.total_fen),
        reason=attempt.reason,
        notify_url=f"{settings.PUBLIC_URL}/s/{attempt.shop.key}/wechat-pay/refund/",
    )


def _load(pk: UUID) -> WechatRefund:
    related = ("shop", "merchant", "refund__request")
    return WechatRefund.objects.select_related(*related).get(pk=pk)

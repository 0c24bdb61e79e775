"""Giving back a payment that no order came of.

The money is first taken off the charge in Saleor, by reporting the request of a refund: from then
on the checkout is no longer paid and cannot be ordered. Only then, and only if no order came in
between, WeChat Pay is asked; from there it goes as any refund does, up to Saleor's totals.
Refused: a task for staff, repeated. Away: repeated. Answer lost: the transaction's history shows
it, and Saleor counts a reference once.
Source: Saleor 3.23.28 as measured, 2026-11 (3.21 and 3.22 read in their code): a reported
REFUND_REQUEST moves its amount from charged to pending and the checkout is no longer covered; a
REFUND_FAILURE of the same reference moves it back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from .. import clock
from ..domain.errors import ProviderRejected, ProviderUnavailable
from ..domain.lifecycle import FINAL_REFUNDS, PAID_REFUNDS, RefundStatus
from ..models import Refund, WechatPayment
from ..models.refunds import RefundOrigin
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import TransactionFacts
from .locks import lock_refund
from .move import move_refund
from .payment_sources import paid_for
from .refund_attempts import begin_attempts, is_counted_elsewhere, open_psp
from .refund_in_saleor import WEBHOOK_LOST_AFTER
from .refund_reported import event_of, renewed, send_report
from .refunds import (
    NOT_YET_PAYING,
    RESERVE,
    TELL,
    end_run,
    load_refund,
    put,
    refused,
    trouble,
    trouble_over,
)
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

# An order that was being made while the money was still on the charge is there by then.
ORDERS_SETTLE = timedelta(seconds=60)
NOT_TOLD_SECONDS = 600.0


def begin_refund(payment: WechatPayment, amount_fen: int, why: str, *, now: datetime) -> None:
    """Owe the payer what is still charged. Takes the payment's lock; nothing if one is owed."""
    with transaction.atomic():
        payment = WechatPayment.objects.select_for_update().get(pk=payment.pk)
        if payment.refunds.filter(running=True).exists():
            return
        refund = Refund.objects.create(
            shop_id=payment.shop_id,
            origin=RefundOrigin.CHECKOUT,
            taken=payment,
            sequence=0,
            amount_fen=min(amount_fen, payment.amount_fen),
            status=RefundStatus.PLANNED,
            running=True,
        )
        close_tasks(payment, StaffTaskKind.PAID_WITHOUT_ORDER, now=now)
        detail = f"{refund.amount_fen} fen of payment {payment.out_trade_no} go back: {why}"
        open_task(refund, StaffTaskKind.REFUNDED_WITHOUT_ORDER, detail)
        put(RESERVE, refund, now=now)
    log.warning("refund.without_order", number=payment.out_trade_no, fen=refund.amount_fen, why=why)


def reserve(refund_id: UUID) -> Later | None:
    """Effect: take the money off the charge, make sure that no order has it, then pay."""
    refund = load_refund(refund_id)
    if refund.status not in NOT_YET_PAYING:
        return None
    psp = _requested(refund_id)
    there = paid_for(_taken(refund))
    is_reserved = there.transaction.has_event("REFUND_REQUEST", psp)
    needed_fen = 0 if is_reserved else refund.amount_fen
    if there.order_id and there.order_excess_fen < needed_fen:
        # The order needs its money. One that is paid without it, by a second payment, does not.
        _call_off(refund_id)
        return None
    if not is_reserved:
        if there.transaction.charged_fen < refund.amount_fen:
            detail = f"{refund.amount_fen} fen owed, {there.transaction.charged_fen} fen charged"
            return trouble(refund, StaffTaskKind.REFUND_REQUEST_REFUSED, detail)
        try:
            send_report(refund, there.transaction, psp, "REFUND_REQUEST")
        except ProviderRejected as no:
            return refused(refund, StaffTaskKind.REFUND_REQUEST_REFUSED, no)
    return _pay_once_orders_settled(refund_id)


def tell(refund_id: UUID) -> Later | None:
    """Effect: tell Saleor how it ended, and run until its totals contain it."""
    refund = load_refund(refund_id)
    if not refund.running or refund.status not in FINAL_REFUNDS:
        return None
    psp = _psp(refund_id)
    there = paid_for(_taken(refund)).transaction
    if is_counted_elsewhere(refund):
        _let_go(refund, there, psp)
        return None
    if refund.status in PAID_REFUNDS and there.is_undone(psp):
        psp = renewed(refund_id, psp)
    event = event_of(refund, there, psp)
    if event == "REFUND_FAILURE" and not there.has_event("REFUND_REQUEST", psp):
        if _may_be_stored_yet(refund):
            raise ProviderUnavailable("Saleor has not stored our answer yet")
        _end(refund_id, psp)  # Saleor was never told of it
        return None
    if not there.has_event(event, psp):
        send_report(refund, there, psp, event)
        there = paid_for(_taken(refund)).transaction
    if not there.has_event(event, psp):
        raise ProviderUnavailable("the report is not in the transaction yet")
    return _count(refund, psp, there)


def _let_go(refund: Refund, there: TransactionFacts, psp: str) -> None:
    """The money went under another number, told by its own row: nothing may stay pending for this.

    Raises ProviderUnavailable until Saleor shows that it holds nothing any more.
    """
    if there.holds_refund(psp):
        send_report(refund, there, psp, "REFUND_FAILURE")
        if paid_for(_taken(refund)).transaction.holds_refund(psp):
            raise ProviderUnavailable("the refund is still pending in the transaction")
    _end(refund.pk, psp)


def _may_be_stored_yet(refund: Refund) -> bool:
    """Saleor itself asked for it: our answer is stored soon, or with one of its own repeats."""
    if refund.origin != RefundOrigin.DASHBOARD or refund.requested_at is None:
        return False
    return clock.now() - refund.requested_at <= WEBHOOK_LOST_AFTER


def _taken(refund: Refund) -> WechatPayment:
    taken = refund.of_payment
    taken.shop = refund.shop
    return taken


def _psp(refund_id: UUID) -> str:
    with transaction.atomic():
        return open_psp(lock_refund(refund_id))


def _requested(refund_id: UUID) -> str:
    """Rows first: the reference under which Saleor is about to know it."""
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status == RefundStatus.PLANNED:
            move_refund(refund, RefundStatus.REQUESTED, now=clock.now())
        return open_psp(refund)


def _pay_once_orders_settled(refund_id: UUID) -> Later | None:
    """The first time only the moment is kept; the look that pays is a later one."""
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status != RefundStatus.REQUESTED:
            return None
        trouble_over(refund, now=now)
        if refund.requested_at is None:
            refund.requested_at = now
            refund.save(update_fields=["requested_at"])
        left = refund.requested_at + ORDERS_SETTLE - now
        if left > timedelta(0):
            return Later(left.total_seconds(), "an order may just be coming of it")
        begin_attempts(refund, now=now)
        return None


def _call_off(refund_id: UUID) -> None:
    """An order has come of the payment: it keeps its money."""
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status != RefundStatus.REQUESTED:
            return
        trouble_over(refund, now=now)
        move_refund(refund, RefundStatus.FAILED, now=now)
        close_tasks(refund, StaffTaskKind.REFUNDED_WITHOUT_ORDER, now=now)
        put(TELL, refund, now=now)
    log.info("refund.called_off", number=refund.number)


def _count(refund: Refund, psp: str, there: TransactionFacts) -> Later | None:
    """Believe Saleor's own history, not its answer."""
    booked = {e.amount_fen for e in there.events if e.psp_reference == psp}
    if booked != {refund.amount_fen}:
        detail = f"Saleor has booked {booked} fen under {psp}, paid were {refund.amount_fen}"
        open_task(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, detail)
        return Later(NOT_TOLD_SECONDS, detail)
    _end(refund.pk, psp)
    return None


def _end(refund_id: UUID, psp: str) -> None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if not refund.running:
            return
        if refund.status in PAID_REFUNDS:
            refund.counted_at = now
            close_tasks(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, now=now)
        if refund.status not in PAID_REFUNDS or is_counted_elsewhere(refund):
            refund.saleor_requests.filter(psp_reference=psp).update(ended_at=now)
        end_run(refund, now=now)

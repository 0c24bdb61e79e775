"""The last step of a refund at Saleor: tell it how the money went, and believe its totals only.

Refused: repeated, and stuck after some tries. Away: repeated. Answer lost: the transaction's own
history shows whether the report is there.
Source: Saleor 3.21-3.23 as measured, 2026-11: a report is linked to the grant only if a
REFUND_REQUEST with its pspReference is stored; one that comes earlier never reaches it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from .. import clock
from ..domain.errors import ProviderRejected, ProviderUnavailable
from ..domain.lifecycle import FINAL_REFUNDS, PAID_REFUNDS
from ..models import Refund, SaleorRefundRequest
from ..models.refunds import RefundOrigin
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import GrantFacts, OrderFacts, TransactionFacts
from .ledger import Read, lock_order
from .locks import lock_refund
from .move import note
from .refund_attempts import is_counted_elsewhere, open_saleor_attempt, renew_saleor_attempt
from .refund_in_saleor import (
    LONGEST_PAUSE_SECONDS,
    REQUESTABLE,
    WEBHOOK_LOST_AFTER,
    grant_of,
    request_unless_pending,
    transaction_of,
    yuan,
)
from .refunds import end_run, load_refund, read_order_of
from .shops import saleor_of
from .staff_tasks import close_tasks, has_task, open_task


def report(refund_id: UUID) -> Later | None:
    """Tell Saleor how the refund ended, and run until its totals contain it."""
    refund = load_refund(refund_id)
    if not refund.running or refund.status not in FINAL_REFUNDS:
        return None
    attempt = refund.saleor_requests.filter(ended_at=None).first() or out_of_band(refund_id)
    psp = attempt.psp_reference
    facts = read_order_of(refund).facts
    there = transaction_of(refund, facts)
    if is_counted_elsewhere(refund):
        _let_go(refund, there, psp)
        return None
    if refund.status in PAID_REFUNDS and there.is_undone(psp):
        psp = renewed(refund_id, psp)
    event = event_of(refund, there, psp)
    if not there.has_event(event, psp):
        if not there.has_event("REFUND_REQUEST", psp):
            _need_our_answer_stored(refund, facts)
        send_report(refund, there, psp, event)
    return _count(refund, psp, event, read_order_of(refund))


def event_of(refund: Refund, there: TransactionFacts, psp: str) -> str:
    if refund.status in PAID_REFUNDS:
        return "REFUND_SUCCESS"
    # What the bank sends back had been a success before.
    is_undone = there.has_event("REFUND_SUCCESS", psp)
    return "REFUND_REVERSE" if is_undone else "REFUND_FAILURE"


def send_report(refund: Refund, there: TransactionFacts, psp: str, event: str) -> None:
    saleor_of(refund.shop).change(
        "ReportRefund",
        {
            "transaction": there.id,
            "psp": psp,
            "type": event,
            "amount": yuan(refund.amount_fen),
            "message": "" if event == "REFUND_SUCCESS" else refund.failure[:512],
        },
    )


def _let_go(refund: Refund, there: TransactionFacts, psp: str) -> None:
    """The money went under another number, told by its own row: nothing may stay pending for this.

    Raises ProviderUnavailable until Saleor shows that it holds nothing any more.
    """
    if there.holds_refund(psp):
        send_report(refund, there, psp, "REFUND_FAILURE")
    read = read_order_of(refund)
    if transaction_of(refund, read.facts).holds_refund(psp):
        raise ProviderUnavailable("the refund is still pending in the transaction")
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if not refund.running:
            return
        refund.counted_at = now
        refund.saleor_requests.filter(psp_reference=psp).update(ended_at=now)
        end_run(refund, now=now)
        # Last, so that the ledger is written with this refund already counted.
        lock_order(refund.shop, read)


def out_of_band(refund_id: UUID) -> SaleorRefundRequest:
    """Saleor has not asked for this one: it was paid by hand, or sent back by the bank."""
    with transaction.atomic():
        refund = lock_refund(refund_id)
        found = refund.saleor_requests.filter(ended_at=None).first()
        if found is None:
            open_saleor_attempt(refund)
            found = refund.saleor_requests.get(ended_at=None)
        return found


def renewed(refund_id: UUID, psp: str) -> str:
    """Saleor heard of a failure before the money arrived after all."""
    with transaction.atomic():
        return renew_saleor_attempt(lock_refund(refund_id), psp, now=clock.now())


def _need_our_answer_stored(refund: Refund, facts: OrderFacts) -> None:
    """Return only if reporting makes sense although Saleor has not stored our pspReference.

    It will store it soon, or its delivery failed and is asked anew: then our webhook answers with
    the result. A report that comes first would never reach the grant. Raises ProviderUnavailable.
    """
    if refund.grant_id is None:
        # Without a grant nothing can stay behind. Only a plain refund of the Dashboard was asked
        # for at all, and its answer is stored within a second, or never.
        is_asked = refund.origin == RefundOrigin.DASHBOARD
        if is_asked and not _is_lost(refund):
            raise ProviderUnavailable("Saleor has not stored our answer yet")
        return
    granted = grant_of(refund, facts)
    if granted.status in REQUESTABLE:
        why_never = _ask_anew(refund, granted)
    else:
        is_lost = refund.status in PAID_REFUNDS and _is_lost(refund)
        why_never = "our answer got lost" if is_lost else ""
    if not why_never:
        raise ProviderUnavailable("Saleor has not stored our answer yet")
    # The grant stays as it is; the totals at least must be right.
    detail = f"the granted refund stays {granted.status}: {why_never}"
    open_task(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, detail)


def _ask_anew(refund: Refund, granted: GrantFacts) -> str:
    """Have our webhook called again. Why that is impossible for good; blank if it is not."""
    Refund.objects.filter(pk=refund.pk).update(requested_at=clock.now())
    try:
        request_unless_pending(refund, granted)
    except ProviderRejected as no:
        if no.code != "AMOUNT_GREATER_THAN_AVAILABLE":
            raise
        return str(no)
    return ""


def _is_lost(refund: Refund) -> bool:
    """Has Saleor's worker died with our answer in hand? Nothing there takes it up again."""
    asked_at = refund.requested_at or refund.succeeded_at
    return asked_at is not None and clock.now() - asked_at > WEBHOOK_LOST_AFTER


def _count(refund: Refund, psp: str, event: str, read: Read) -> Later | None:
    """Believe Saleor's own totals, not its answer."""
    paid = event == "REFUND_SUCCESS"
    there = transaction_of(refund, read.facts)
    if not there.has_event(event, psp):
        raise ProviderUnavailable("the report is not in the transaction yet")
    if paid and (difference := _difference(refund, psp, there)):
        open_task(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, difference)
        return Later(LONGEST_PAUSE_SECONDS, difference)
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if not refund.running:
            return None
        if paid:
            refund.counted_at = now
            _close_if_all_agrees(refund, read.facts, now)
            if refund.request is not None:
                note(refund.request, "refund_counted", now=now)
        else:
            refund.saleor_requests.filter(psp_reference=psp).update(ended_at=now)
        end_run(refund, now=now)
        # Last, so that the ledger is written with this refund already counted.
        lock_order(refund.shop, read)
    return None


def _close_if_all_agrees(refund: Refund, facts: OrderFacts, now: datetime) -> None:
    """Saleor's totals are right; a grant of the return that stays behind must still be seen."""
    if not has_task(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER):
        return
    refunds = [refund] if refund.request is None else refund.request.refunds.order_by("sequence")
    granted = [grant_of(one, facts).status for one in refunds if one.grant_id]
    if all(status == "SUCCESS" for status in granted):
        close_tasks(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, now=now)


def _difference(refund: Refund, psp: str, there: TransactionFacts) -> str:
    """How Saleor's figures differ from what was paid; blank if they do not.

    Saleor books any amount it is told, so one that is not ours would go unseen.
    """
    booked = {e.amount_fen for e in there.events if e.psp_reference == psp}
    if booked != {refund.amount_fen}:
        return f"Saleor has booked {booked} fen under {psp}, paid were {refund.amount_fen}"
    # Not what staff settled with money that Saleor had heard of already, under another name.
    counted = Refund.objects.filter(
        payment=refund.payment,
        counted_at__isnull=False,
        saleor_requests__isnull=False,
        saleor_requests__ended_at=None,
    )
    expected = refund.amount_fen + (counted.aggregate(total=Sum("amount_fen"))["total"] or 0)
    if there.refunded_fen < expected:
        return f"Saleor's total refunded is {there.refunded_fen} fen, at least {expected} were paid"
    return ""

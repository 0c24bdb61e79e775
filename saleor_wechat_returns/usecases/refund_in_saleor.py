"""The steps of a refund at Saleor after the return: grant, request, report.

None of these calls is safe in parallel or to repeat blindly, so each step first proves whether
it already happened, and all steps of an order run one after another.
Refused: a task for staff. Away: repeated. Answer lost: repeated, and the proof comes first.
Source: Saleor 3.21-3.23 as measured, 2026-11.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from .. import clock
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import FINAL_REFUNDS, RefundStatus
from ..domain.money import Fen, yuan_of_fen
from ..models import Refund
from ..models.ledger import PaymentOwner
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import GrantFacts, OrderFacts, TransactionFacts
from .ledger import Read, lock_order
from .locks import lock_refund
from .move import move_refund, note
from .refunds import (
    NOT_YET_PAYING,
    REQUEST,
    end_run,
    load_refund,
    put,
    read_order_of,
    refund_in_trouble,
    refused,
    trouble,
    trouble_over,
)
from .shops import app_ids_of, merchant_for, saleor_of
from .staff_tasks import open_task

# Its worker calls our webhook well within a second of a request; it repeats for five minutes.
WEBHOOK_LATE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 600.0
# After this Saleor's own repeats are over: its worker died with the request in hand.
WEBHOOK_LOST_AFTER = timedelta(minutes=6)
# A grant in these states can be requested; in the others it was, and Saleor says so by a code.
REQUESTABLE = frozenset({"NONE", "FAILURE"})
ALREADY_REQUESTED = frozenset({"REFUND_IS_PENDING", "REFUND_ALREADY_PROCESSED"})
LONGEST_WECHAT_NUMBER = 32


def grant(refund_id: UUID) -> Later | None:
    """Grant the refund in Saleor, with its exact amount."""
    refund = load_refund(refund_id)
    if refund.grant_id is None:
        bearer = refund.bearer
        if bearer.owner != PaymentOwner.OURS or len(bearer.psp_reference) > LONGEST_WECHAT_NUMBER:
            _leave_to_staff(refund)
            return None
        if merchant_for(refund.shop, refund.order.channel) is None:
            return _without_merchant(refund)
        try:
            grant_id = _find_or_create_grant(refund, read_order_of(refund).facts)
        except ProviderRejected as no:
            return refused(refund, StaffTaskKind.GRANT_REFUSED, no)
        Refund.objects.filter(pk=refund.pk).update(grant_id=grant_id)
    with transaction.atomic():
        refund = lock_refund(refund_id)
        trouble_over(refund, now=clock.now())
        put(REQUEST, refund, now=clock.now())
    return None


def request(refund_id: UUID) -> Later | None:
    """Ask Saleor to request the granted refund; it then calls our webhook."""
    refund = load_refund(refund_id)
    if refund.status in FINAL_REFUNDS or refund.saleor_requests.filter(ended_at=None).exists():
        return None  # the webhook came: its own steps carry on
    if merchant_for(refund.shop, refund.order.channel) is None:
        return _without_merchant(refund)
    granted = _grant_of(refund, read_order_of(refund).facts)
    if granted.amount_fen != refund.amount_fen:
        # Staff changed it while it could be changed; our webhook would refuse such a request.
        detail = f"the grant is of {granted.amount_fen} fen, owed are {refund.amount_fen}"
        return trouble(refund, StaffTaskKind.GRANT_REFUSED, detail)
    try:
        _request_unless_pending(refund, granted)
    except ProviderRejected as no:
        return refused(refund, StaffTaskKind.REFUND_REQUEST_REFUSED, no)
    return _wait_for_webhook(refund_id)


def report(refund_id: UUID) -> Later | None:
    """Tell Saleor how the refund ended, and run until its totals contain it."""
    refund = load_refund(refund_id)
    if not refund.running or refund.status not in FINAL_REFUNDS:
        return None
    psp = refund.saleor_requests.get(ended_at=None).psp_reference
    paid = refund.status == RefundStatus.SUCCEEDED
    event = "REFUND_SUCCESS" if paid else "REFUND_FAILURE"
    facts = read_order_of(refund).facts
    there = _transaction_of(refund, facts)
    if not there.has_event(event, psp):
        if not there.has_event("REFUND_REQUEST", psp):
            _need_our_answer_stored(refund, facts)
        saleor_of(refund.shop).change(
            "ReportRefund",
            {
                "transaction": there.id,
                "psp": psp,
                "type": event,
                "amount": _yuan(refund.amount_fen),
                "message": "" if paid else refund.failure[:512],
            },
        )
    return _count(refund, psp, paid=paid, read=read_order_of(refund))


# --- the grant


def _find_or_create_grant(refund: Refund, facts: OrderFacts) -> str:
    found = _same_grant(refund, facts)
    if found is not None:
        return found.id
    there = _transaction_of(refund, facts)
    if not 0 < refund.amount_fen <= there.charged_fen:
        raise _left_too_little(refund, there)
    with_lines = _grant_input(refund, lines=refund.sequence == 1)
    variables = {"order": facts.id, "input": with_lines}
    try:
        answer = saleor_of(refund.shop).change("GrantRefund", variables)
    except ProviderRejected as no:
        if no.code != "QUANTITY_GREATER_THAN_AVAILABLE":
            raise
        # Staff granted these lines already: quantities count over all grants, even failed ones.
        variables = {"order": facts.id, "input": _grant_input(refund, lines=False)}
        answer = saleor_of(refund.shop).change("GrantRefund", variables)
    return str(answer["grantedRefund"]["id"])


def _same_grant(refund: Refund, facts: OrderFacts) -> GrantFacts | None:
    """The grant a former try made. Its maker vanishes with an App row; our number stays."""
    ours = app_ids_of(refund.shop)
    for grant in facts.grants:
        if (
            grant.reason == refund.grant_reason
            and (not grant.app_id or grant.app_id in ours)
            and grant.transaction_id == refund.bearer.transaction_id
            and grant.amount_fen == refund.amount_fen
        ):
            return grant
    return None


def _grant_input(refund: Refund, *, lines: bool) -> dict[str, Any]:
    """The amount is always explicit: Saleor's own sum is unit price × quantity, rounded."""
    wanted: dict[str, Any] = {
        "amount": _yuan(refund.amount_fen),
        "transactionId": refund.bearer.transaction_id,
        "reason": refund.grant_reason,
    }
    if lines:
        parts = refund.request.lines.select_related("line").order_by("line_id")
        wanted["lines"] = [
            {"id": part.line.order_line_id, "quantity": part.quantity}
            for part in parts
            if part.quantity
        ]
    return wanted


def _left_too_little(refund: Refund, there: TransactionFacts) -> ProviderRejected:
    return ProviderRejected(
        Rejection.BUSINESS,
        "AMOUNT_GREATER_THAN_AVAILABLE",
        f"{refund.amount_fen} fen owed, {there.charged_fen} fen left on the transaction",
    )


def _leave_to_staff(refund: Refund) -> None:
    """Nobody but staff can pay it back: it makes way for the order's other refunds."""
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        refund_in_trouble(refund, StaffTaskKind.PAYMENT_NOT_OURS, refund.bearer.owner, now=now)
        end_run(refund, now=now)


def _without_merchant(refund: Refund) -> Later:
    return trouble(refund, StaffTaskKind.MERCHANT_MISSING, f"channel {refund.order.channel}")


# --- the request


def _request_unless_pending(refund: Refund, granted: GrantFacts) -> None:
    """Ask Saleor to call our webhook, unless it was asked already. Raises ProviderRejected."""
    if granted.status not in REQUESTABLE:
        return
    try:
        saleor_of(refund.shop).change("RequestRefund", {"grant": granted.id})
    except ProviderRejected as no:
        if no.code not in ALREADY_REQUESTED:
            raise


def _wait_for_webhook(refund_id: UUID) -> Later | None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status not in NOT_YET_PAYING:
            return None  # it came before our own answer
        trouble_over(refund, now=now)
        if refund.status == RefundStatus.PLANNED:
            refund.requested_at = now
            move_refund(refund, RefundStatus.REQUESTED, now=now)
        waited = now - (refund.requested_at or now)
        if waited > WEBHOOK_LOST_AFTER:
            open_task(refund.request, StaffTaskKind.STUCK, "Saleor never called our refund webhook")
    pause = min(max(WEBHOOK_LATE_SECONDS, waited.total_seconds() / 2), LONGEST_PAUSE_SECONDS)
    return Later(pause, "waiting for Saleor's webhook")


# --- the end


def _need_our_answer_stored(refund: Refund, facts: OrderFacts) -> None:
    """Return only if reporting makes sense although Saleor has not stored our pspReference.

    It will store it soon, or its delivery failed and is asked anew: then our webhook answers with
    the result. A report that comes first would never reach the grant. Raises ProviderUnavailable.
    """
    granted = _grant_of(refund, facts)
    why_never = _ask_anew(refund, granted) if granted.status in REQUESTABLE else _lost(refund)
    if not why_never:
        raise ProviderUnavailable("Saleor has not stored our answer yet")
    # The grant stays as it is; the totals at least must be right.
    detail = f"the granted refund stays {granted.status}: {why_never}"
    open_task(refund.request, StaffTaskKind.SALEOR_TOTALS_DIFFER, detail)


def _ask_anew(refund: Refund, granted: GrantFacts) -> str:
    """Have our webhook called again. Why that is impossible for good; blank if it is not."""
    Refund.objects.filter(pk=refund.pk).update(requested_at=clock.now())
    try:
        _request_unless_pending(refund, granted)
    except ProviderRejected as no:
        if no.code != "AMOUNT_GREATER_THAN_AVAILABLE":
            raise
        return str(no)
    return ""


def _lost(refund: Refund) -> str:
    """Has Saleor's worker died with our answer in hand? Nothing there takes it up again."""
    asked_at = refund.requested_at or refund.succeeded_at
    if refund.status != RefundStatus.SUCCEEDED or asked_at is None:
        return ""
    return "our answer got lost" if clock.now() - asked_at > WEBHOOK_LOST_AFTER else ""


def _count(refund: Refund, psp: str, *, paid: bool, read: Read) -> Later | None:
    """Believe Saleor's own totals, not its answer."""
    there = _transaction_of(refund, read.facts)
    if not there.has_event("REFUND_SUCCESS" if paid else "REFUND_FAILURE", psp):
        raise ProviderUnavailable("the report is not in the transaction yet")
    if paid and (difference := _difference(refund, psp, there)):
        open_task(refund.request, StaffTaskKind.SALEOR_TOTALS_DIFFER, difference)
        return Later(LONGEST_PAUSE_SECONDS, difference)
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if not refund.running:
            return None
        if paid:
            refund.counted_at = now
            note(refund.request, "refund_counted", now=now)
        else:
            refund.saleor_requests.filter(psp_reference=psp).update(ended_at=now)
        end_run(refund, now=now)
        # Last, so that the ledger is written with this refund already counted.
        lock_order(refund.shop, read)
    return None


def _difference(refund: Refund, psp: str, there: TransactionFacts) -> str:
    """How Saleor's figures differ from what was paid; blank if they do not.

    Saleor books any amount it is told, so one that is not ours would go unseen.
    """
    booked = {e.amount_fen for e in there.events if e.psp_reference == psp}
    if booked != {refund.amount_fen}:
        return f"Saleor has booked {booked} fen under {psp}, paid were {refund.amount_fen}"
    counted = Refund.objects.filter(payment=refund.payment, counted_at__isnull=False)
    expected = refund.amount_fen + (counted.aggregate(total=Sum("amount_fen"))["total"] or 0)
    if there.refunded_fen < expected:
        return f"Saleor's total refunded is {there.refunded_fen} fen, at least {expected} were paid"
    return ""


def _transaction_of(refund: Refund, facts: OrderFacts) -> TransactionFacts:
    there = facts.transaction(refund.bearer.transaction_id)
    if there is None:
        raise ProviderUnavailable("Saleor does not show the transaction")
    return there


def _grant_of(refund: Refund, facts: OrderFacts) -> GrantFacts:
    there = facts.grant(refund.grant_id or "")
    if there is None:
        raise ProviderUnavailable("Saleor does not show the granted refund")
    return there


def _yuan(fen: int) -> str:
    return str(yuan_of_fen(Fen(fen)))

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
from .refunds import REQUEST, end_run, load_refund, put, read_order_of, trouble
from .shops import app_ids_of, merchant_for, saleor_of
from .staff_tasks import open_task

# Saleor stores our webhook answer within about a second of getting it.
ANSWER_STORED_SECONDS = 2.0
# Its worker calls our webhook well within a second of a request; it repeats for five minutes.
WEBHOOK_LATE_SECONDS = 60.0
# While a person has to mend something first.
TROUBLE_SECONDS = 600.0
# After this Saleor's own repeats are over: its worker died with the request in hand.
WEBHOOK_LOST_AFTER = timedelta(minutes=6)


def grant(refund_id: UUID) -> Later | None:
    """Grant the refund in Saleor, with its exact amount."""
    refund = load_refund(refund_id)
    if refund.grant_id is None:
        if refund.bearer.owner != PaymentOwner.OURS:
            trouble(refund, StaffTaskKind.PAYMENT_NOT_OURS, refund.bearer.owner)
            return None
        if merchant_for(refund.shop, refund.order.channel) is None:
            trouble(refund, StaffTaskKind.MERCHANT_MISSING, f"channel {refund.order.channel}")
            return Later(TROUBLE_SECONDS, "no WeChat Pay merchant for the channel")
        try:
            grant_id = _find_or_create_grant(refund, read_order_of(refund).facts)
        except ProviderRejected as no:
            trouble(refund, StaffTaskKind.GRANT_REFUSED, str(no))
            return None
        Refund.objects.filter(pk=refund.pk).update(grant_id=grant_id)
    with transaction.atomic():
        put(REQUEST, refund, now=clock.now())
    return None


def request(refund_id: UUID) -> Later | None:
    """Ask Saleor to request the granted refund; it then calls our webhook."""
    refund = load_refund(refund_id)
    if refund.status in FINAL_REFUNDS or refund.saleor_requests.filter(ended_at=None).exists():
        return None  # the webhook came: its own steps carry on
    granted = _grant_of(refund, read_order_of(refund).facts)
    if granted.status in {"NONE", "FAILURE"}:
        try:
            saleor_of(refund.shop).change("RequestRefund", {"grant": granted.id})
        except ProviderRejected as no:
            if no.code not in {"REFUND_IS_PENDING", "REFUND_ALREADY_PROCESSED"}:
                trouble(refund, StaffTaskKind.REFUND_REQUEST_REFUSED, str(no))
                return None
        with transaction.atomic():
            refund = lock_refund(refund_id)
            if refund.status == RefundStatus.PLANNED:
                refund.requested_at = clock.now()
                move_refund(refund, RefundStatus.REQUESTED, now=clock.now())
    elif refund.requested_at and clock.now() - refund.requested_at > WEBHOOK_LOST_AFTER:
        open_task(refund.request, StaffTaskKind.STUCK, "Saleor never called our refund webhook")
    pause = TROUBLE_SECONDS if refund.failure else WEBHOOK_LATE_SECONDS
    return Later(pause, "waiting for Saleor's webhook")


def report(refund_id: UUID) -> Later | None:
    """Tell Saleor how the refund ended, and run until its totals contain it."""
    refund = load_refund(refund_id)
    if not refund.running:
        return None
    psp = refund.saleor_requests.get(ended_at=None).psp_reference
    paid = refund.status == RefundStatus.SUCCEEDED
    event = "REFUND_SUCCESS" if paid else "REFUND_FAILURE"
    there = _transaction_of(refund, read_order_of(refund).facts)
    if not there.has_event(event, psp):
        if not there.has_event("REFUND_REQUEST", psp):
            return _wait_for_our_answer(refund)
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
    _count(refund, psp, paid=paid, read=read_order_of(refund))
    return None


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
    ours = app_ids_of(refund.shop)
    for grant in facts.grants:
        if (
            grant.reason == refund.grant_reason
            and grant.app_id in ours
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


# --- the end


def _wait_for_our_answer(refund: Refund) -> Later:
    """Saleor has not stored our pspReference: it will, or its delivery failed and is asked anew.

    Reporting before it is stored would never reach the grant.
    """
    granted = _grant_of(refund, read_order_of(refund).facts)
    if granted.status in {"NONE", "FAILURE"}:
        saleor_of(refund.shop).change("RequestRefund", {"grant": granted.id})
    return Later(ANSWER_STORED_SECONDS, "waiting for Saleor to store our answer")


def _count(refund: Refund, psp: str, *, paid: bool, read: Read) -> None:
    """Believe Saleor's own totals, not its answer."""
    there = _transaction_of(refund, read.facts)
    if not there.has_event("REFUND_SUCCESS" if paid else "REFUND_FAILURE", psp):
        raise ProviderUnavailable("the report is not in the transaction yet")
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if not refund.running:
            return
        if paid:
            refund.counted_at = now
            note(refund.request, "refund_counted", now=now)
        else:
            refund.saleor_requests.filter(psp_reference=psp).update(ended_at=now)
        end_run(refund, now=now)
        # Last, so that the ledger is written with this refund already counted.
        lock_order(refund.shop, read)


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

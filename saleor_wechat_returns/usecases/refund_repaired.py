"""A grant that stays PENDING although its refund is paid and counted.

It arises when Saleor stores our pspReference only after we had to report out of band: the report
is then linked to nothing, and repeating it changes nothing.
Source: Saleor 3.23.28 as measured, 2026-11: REFUND_REVERSE with the old pspReference frees the
grant; the next request is answered with a fresh one and the known result.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from .. import clock
from ..domain.lifecycle import PAID_REFUNDS
from ..models import Refund
from ..outbox import Later
from ..saleor.payloads import GrantFacts, TransactionFacts
from .locks import lock_refund
from .refund_attempts import renew_saleor_attempt
from .refund_in_saleor import grant_of, transaction_of, yuan
from .refunds import REPORT, load_refund, put, read_order_of
from .shops import saleor_of

BEHIND_OTHERS_SECONDS = 60.0


def repair(refund_id: UUID) -> Later | None:
    """Effect: free the grant, and have it asked for again; the answer then carries the result.

    Refused or away: repeated. Answer lost: the transaction's history shows the reversal.
    """
    refund = load_refund(refund_id)
    attempt = refund.saleor_requests.filter(ended_at=None).first()
    if refund.status not in PAID_REFUNDS or refund.grant_id is None or attempt is None:
        return None
    facts = read_order_of(refund).facts
    there, granted = transaction_of(refund, facts), grant_of(refund, facts)
    psp = attempt.psp_reference
    if not there.has_event("REFUND_REVERSE", psp):
        if not _is_unlinked(granted, there, psp):
            return None
        if not _take_slot(refund_id):
            return Later(BEHIND_OTHERS_SECONDS, "another refund of the order runs")
        _reverse(refund, there, psp)
    _begin_again(refund_id, psp)
    return None


def _is_unlinked(granted: GrantFacts, there: TransactionFacts, psp: str) -> bool:
    return (
        granted.status == "PENDING"
        and there.has_event("REFUND_REQUEST", psp)
        and there.has_event("REFUND_SUCCESS", psp)
    )


def _take_slot(refund_id: UUID) -> bool:
    """Rows first: from here on Saleor's totals may not contain the refund."""
    with transaction.atomic():
        refund = lock_refund(refund_id)
        others = Refund.objects.filter(order=refund.order_id, running=True).exclude(pk=refund.pk)
        if others.exists():
            return False
        refund.running = True
        refund.counted_at = None
        refund.save(update_fields=["running", "counted_at"])
        return True


def _reverse(refund: Refund, there: TransactionFacts, psp: str) -> None:
    saleor_of(refund.shop).change(
        "ReportRefund",
        {
            "transaction": there.id,
            "psp": psp,
            "type": "REFUND_REVERSE",
            "amount": yuan(refund.amount_fen),
            "message": "repaired by the returns app: the refund itself stands",
        },
    )


def _begin_again(refund_id: UUID, psp: str) -> None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        renew_saleor_attempt(refund, psp, now=now)
        put(REPORT, refund, now=now)

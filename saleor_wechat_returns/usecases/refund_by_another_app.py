"""A refund on another app's transaction: that app pays, and Saleor's grant says how it ended.

We ask and look, with growing pauses; the other app's provider is none of our business.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from .. import clock
from ..domain.lifecycle import RefundStatus
from ..models import Refund
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import GrantFacts
from .ledger import Read, lock_order
from .locks import lock_refund
from .move import move_refund, note
from .refund_in_saleor import grant_of
from .refunds import end_run, load_refund, read_order_of, refund_in_trouble, refund_succeeded
from .staff_tasks import open_task

FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0
# Providers take days for a bank card; staff should look before the customer asks.
SLOW_AFTER = timedelta(days=2)


def follow(refund_id: UUID) -> Later | None:
    """Look at the grant until the transaction's owner has paid or failed."""
    refund = load_refund(refund_id)
    if refund.status != RefundStatus.REQUESTED:
        return None
    read = read_order_of(refund)
    granted = grant_of(refund, read.facts)
    if granted.status in {"SUCCESS", "FAILURE"}:
        _end(refund, granted, read)
        return None
    waited = clock.now() - (refund.requested_at or clock.now())
    if waited > SLOW_AFTER:
        open_task(refund, StaffTaskKind.STUCK, "the transaction's own app has not answered")
    pause = min(max(FIRST_PAUSE_SECONDS, waited.total_seconds() / 2), LONGEST_PAUSE_SECONDS)
    return Later(pause, "waiting for the transaction's own app")


def _end(refund: Refund, granted: GrantFacts, read: Read) -> None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if refund.status != RefundStatus.REQUESTED:
            return
        if granted.status == "SUCCESS":
            _count(refund, granted, now)
        else:
            move_refund(refund, RefundStatus.FAILED, now=now)
            detail = "the transaction's own app refused: see the order's transaction in Saleor"
            refund_in_trouble(refund, StaffTaskKind.REFUND_REJECTED, detail, now=now)
        end_run(refund, now=now)
        # Last, so that the ledger is written with this refund already counted.
        lock_order(refund.shop, read)


def _count(refund: Refund, granted: GrantFacts, now: datetime) -> None:
    """Saleor books any amount an app reports, and calls the grant a success all the same."""
    booked = sum(e.amount_fen or 0 for e in granted.events if e.type == "REFUND_SUCCESS")
    if booked != refund.amount_fen:
        detail = f"the transaction's own app paid {booked} fen, owed were {refund.amount_fen}"
        open_task(refund, StaffTaskKind.SALEOR_TOTALS_DIFFER, detail)
    refund.counted_at = now
    refund_succeeded(refund, now=now)
    if refund.request is not None:
        note(refund.request, "refund_counted", now=now)

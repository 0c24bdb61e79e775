"""When pictures and videos go: attached to nothing for a day, or long after their return ended.

Never while the return is open or held for a dispute. The file goes; its hash, its size and when it
came stay as a mark that there was one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from ..domain.evidence import EvidenceStatus
from ..domain.lifecycle import Status
from ..models import Evidence, ReturnRequest, UploadTicket
from .locks import lock_request
from .safety import forget_pictures
from .stored_files import give_up

log = structlog.get_logger(__name__)

ENDED = (Status.REFUNDED, Status.CANCELED, Status.CLOSED)
MOST_AT_ONCE = 500


def erase_due(*, now: datetime) -> int:
    """Erase whatever its time has come for; how many. Each is a transaction of its own."""
    erased = 0
    for pk, request_pk in _due(now).values_list("pk", "request_id")[:MOST_AT_ONCE]:
        with transaction.atomic():
            # A return that is being held for a dispute at this moment is waited for.
            if request_pk is not None:
                lock_request(request_pk)
            erased += _erase_if_still_due(pk, now)
    tickets = UploadTicket.objects.filter(evidence=None, created_at__lt=_unattached_since(now))
    tickets.delete()
    return erased


def is_wanted_as_proof(request: ReturnRequest) -> bool:
    """Is something of this return still to be decided, or held for a dispute?"""
    return request.legal_hold or request.status not in ENDED


def erase(evidence: Evidence, *, now: datetime) -> None:
    """Erase one, in the caller's transaction, which has its lock and knows that it may."""
    forget_pictures(evidence, now=now)
    give_up(evidence.original_key, evidence.shown_key, evidence.thumbnail_key, now=now)
    evidence.status, evidence.erased_at = EvidenceStatus.ERASED, now
    evidence.original_key = evidence.shown_key = evidence.thumbnail_key = ""
    evidence.save()
    log.info("evidence.erased", evidence=str(evidence.pk))


def _erase_if_still_due(pk: UUID, now: datetime) -> bool:
    evidence = _due(now).filter(pk=pk).select_for_update(of=("self",)).first()
    if evidence is not None:
        erase(evidence, now=now)
    return evidence is not None


def _due(now: datetime) -> QuerySet[Evidence]:
    """Oldest first. A return's later events, as a refund sent back by a bank, keep it longer."""
    kept = Evidence.objects.exclude(status=EvidenceStatus.ERASED)
    since = _unattached_since(now)
    # Of a parcel of nobody: while it is looked for, and no longer.
    is_looked_for = Q(unmatched__isnull=False) & (
        Q(unmatched__ended_at=None) | Q(unmatched__ended_at__gte=since)
    )
    unattached = kept.filter(~is_looked_for, request=None, received_at__lt=since)
    old = kept.filter(
        request__status__in=ENDED,
        request__legal_hold=False,
        request__updated_at__lt=now - timedelta(days=settings.EVIDENCE_RETENTION_DAYS),
    )
    return (unattached | old).order_by("received_at", "id")


def _unattached_since(now: datetime) -> datetime:
    return now - timedelta(hours=settings.EVIDENCE_UNATTACHED_HOURS)

"""What was uploaded becomes evidence of a return: once, by whoever uploaded it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.evidence import EvidenceStatus, Medium, Shows
from ..domain.policy import Reason, missing_evidence
from ..models import (
    Evidence,
    ReturnableLine,
    ReturnAppeal,
    ReturnMessage,
    ReturnRequest,
    UnmatchedParcel,
    UploadTicket,
)
from .access import Viewer
from .checklist import shown_by
from .safety import now_attached

UNUSABLE = (EvidenceStatus.UNREADABLE, EvidenceStatus.ERASED)
TURNED_AWAY_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WantedEvidence:
    """`id`: of our row; `order_line_id`: Saleor's, of a line in the return, if it is of one."""

    id: str
    shows: Shows | None = None
    order_line_id: str | None = None


def told_of(wanted: Sequence[WantedEvidence]) -> dict[str, list[str]]:
    """For the data of the event that the evidence comes with: the history says how much came."""
    return {"evidence": [want.id for want in wanted]} if wanted else {}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where evidence is to be attached."""

    request: ReturnRequest
    message: ReturnMessage | None
    appeal: ReturnAppeal | None

    def has(self, evidence: Evidence) -> bool:
        there = (evidence.request_id, evidence.message_id, evidence.appeal_id)
        return there == (
            self.request.pk,
            self.message and self.message.pk,
            self.appeal and self.appeal.pk,
        )


def attach(
    viewer: Viewer,
    request: ReturnRequest,
    wanted: Sequence[WantedEvidence],
    *,
    field: str,
    now: datetime,
    message: ReturnMessage | None = None,
    appeal: ReturnAppeal | None = None,
) -> None:
    """Attach evidence to the return and, if given, to its message or appeal.

    In the caller's transaction, which holds the return's lock. What is attached there already
    stays, so a list may be given whole again. Raises Refusal with every reason.
    """
    if not wanted:
        return
    if len(wanted) > settings.EVIDENCE_PER_RETURN:
        raise refuse(ErrorCode.TOO_MANY, field)
    place = _Place(request, message, appeal)
    found = _lock(viewer, wanted)
    lines = {part.line.order_line_id: part.line for part in request.lines.select_related("line")}
    faults = []
    for want in wanted:
        evidence = found.get(want.id)
        if fault := _fault_of(want, evidence, place, lines, field):
            faults.append(fault)
        elif evidence is not None and evidence.request_id is None:
            evidence.request, evidence.message, evidence.appeal = request, message, appeal
            evidence.line = lines.get(want.order_line_id or "")
            evidence.shows = want.shows or evidence.shows
            evidence.attached_at = now
            evidence.save()
            now_attached(evidence, now=now)
    if faults:
        raise Refusal(*faults)
    if request.evidence.count() > settings.EVIDENCE_PER_RETURN:
        raise refuse(ErrorCode.TOO_MANY, field)


def attach_unmatched(
    viewer: Viewer, parcel: UnmatchedParcel, wanted: Sequence[WantedEvidence], *, field: str
) -> None:
    """Photos of a parcel of nobody, kept with it. Raises Refusal with every reason."""
    if len(wanted) > settings.EVIDENCE_PER_RETURN:
        raise refuse(ErrorCode.TOO_MANY, field)
    found, faults = _lock(viewer, wanted), []
    for want in wanted:
        evidence = found.get(want.id)
        if evidence is None:
            faults.append(Fault(ErrorCode.NOT_FOUND, f"{field}.id"))
        elif evidence.status in UNUSABLE:
            faults.append(Fault(ErrorCode.EVIDENCE_UNREADABLE, f"{field}.id"))
        elif evidence.request_id or evidence.unmatched_id not in (None, parcel.pk):
            faults.append(Fault(ErrorCode.EVIDENCE_ATTACHED, f"{field}.id"))
        elif want.order_line_id is not None:
            faults.append(Fault(ErrorCode.LINE_NOT_IN_ORDER, f"{field}.orderLineId"))
        else:
            evidence.unmatched, evidence.shows = parcel, want.shows or evidence.shows
            evidence.save(update_fields=["unmatched", "shows"])
    if faults:
        raise Refusal(*faults)


def now_of_return(parcel: UnmatchedParcel, request: ReturnRequest, *, now: datetime) -> None:
    """The parcel has been matched, and its photos are the return's. Needs the return's lock."""
    photos = parcel.evidence.exclude(status=EvidenceStatus.ERASED).filter(request=None)
    for evidence in photos.select_for_update().order_by("pk"):
        evidence.request, evidence.attached_at = request, now
        evidence.save(update_fields=["request", "attached_at"])
        now_attached(evidence, now=now)


def need_evidence(viewer: Viewer, request: ReturnRequest, reason: Reason, *, now: datetime) -> None:
    """What the reason asks for is attached and may be read. Raises Refusal(EVIDENCE_REQUIRED).

    What the viewer tried to upload lately while our storage was away counts as given: the window
    may end today. Staff ask for it once it can be shown.
    """
    if not reason.evidence:
        return
    given = shown_by(request.evidence.exclude(status__in=UNUSABLE))
    if missing_evidence(reason.evidence, given + _turned_away(viewer, now)):
        raise refuse(ErrorCode.EVIDENCE_REQUIRED, "evidence")


def _turned_away(viewer: Viewer, now: datetime) -> list[tuple[Medium, Shows]]:
    tickets = UploadTicket.objects.filter(
        shop=viewer.shop,
        caller__in=viewer.keys,
        used_at=None,
        turned_away_at__gt=now - TURNED_AWAY_LATELY,
    )
    return [(Medium(ticket.medium), Shows(ticket.shows)) for ticket in tickets.order_by("id")]


def _lock(viewer: Viewer, wanted: Sequence[WantedEvidence]) -> dict[str, Evidence]:
    """The viewer's own among them, in one order."""
    ids = [pk for pk in (_uuid(want.id) for want in wanted) if pk is not None]
    mine = Evidence.objects.filter(shop=viewer.shop, caller__in=viewer.keys, pk__in=ids)
    return {str(evidence.pk): evidence for evidence in mine.order_by("pk").select_for_update()}


def _fault_of(
    want: WantedEvidence,
    evidence: Evidence | None,
    place: _Place,
    lines: dict[str, ReturnableLine],
    field: str,
) -> Fault | None:
    if evidence is None:
        return Fault(ErrorCode.NOT_FOUND, f"{field}.id")
    if evidence.status in UNUSABLE:
        return Fault(ErrorCode.EVIDENCE_UNREADABLE, f"{field}.id")
    is_elsewhere = evidence.unmatched_id is not None and evidence.request_id is None
    if is_elsewhere or (evidence.request_id is not None and not place.has(evidence)):
        return Fault(ErrorCode.EVIDENCE_ATTACHED, f"{field}.id")
    if want.order_line_id is not None and want.order_line_id not in lines:
        where = (want.order_line_id,)
        return Fault(ErrorCode.LINE_NOT_IN_ORDER, f"{field}.orderLineId", lines=where)
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""Differences of a day: noted once however often they are found, explained by people.

The one writer of `Difference`. What a later comparison does not find again is gone; what somebody
explained stays explained while its amounts stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, Q

from ..domain.differences import DifferenceKind, DifferenceState
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..models import Difference, Reconciliation
from .access import Viewer
from .texts import fault_of_text
from .viewing import check_rows

log = structlog.get_logger(__name__)

LONGEST_EXPLANATION = 1000
ALIVE = (DifferenceState.OPEN, DifferenceState.EXPLAINED)


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found. Amounts where they say something."""

    kind: DifferenceKind
    number: str
    ours_fen: int | None = None
    theirs_fen: int | None = None
    detail: str = ""
    explanation: str = ""  # it explains itself


def rewrite(run: Reconciliation, **fields: Any) -> None:
    """Write how a comparison stands, unless a newer turn has begun meanwhile."""
    Reconciliation.objects.filter(pk=run.pk, turn=run.turn).update(**fields)
    for name, value in fields.items():
        setattr(run, name, value)


def note(run: Reconciliation, found: Found) -> Difference:
    """Write a difference down, or find it again. Needs a transaction."""
    row, is_new = Difference.objects.select_for_update(of=("self",)).get_or_create(
        reconciliation=run,
        kind=found.kind,
        number=found.number,
        defaults={
            "shop_id": run.shop_id,
            "state": DifferenceState.OPEN,
            "turn": run.turn,
            "ours_fen": found.ours_fen,
            "theirs_fen": found.theirs_fen,
            "detail": found.detail[:500],
        },
    )
    before = (row.state, row.ours_fen, row.theirs_fen, row.detail)
    row.turn = max(row.turn, run.turn)  # never back to that of a worker who is late
    row.ours_fen, row.theirs_fen = found.ours_fen, found.theirs_fen
    row.detail = found.detail[:500]
    row.explanation = row.explanation or found.explanation[:LONGEST_EXPLANATION]
    row.state = _state(row, found, before)
    if not is_new and before != (row.state, row.ours_fen, row.theirs_fen, row.detail):
        row.version += 1
    row.save()
    if is_new:
        log.warning("difference.found", kind=row.kind, number=row.number)
    return row


def _state(row: Difference, found: Found, before: tuple[Any, ...]) -> DifferenceState:
    """What people said explains the amounts that they saw, and no others."""
    was, *amounts, _ = before
    if found.explanation:
        return DifferenceState.EXPLAINED
    is_other = amounts != [found.ours_fen, found.theirs_fen] or was == DifferenceState.OPEN
    is_explained = row.explanation and not is_other
    return DifferenceState.EXPLAINED if is_explained else DifferenceState.OPEN


def taken(difference_pk: UUID, detail: str) -> None:
    """What stood only in the bill is in our rows now."""
    with transaction.atomic():
        row = Difference.objects.select_for_update().get(pk=difference_pk)
        row.state, row.detail = DifferenceState.TAKEN, detail[:500]
        row.version += 1
        row.save(update_fields=["state", "detail", "version"])
    log.info("difference.taken", kind=row.kind, number=row.number)


def forget_the_others(run: Reconciliation) -> None:
    """What this comparison did not find is gone. Needs a transaction."""
    others = run.differences.filter(state__in=ALIVE, turn__lt=run.turn).order_by("pk")
    for row in others.select_for_update():
        row.state = DifferenceState.GONE
        row.version += 1
        row.save(update_fields=["state", "version"])


def explain(
    staff: Viewer, pk: UUID | None, text: str, *, expected_version: int, now: datetime
) -> Difference:
    """Staff write down why two sides differ; it survives the next comparison. Raises Refusal."""
    fault = fault_of_text(text, "explanation", longest=LONGEST_EXPLANATION)
    if fault is None and not text:
        fault = Fault(ErrorCode.REQUIRED, "explanation")
    if fault:
        raise Refusal(fault)
    with transaction.atomic():
        rows = Difference.objects.select_for_update(of=("self",)).filter(shop=staff.shop)
        row = rows.select_related("reconciliation").filter(pk=pk).first() if pk else None
        if row is None:
            raise refuse(ErrorCode.NOT_FOUND, "differenceId")
        if row.version != expected_version:
            raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion")
        row.explanation, row.explained_by, row.explained_at = text, staff.user_id, now
        if row.state == DifferenceState.OPEN:
            row.state = DifferenceState.EXPLAINED
        row.version += 1
        row.save()
    return row


def list_reconciliations(
    staff: Viewer, *, first: int, after: UUID | None
) -> tuple[list[Reconciliation], bool]:
    """A page of the shop's days, newest first, and whether there is another. Raises Refusal."""
    check_rows(first)
    is_open = Q(differences__state=DifferenceState.OPEN)
    found = Reconciliation.objects.filter(shop=staff.shop).order_by("-day", "-pk")
    found = found.annotate(open_differences=Count("differences", filter=is_open))
    if after is not None:
        latest = Reconciliation.objects.filter(shop=staff.shop, pk=after).first()
        if latest is None:
            raise refuse(ErrorCode.MALFORMED, "after")
        found = found.filter(Q(day__lt=latest.day) | Q(day=latest.day, pk__lt=latest.pk))
    rows: list[Reconciliation] = [*found[: first + 1]]
    return rows[:first], len(rows) > first


def list_differences(
    staff: Viewer,
    *,
    first: int,
    after: UUID | None = None,
    run: UUID | None = None,
    states: Sequence[str] = (),
) -> tuple[list[Difference], bool]:
    """A page of what was found, newest first, and whether there is another. Raises Refusal."""
    check_rows(first)
    found = Difference.objects.filter(shop=staff.shop).select_related("reconciliation")
    found = found.order_by("-pk")
    if run is not None:
        found = found.filter(reconciliation_id=run)
    if states:
        found = found.filter(state__in=states)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found[: first + 1])
    return rows[:first], len(rows) > first

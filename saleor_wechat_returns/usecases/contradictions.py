"""Holds that Saleor's facts contradict: a task for staff while it lasts, never an error."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..models import ReturnableLine, ReturnableOrder, ReturnLine, ReturnRequest
from ..models.staff import StaffTaskKind
from .staff_tasks import close_tasks, open_task

KIND = StaffTaskKind.FACTS_CONTRADICT_HOLDS

Pieces = tuple[int, int]  # shipped, unshipped


def mark_contradictions(order: ReturnableOrder, *, now: datetime) -> None:
    """Set `conflict`, and open or close the tasks of the order's requests accordingly.

    Call it after every change of facts, and where a hold ends early. Needs the order lock.
    """
    moving = _pieces_being_recorded(order)
    contradicted = [
        line
        for line in order.lines.order_by("id")
        if _is_contradicted(line, moving.get(line.pk, (0, 0)))
    ]
    holders = ReturnRequest.objects.filter(lines__line__in=contradicted, holds_ended_at=None)
    concerned = list(holders.distinct().order_by("id"))
    for request in concerned:
        open_task(request, KIND)
    settled = ReturnRequest.objects.filter(order=order, tasks__kind=KIND, tasks__closed_at=None)
    for request in settled.exclude(pk__in=[row.pk for row in concerned]).order_by("id"):
        close_tasks(request, KIND, now=now)
    if order.conflict != bool(contradicted):
        order.conflict = bool(contradicted)
        order.save(update_fields=["conflict"])


def _is_contradicted(line: ReturnableLine, moving: Pieces) -> bool:
    shipped, unshipped = moving
    return (
        line.held_shipped + line.kept - shipped > line.with_customer
        or line.held_unshipped - unshipped > line.unshipped
    )


def _pieces_being_recorded(order: ReturnableOrder) -> dict[UUID, Pieces]:
    """Pieces whose return we are recording at this moment: they may already have moved."""
    lines = ReturnLine.objects.filter(
        request__order=order,
        request__known_return_events__isnull=False,
        request__holds_ended_at=None,
    )
    return {line.line_id: (line.shipped_quantity, line.unshipped_quantity) for line in lines}

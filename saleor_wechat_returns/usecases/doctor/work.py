"""What waits to be done, by machines and by people, and for how long. Reads rows, calls nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from ...domain.differences import DifferenceState
from ...domain.lifecycle import PAID_REFUNDS, REFUND_LABELS
from ...models import (
    Difference,
    InboxMessage,
    OutboxMessage,
    Reconciliation,
    Refund,
    ReturnDeadline,
    Shop,
    StaffTask,
)
from ...models.reconciliation import ReconciliationStatus
from ...outbox import STUCK_AFTER_ATTEMPTS
from ...secretbox import UnreadableSecretError, open_sealed
from ..heartbeat import LATE_AFTER, inbox_lag, latest_beat, latest_work, outbox_lag
from ..rotate_keys import SealedColumns, sealed_columns
from .findings import Code, Finding

SLOW_AFTER = timedelta(minutes=1)
OVERDUE_AFTER = timedelta(minutes=10)
# A bank card takes up to three working days; the law gives the shop seven.
REFUND_OLD_AFTER = timedelta(days=3)
REFUND_OVERDUE_AFTER = timedelta(days=7)
# Bills are made the next morning, and may be made late.
COMPARED_AFTER = timedelta(days=2)
# Of each table; a key that is gone is found among all rows.
MOST_OPENED = 1000


def worker(now: datetime) -> Iterator[Finding]:
    at = latest_beat()
    if at is None:
        yield Finding(Code.WORKER_NEVER)
        return
    facts = {"age": age(now - at)}
    if now - at <= LATE_AFTER:
        yield Finding(Code.WORKER, facts=facts)
        return
    work = latest_work()
    works = work is not None and now - work <= LATE_AFTER
    yield Finding(Code.CLOCK_STOPPED if works else Code.WORKER_LATE, facts=facts)


def outbox(now: datetime) -> Iterator[Finding]:
    waiting = OutboxMessage.objects.filter(done_at=None)
    lag = outbox_lag(now=now)
    if lag > OVERDUE_AFTER:
        yield Finding(Code.OUTBOX_LATE, facts={"age": age(lag)})
    elif lag > SLOW_AFTER:
        yield Finding(Code.OUTBOX_SLOW, facts={"age": age(lag)})
    else:
        yield Finding(Code.OUTBOX, facts={"waiting": waiting.count()})
    failing = _counted(waiting.filter(attempts__gte=STUCK_AFTER_ATTEMPTS), "topic")
    if failing:
        yield Finding(Code.OUTBOX_FAILING, facts={"topics": failing})


def inbox(now: datetime) -> Iterator[Finding]:
    lag = inbox_lag(now=now)
    if lag > OVERDUE_AFTER:
        yield Finding(Code.INBOX_LATE, facts={"age": age(lag)})
    failing = _counted(InboxMessage.objects.filter(handled_at=None, attempts__gt=1), "source")
    if failing:
        yield Finding(Code.INBOX_FAILING, facts={"sources": failing})
    if lag <= OVERDUE_AFTER and not failing:
        yield Finding(Code.INBOX)


def deadlines(now: datetime) -> Iterator[Finding]:
    """What the clock ought to have run by now."""
    running = ReturnDeadline.objects.filter(next_at__isnull=False)
    late = running.filter(next_at__lt=now - OVERDUE_AFTER)
    oldest = late.select_related("request").order_by("next_at", "id").first()
    if oldest is None or oldest.next_at is None:
        yield Finding(Code.DEADLINES, facts={"running": running.count()})
        return
    facts = {
        "count": late.count(),
        "age": age(now - oldest.next_at),
        "number": oldest.request.number,
    }
    yield Finding(Code.DEADLINES_LATE, facts=facts)


def secrets() -> Iterator[Finding]:
    """Every row whose key is gone; of the others the newest are opened."""
    found = [finding for columns in sealed_columns() for finding in _unreadable(columns)]
    yield from found or [Finding(Code.SECRETS)]


def refunds(shop: Shop, now: datetime) -> Iterator[Finding]:
    """Money that is owed and has not reached the payer."""
    owed = Refund.objects.filter(shop=shop).exclude(status__in=PAID_REFUNDS)
    oldest = owed.select_related("request").order_by("created_at", "id").first()
    if oldest is None:
        yield Finding(Code.REFUNDS, shop.api_url)
        return
    since = now - oldest.created_at
    facts: dict[str, object] = {"count": owed.count(), "age": age(since)}
    if since <= REFUND_OLD_AFTER:
        yield Finding(Code.REFUNDS_UNDER_WAY, shop.api_url, facts=facts)
        return
    zh, en = REFUND_LABELS[oldest.status]
    facts |= {"number": oldest.number, "status_zh": zh, "status_en": en}
    code = Code.REFUNDS_OVERDUE if since > REFUND_OVERDUE_AFTER else Code.REFUNDS_OLD
    yield Finding(code, shop.api_url, facts=facts)


def tasks(shop: Shop, now: datetime) -> Iterator[Finding]:
    waiting = StaffTask.objects.filter(shop=shop, closed_at=None)
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    if oldest is None:
        yield Finding(Code.TASKS, shop.api_url)
        return
    facts = {
        "count": waiting.count(),
        "age": age(now - oldest),
        "kinds": _counted(waiting, "kind").upper(),
    }
    yield Finding(Code.TASKS_OPEN, shop.api_url, facts=facts)


def reconciliations(shop: Shop, now: datetime) -> Iterator[Finding]:
    """Days that ought to be compared by now, and what those compared left open."""
    mine = Reconciliation.objects.filter(shop=shop)
    late = mine.exclude(status=ReconciliationStatus.DONE)
    late = late.filter(day__lt=(now - COMPARED_AFTER).date()).order_by("day", "pk")
    oldest = late.first()
    if oldest is not None:
        facts = {
            "count": late.count(),
            "day": oldest.day,
            "why": oldest.latest_error or "no bill yet",
        }
        yield Finding(Code.RECONCILIATION_LATE, shop.api_url, facts=facts)
    waiting = Difference.objects.filter(shop=shop, state=DifferenceState.OPEN)
    if kinds := _counted(waiting, "kind").upper():
        facts = {"count": waiting.count(), "kinds": kinds}
        yield Finding(Code.DIFFERENCES_OPEN, shop.api_url, facts=facts)
    if oldest is None and not kinds:
        yield Finding(Code.RECONCILED, shop.api_url)


def age(span: timedelta) -> str:
    """`40 s`, `12 min`, `5 h` or `3 d`: read in any language."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _counted(rows: QuerySet[Any], column: str) -> str:
    """`a × 2, b × 1`."""
    found = rows.values_list(column).annotate(n=Count("pk")).order_by(column)
    return ", ".join(f"{value} × {n}" for value, n in found)


def _unreadable(columns: SealedColumns) -> Iterator[Finding]:
    rows = columns.model._default_manager.order_by("-pk")
    gone = rows.exclude(**{f"{columns.key_id}__in": list(settings.SECRETS_KEYS)})
    unread: dict[str, int] = dict(
        gone.order_by(columns.key_id).values_list(columns.key_id).annotate(Count("pk"))
    )
    for row in rows.values(columns.key_id, *columns.names)[:MOST_OPENED]:
        key_id = row[columns.key_id]
        if key_id in settings.SECRETS_KEYS and not _opens(columns, row):
            unread[key_id] = unread.get(key_id, 0) + 1
    for key_id, count in unread.items():
        facts = {"columns": str(columns), "rows": count, "key_id": key_id}
        yield Finding(Code.SECRETS_UNREADABLE, facts=facts)


def _opens(columns: SealedColumns, row: dict[str, Any]) -> bool:
    try:
        for name in columns.names:
            if row[name]:
                open_sealed(row[name], row[columns.key_id])
    except UnreadableSecretError:
        return False
    return True

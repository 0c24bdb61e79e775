"""The sign of life of clock and worker, and how long nobody has looked after what waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max

from ..models import Heartbeat, InboxMessage, OutboxMessage

# The clock strikes every ten seconds; some strokes may be lost to a restart or a long queue.
LATE_AFTER = timedelta(minutes=3)
_NAME = "clock"


def beat(*, now: datetime) -> None:
    """Write that the clock came by and a worker did what it asked."""
    Heartbeat.objects.update_or_create(name=_NAME, defaults={"beat_at": now})


def latest_beat() -> datetime | None:
    """None: no worker ever ran on this database."""
    return Heartbeat.objects.filter(name=_NAME).values_list("beat_at", flat=True).first()


def latest_work() -> datetime | None:
    """When a message was last done with, whoever told the worker to look."""
    found = [
        OutboxMessage.objects.aggregate(at=Max("done_at"))["at"],
        InboxMessage.objects.aggregate(at=Max("handled_at"))["at"],
    ]
    return max((at for at in found if at is not None), default=None)


def outbox_lag(*, now: datetime) -> timedelta:
    """How long the oldest message has been due without anybody working on it."""
    waiting = OutboxMessage.objects.filter(done_at=None, due_at__lte=now)
    idle = waiting.filter(leased_until=None) | waiting.filter(leased_until__lt=now)
    return _age(idle.order_by("due_at", "id").values_list("due_at", flat=True).first(), now)


def inbox_lag(*, now: datetime) -> timedelta:
    """As `outbox_lag`, of what came in."""
    waiting = InboxMessage.objects.filter(handled_at=None, due_at__lte=now)
    return _age(waiting.order_by("due_at", "id").values_list("due_at", flat=True).first(), now)


def _age(since: datetime | None, now: datetime) -> timedelta:
    return now - since if since else timedelta(0)

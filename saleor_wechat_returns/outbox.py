"""What must still be done outside: put in the transaction that decides it, run after it.

Owns leases, order within a key, and repeating. Knows nothing of what the effects do:
tasks.py hands the table in. PostgreSQL remembers everything; the broker only says "look".
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from kombu.exceptions import OperationalError

from . import clock
from .domain.errors import OutcomeUnknown, Paused, ProviderError, ProviderUnavailable
from .models import OutboxMessage, Shop
from .models.base import new_id

log = structlog.get_logger(__name__)

DRAIN_TASK = "saleor_wechat_returns.drain"
# Longer than any effect can take: four calls of 18 s at most, and their commits.
LEASE = timedelta(minutes=5)
LONGEST_PAUSE_SECONDS = 600
# What may still be going on over there gets a minute before we look for it.
UNKNOWN_PAUSE_SECONDS = 60
STUCK_AFTER_ATTEMPTS = 8
# Begins `latest_error` of what `resume` brings forward. Whatever it misses comes by itself.
PAUSED = "paused: "
PAUSED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Later:
    """What an effect returns when there is nothing to do yet."""

    seconds: float
    why: str


Effect = Callable[[uuid.UUID], Later | None]


def put(topic: str, subject: uuid.UUID, *, shop: Shop, key: str, due_at: datetime) -> None:
    """Queue an effect about `subject`, in the caller's transaction.

    A message of the same topic and subject that still waits is brought forward instead.
    """
    waiting = OutboxMessage.objects.filter(topic=topic, subject=subject, done_at=None, lease=None)
    twin = waiting.select_for_update().first()
    if twin is None:
        message = OutboxMessage(shop=shop, topic=topic, subject=subject, key=key, due_at=due_at)
        OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    elif due_at < twin.due_at:
        twin.due_at = due_at
        twin.save(update_fields=["due_at"])
    transaction.on_commit(wake, robust=True)


@contextmanager
def alone(topic: str, subject: uuid.UUID, *, shop: Shop, key: str) -> Iterator[bool]:
    """Hold the key's lease while the block runs: no effect of that key runs meanwhile.

    Yields False, and holds nothing, when somebody has it. Whoever dies in the block leaves a
    message of `topic`, which is run when the lease is over. No transaction may be open.
    """
    now = clock.now()
    message = OutboxMessage(shop=shop, topic=topic, subject=subject, key=key, due_at=now)
    message.lease, message.leased_until = new_id(), now + LEASE
    try:
        message.save(force_insert=True)
    except IntegrityError:
        yield False
        return
    try:
        yield True
    finally:
        _end(message)


def wake() -> None:
    """Tell a worker to look. Losing this costs a moment: the clock looks too."""
    try:
        current_app.send_task(DRAIN_TASK, expires=60, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        log.warning("outbox.broker_away")


def resume(shop: Shop, *, now: datetime) -> None:
    """What ended in Paused is due at once, in the caller's transaction."""
    paused = OutboxMessage.objects.filter(shop=shop, done_at=None, lease=None, due_at__gt=now)
    paused.filter(latest_error__startswith=PAUSED).update(due_at=now)
    transaction.on_commit(wake, robust=True)


def drain(
    effects: Mapping[str, Effect],
    on_stuck: Callable[[OutboxMessage], None],
    *,
    most: int = 100,
) -> int:
    """Run due messages until none is left or `most` were run. Returns how many ran.

    Safe to call from any number of workers at once.
    """
    for ran in range(most):
        message = _lease_next()
        if message is None:
            return ran
        _run(message, effects, on_stuck)
    return most


def _lease_next() -> OutboxMessage | None:
    while True:
        try:
            with transaction.atomic():
                return _lease_one()
        except IntegrityError:
            # Another worker leased a message of the same key between our look and our write.
            continue


def _lease_one() -> OutboxMessage | None:
    now = clock.now()
    key_is_leased = OutboxMessage.objects.filter(key=OuterRef("key"), lease__isnull=False)
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(done_at=None, due_at__lte=now)
        # `lease=None` is said of the row itself: after waiting for a row's lock PostgreSQL looks at
        # the row again, but not at what a subquery saw before.
        .filter(Q(leased_until__lt=now) | Q(~Exists(key_is_leased), lease=None))
        .order_by("due_at", "id")
        .first()
    )
    if message is not None:
        message.lease = new_id()
        message.leased_until = now + LEASE
        message.attempts += 1
        message.save(update_fields=["lease", "leased_until", "attempts"])
    return message


def _run(
    message: OutboxMessage,
    effects: Mapping[str, Effect],
    on_stuck: Callable[[OutboxMessage], None],
) -> None:
    context = {"topic": message.topic, "subject": str(message.subject)}
    try:
        later = _effect_of(message, effects)
    except ProviderError as trouble:
        log.warning("outbox.repeat", **context, error=str(trouble), attempts=message.attempts)
        _repeat(message, str(trouble), _pause(message.attempts, trouble))
    except Exception as bug:
        log.exception("outbox.failed", **context, attempts=message.attempts)
        _repeat(message, type(bug).__name__, _pause(message.attempts))
    else:
        if later is None:
            _end(message)
            log.info("outbox.done", **context)
            return
        # Waiting is no failure: the count of attempts starts anew.
        log.info("outbox.later", **context, why=later.why)
        message.attempts = 0
        _repeat(message, later.why, later.seconds)
    # Not only the eighth time: we may have been killed between giving back and telling.
    if message.attempts >= STUCK_AFTER_ATTEMPTS:
        on_stuck(message)


def _effect_of(message: OutboxMessage, effects: Mapping[str, Effect]) -> Later | None:
    """Waiting for a person is no failure either."""
    try:
        return effects[message.topic](message.subject)
    except Paused as pause:
        return Later(PAUSED_SECONDS, f"{PAUSED}{pause}")


def _pause(attempts: int, trouble: ProviderError | None = None) -> float:
    wished = trouble.after_seconds if isinstance(trouble, ProviderUnavailable) else None
    if wished is not None:
        return float(wished)
    pause = min(2.0**attempts, LONGEST_PAUSE_SECONDS)
    if isinstance(trouble, OutcomeUnknown):
        return max(pause, UNKNOWN_PAUSE_SECONDS)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


def _end(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk, lease=message.lease).update(
        lease=None, leased_until=None, done_at=clock.now(), latest_error=""
    )


def _repeat(message: OutboxMessage, why: str, seconds: float) -> None:
    """Give the lease back and come again. If the same errand was queued meanwhile, it serves."""
    mine = OutboxMessage.objects.filter(pk=message.pk, lease=message.lease)
    message.latest_error = why[:500]
    due_at = clock.now() + timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            mine.update(
                lease=None,
                leased_until=None,
                due_at=due_at,
                attempts=message.attempts,
                latest_error=message.latest_error,
            )
    except IntegrityError:
        _end(message)

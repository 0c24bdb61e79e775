"""What came from outside, heard once. Handlers only move rows: they never call out.

Owns de-duplication and repeating after a fault. Knows nothing of what the handlers do:
tasks.py hands the table in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction

from . import clock
from .models import InboxMessage, Shop
from .outbox import wake

log = structlog.get_logger(__name__)

REPEAT_AFTER = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)

Handler = Callable[[InboxMessage], None]


def receive(shop: Shop, source: str, key: str, payload: dict[str, Any]) -> None:
    """Remember a message; one heard before changes nothing. Handled soon, by a worker."""
    message = InboxMessage(shop=shop, source=source, key=key, payload=payload, due_at=clock.now())
    with transaction.atomic():
        InboxMessage.objects.bulk_create([message], ignore_conflicts=True)
        transaction.on_commit(wake, robust=True)


def answered(shop: Shop, source: str, key: str) -> dict[str, Any] | None:
    """What we told the sender when we first heard this, or None if it is new."""
    said = InboxMessage.objects.filter(shop=shop, source=source, key=key)
    answer: dict[str, Any] | None = said.values_list("answer", flat=True).first()
    return answer


def remember_answer(shop: Shop, source: str, key: str, answer: dict[str, Any]) -> None:
    """Keep what we are about to tell the sender, in the transaction that decided it.

    Raises IntegrityError when the same message is being answered at this moment.
    """
    now = clock.now()
    InboxMessage.objects.create(
        shop=shop, source=source, key=key, answer=answer, due_at=now, handled_at=now
    )


def handle(handlers: Mapping[str, Handler], *, most: int = 100) -> int:
    """Handle waiting messages, each in its own transaction. Returns how many were tried."""
    for tried in range(most):
        if not _handle_next(handlers):
            return tried
    return most


def _handle_next(handlers: Mapping[str, Handler]) -> bool:
    with transaction.atomic():
        message = (
            InboxMessage.objects.select_for_update(skip_locked=True)
            .filter(handled_at=None, due_at__lte=clock.now())
            .order_by("due_at", "id")
            .first()
        )
        if message is None:
            return False
        message.attempts += 1
        try:
            with transaction.atomic():
                handlers[message.source](message)
        except Exception as bug:
            log.exception("inbox.failed", source=message.source, message=str(message.pk))
            message.due_at = clock.now() + min(REPEAT_AFTER * message.attempts, LONGEST_PAUSE)
            message.latest_error = type(bug).__name__
        else:
            message.handled_at = clock.now()
        message.save(update_fields=["attempts", "due_at", "latest_error", "handled_at"])
    return True

"""Messages that are done are kept for a while, so that a repeat is known as one, and then go.

What is not done stays, however old, and so does what it still has to read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from ..models import InboxMessage, OutboxMessage

# Short transactions; the clock comes again soon.
MOST = 5000


def forget_old_messages(*, now: datetime, most: int = MOST) -> int:
    """Delete the oldest, at most `most` of each kind; how many."""
    before = now - timedelta(days=settings.MESSAGES_KEPT_DAYS)
    waiting = OutboxMessage.objects.filter(subject=OuterRef("pk"), done_at=None)
    heard = InboxMessage.objects.filter(~Exists(waiting), handled_at__lt=before)
    done = OutboxMessage.objects.filter(done_at__lt=before)
    oldest_heard = heard.order_by("handled_at", "id").values("pk")[:most]
    oldest_done = done.order_by("done_at", "id").values("pk")[:most]
    forgotten, _ = InboxMessage.objects.filter(pk__in=oldest_heard).delete()
    more, _ = OutboxMessage.objects.filter(pk__in=oldest_done).delete()
    return forgotten + more

"""What must still be done outside (outbox), what came from outside (inbox), and who looks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .base import Row, ShopRow


class OutboxMessage(ShopRow):
    """One thing to do outside. PostgreSQL remembers it; the broker only says "look".

    Messages of one `key` never run at the same time: a leased one locks its key out, and a
    lease that ran out is taken over, not joined.
    """

    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    subject = models.UUIDField()  # id of the row the effect is about
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(lease__isnull=False), name="one_lease_per_key"
            ),
            models.UniqueConstraint(
                fields=["topic", "subject"],
                condition=Q(done_at__isnull=True, lease__isnull=True),
                name="one_waiting_message_per_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(done_at__isnull=True), name="due"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="done"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class InboxMessage(ShopRow):
    """One thing that came from outside, once: `key` is what makes it the same thing again.

    `answer` is what we told the sender, so that a repeat hears the same. `payload` holds only
    what the handler needs, and nothing personal.
    """

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    answer = models.JSONField(null=True)
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "source", "key"], name="heard_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(handled_at__isnull=True), name="unhandled"
            ),
            models.Index(
                fields=["handled_at"], condition=Q(handled_at__isnull=False), name="handled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class Heartbeat(Row):
    """When a worker last did what the clock asked. Only the clock writes it, a call from the web
    never does: it shows that beat and a worker run, also when there is nothing to do.
    """

    name = models.CharField(max_length=20, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

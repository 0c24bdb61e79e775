"""Until when somebody must act on a return, and what happens then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.lifecycle import Status
from .base import SALEOR_ID, ShopRow
from .returns import ReturnRequest, choices


class ReturnDeadline(ShopRow):
    """The deadline of one stay in one status. At most one is open per request."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="deadlines")
    status = models.CharField(max_length=20, choices=choices(Status))  # the stay it is of
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)  # once
    extended_by = models.CharField(max_length=SALEOR_ID, blank=True)
    extension_reason = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)  # somebody acted, or it ran out

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(ended_at__isnull=True),
                name="one_open_deadline_per_request",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True) | ~Q(extension_reason=""),
                name="extension_has_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(ended_at__isnull=True), name="deadlines"),
        ]

    def __str__(self) -> str:
        return f"{self.status} until {self.due_at:%Y-%m-%d %H:%M}"

"""Accepted pieces on their way back into Saleor's stock."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .base import SALEOR_ID, ShopRow
from .inspections import InspectedPieces


class StockChangeStatus(models.TextChoices):
    DUE = "due"
    ASKED = "asked"  # Saleor was asked to set it, and may have
    DONE = "done"
    FAILED = "failed"  # for staff


class StockChange(ShopRow):
    """One addition to one stock, once for the pieces. `before` and `after` are what was found and
    what was asked for: Saleor has no increment.
    """

    pieces = models.OneToOneField(
        InspectedPieces, on_delete=models.PROTECT, related_name="stock_change"
    )
    warehouse_id = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global id
    variant_id = models.CharField(max_length=SALEOR_ID, blank=True)  # once it is asked for
    status = models.CharField(
        max_length=8, choices=StockChangeStatus.choices, default=StockChangeStatus.DUE
    )
    before = models.IntegerField(null=True)
    after = models.IntegerField(null=True)
    detail = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["asked", "done"])
                | Q(before__isnull=False, after__gt=F("before")),
                name="stock_is_asked_for_with_what_was_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.before} → {self.after}"

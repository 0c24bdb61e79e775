"""What staff found in the parcel, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.inspection import Disposition, Outcome
from .base import SALEOR_ID, ShopRow
from .returns import ReturnLine, choices


class InspectedPieces(ShopRow):
    """Pieces of one return line that were found to be the same. Written once, by an inspection.

    Looked at anew after an appeal, there are new rows, and the old ones are `superseded_at`.
    """

    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="inspected")
    quantity = models.IntegerField()
    outcome = models.CharField(max_length=20, choices=choices(Outcome))
    is_refunded = models.BooleanField()
    disposition = models.CharField(max_length=12, choices=choices(Disposition), blank=True)
    warehouse_id = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global id
    note = models.CharField(max_length=300, blank=True)
    inspected_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    inspected_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="inspects_pieces"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.ACCEPTED.value) | Q(is_refunded=True),
                name="accepted_is_refunded",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=[Outcome.REFUSED.value, Outcome.WRONG_ITEM.value])
                | Q(is_refunded=False),
                name="refused_is_not_refunded",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.MISSING.value) | Q(disposition=""),
                name="missing_goes_nowhere",
            ),
            models.CheckConstraint(
                condition=~Q(disposition=Disposition.SEND_BACK.value) | Q(is_refunded=False),
                name="refunded_is_not_sent_back",
            ),
            models.CheckConstraint(
                condition=~Q(disposition=Disposition.RESTOCK.value) | Q(is_refunded=True),
                name="restocked_is_refunded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.outcome}"

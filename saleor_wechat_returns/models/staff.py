"""What only a person can decide, one row per thing, until it is settled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .base import ShopRow
from .returns import ReturnRequest


class StaffTaskKind(models.TextChoices):
    FACTS_CONTRADICT_HOLDS = "facts_contradict_holds"
    RETURN_NOT_RECORDED = "return_not_recorded"
    GRANT_REFUSED = "grant_refused"
    REFUND_REQUEST_REFUSED = "refund_request_refused"
    PAYMENT_NOT_OURS = "payment_not_ours"
    MERCHANT_MISSING = "merchant_missing"
    BALANCE_TOO_LOW = "balance_too_low"
    REFUND_REJECTED = "refund_rejected"
    REFUND_ABNORMAL = "refund_abnormal"
    AMOUNT_DIFFERS = "amount_differs"
    SALEOR_TOTALS_DIFFER = "saleor_totals_differ"
    STUCK = "stuck"


class StaffTask(ShopRow):
    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=40, choices=StaffTaskKind.choices)
    detail = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind"],
                condition=Q(closed_at__isnull=True),
                name="one_open_task_per_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

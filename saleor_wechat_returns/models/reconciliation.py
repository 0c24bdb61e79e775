"""One day of one merchant compared: WeChat Pay's bills, our rows, Saleor's transactions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.differences import DifferenceKind, DifferenceState
from .base import SALEOR_ID, ShopRow


class ReconciliationStatus(models.TextChoices):
    DUE = "due"  # 待对账: waits for its bills
    COMPARING = "comparing"  # 核对中: the bills are compared, Saleor's side is being read
    DONE = "done"  # 已对账


class Reconciliation(ShopRow):
    """Of a shop, a merchant number and a day in Beijing; compared as often as somebody asks."""

    mchid = models.CharField(max_length=32)
    day = models.DateField()
    status = models.CharField(max_length=12, choices=ReconciliationStatus.choices)
    # Raised by each comparison; a difference that it found again bears it.
    turn = models.IntegerField(default=0)
    # Saleor's transactions are read in the order of their ids: the latest one read.
    cursor = models.CharField(max_length=SALEOR_ID, blank=True)
    # What the trade bill has of this shop; `others`: rows of other shops and systems.
    payments = models.IntegerField(default=0)
    payments_fen = models.BigIntegerField(default=0)
    refunds = models.IntegerField(default=0)
    refunds_fen = models.BigIntegerField(default=0)
    others = models.IntegerField(default=0)
    # What could not be compared, although the day is done.
    remark = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True)
    latest_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "mchid", "day"], name="a_day_is_reconciled_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mchid} {self.day}"


class Difference(ShopRow):
    """One thing on which two sides do not agree. `number`: what both sides call it."""

    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.PROTECT, related_name="differences"
    )
    kind = models.CharField(max_length=32, choices=[(k.value, k.name) for k in DifferenceKind])
    number = models.CharField(max_length=SALEOR_ID)
    ours_fen = models.BigIntegerField(null=True)
    theirs_fen = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.name) for s in DifferenceState])
    turn = models.IntegerField()
    version = models.IntegerField(default=1)
    explanation = models.CharField(max_length=1000, blank=True)
    explained_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    explained_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "kind", "number"], name="a_difference_is_noted_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="explained") | ~Q(explanation=""),
                name="explained_difference_has_its_explanation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

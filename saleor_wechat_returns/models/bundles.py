"""证据包: everything about one return in one file, for whoever must prove something."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.bundles import BundleStatus
from ..domain.lifecycle import Actor
from .base import SALEOR_ID, ShopRow
from .returns import ReturnRequest, choices


class EvidenceBundle(ShopRow):
    """One ZIP of a return, as its side may see it. The file goes after some days, the row stays."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="bundles")
    actor = models.CharField(max_length=16, choices=choices(Actor))  # whose side it is for
    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever asked for it
    idempotency_key = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=choices(BundleStatus))
    done = models.IntegerField(default=0)  # pictures and videos that are in it
    total = models.IntegerField(default=0)
    key = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    built_at = models.DateTimeField(null=True)
    delete_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "caller", "idempotency_key"], name="one_bundle_per_key"
            ),
            models.UniqueConstraint(
                fields=["request", "actor"],
                condition=Q(status=BundleStatus.WAITING.value),
                name="one_bundle_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=BundleStatus.READY.value)
                | (~Q(key="") & Q(size__isnull=False, delete_at__isnull=False)),
                name="ready_bundle_has_its_file",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delete_at"],
                condition=Q(status=BundleStatus.READY.value),
                name="bundles_to_delete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request} for {self.actor}"

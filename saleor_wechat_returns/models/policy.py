"""What a shop promises, as data. A row is never changed: a new version is a new row."""

from __future__ import annotations

from django.db import models

from .base import SALEOR_ID, ShopRow


class ReturnPolicy(ShopRow):
    """One version of the rules of a shop, or of one of its channels ("" = every other channel).

    Requests point to the version they were made under, so an edit never reaches back.
    """

    channel = models.CharField(max_length=255, blank=True, default="")
    version = models.IntegerField()
    rules = models.JSONField()  # domain/policy: read and checked by usecases/policies.py
    created_by = models.CharField(max_length=SALEOR_ID, blank=True)  # blank: as shipped

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "channel", "version"], name="policy_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel or '*'} v{self.version}"

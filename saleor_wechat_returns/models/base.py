"""What every row has: a time-ordered id, and its shop."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from uuid_utils import compat

# A global id of Saleor's, base64 of "TransactionItem:<uuid>" at the longest, and some room.
SALEOR_ID = 128


def new_id() -> uuid.UUID:
    """UUIDv7: sorts by time of making."""
    return compat.uuid7()


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class ShopRow(Row):
    """A row of one shop; the shop is part of every unique key that is not global by need."""

    shop = models.ForeignKey(
        "saleor_wechat_returns.Shop", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True

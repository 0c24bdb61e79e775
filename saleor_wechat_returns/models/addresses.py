"""Where customers send goods to: addresses of the shop's warehouses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .base import SALEOR_ID, ShopRow


class ReturnAddress(ShopRow):
    """退货地址. Never changed, so that a return keeps the one it was told: a change is a new row.

    Of several that fit a return the first by `position` is taken; staff may choose another.
    """

    name = models.CharField(max_length=100)  # what staff call it
    channel = models.CharField(max_length=255, blank=True)  # slug; "": every channel
    # Reason codes it is for; empty: every reason.
    reasons = models.JSONField(default=list)
    position = models.IntegerField(default=0)
    # Saleor's warehouse the goods are put into stock of, by global id; blank: none named.
    warehouse_id = models.CharField(max_length=SALEOR_ID, blank=True)
    contact_name = models.CharField(max_length=64)
    phone = models.CharField(max_length=32)
    country = models.CharField(max_length=2, default="CN")
    province = models.CharField(max_length=64)
    city = models.CharField(max_length=64)
    area = models.CharField(max_length=64, blank=True)
    street_address = models.CharField(max_length=300)
    postal_code = models.CharField(max_length=10, blank=True)
    note = models.CharField(max_length=300, blank=True)  # for the customer: "no cash on delivery"
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by"
    )
    made_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["shop", "channel", "position"],
                condition=Q(archived_at__isnull=True),
                name="addresses_in_use",
            ),
        ]

    def __str__(self) -> str:
        return self.name

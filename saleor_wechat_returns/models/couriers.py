"""A shop's accounts with courier providers."""

from __future__ import annotations

from django.db import models

from .base import ShopRow


class CourierAccount(ShopRow):
    """What a provider knows the shop by; which couriers it may send."""

    provider = models.CharField(max_length=32)  # of couriers/registry
    # JSON of what the provider gave: kuaidi100: key, secret, customer.
    credentials_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    # Keys of couriers/carriers, the shop's favourite first.
    couriers = models.JSONField(default=list)
    # When parcels are fetched: ["09:00-11:00", …] in the shop's time; empty: couriers' usual hours.
    hours = models.JSONField(default=list)
    is_enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "provider"], name="one_account_per_provider"),
        ]

    def __str__(self) -> str:
        return self.provider

"""Who a customer is in WeChat. An openid leads to a person: kept only as a blind index."""

from __future__ import annotations

from django.db import models

from .base import SALEOR_ID, ShopRow

BLIND_INDEX = 64


class WechatAccount(ShopRow):
    """An openid whose owner proved to be a Saleor customer. One customer may have several."""

    appid = models.CharField(max_length=32)
    openid_index = models.CharField(max_length=BLIND_INDEX)
    user_id = models.CharField(max_length=SALEOR_ID)  # Saleor's global user id
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "appid", "openid_index"], name="openid_linked_once_per_shop"
            ),
        ]

    def __str__(self) -> str:
        return self.user_id


class CountedTry(ShopRow):
    """One try to open a guest's order by number and phone, or one question about pickups.

    Counted for an hour to limit both, and then deleted.
    """

    # Blind index of what is counted against: the order's number, the phone, the caller.
    key = models.CharField(max_length=BLIND_INDEX)

    class Meta:
        indexes = [models.Index(fields=["shop", "key", "created_at"], name="tries_of_key")]

    def __str__(self) -> str:
        return self.key[:8]

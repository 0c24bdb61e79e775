"""Shops (one Saleor installation each), their App ids, their merchants and mini-programs."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from .base import SALEOR_ID, Row, ShopRow


def new_shop_key() -> str:
    """Opaque, not guessable: it stands in public URLs that carry no Saleor identity."""
    return secrets.token_urlsafe(12)


class Shop(Row):
    key = models.CharField(max_length=32, unique=True, default=new_shop_key)
    # The exact `Saleor-Api-Url` of the install; tokens are issued by it (`iss`).
    api_url = models.CharField(max_length=500, unique=True)
    schema_version = models.CharField(max_length=20, blank=True)
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    # What our webhooks in this Saleor were last brought to; blank: never, or not by this App id.
    webhooks_digest = models.CharField(max_length=64, blank=True)
    # 发货信息管理: what goes out is told to WeChat. Off: somebody else does it.
    tells_shipping = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.api_url

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ShopApp(ShopRow):
    """One App id the shop's Saleor ever gave us. Old ones stay: order events still name them."""

    app_id = models.CharField(max_length=SALEOR_ID)
    identifier = models.CharField(max_length=256)
    token_sealed = models.BinaryField()
    token_key_id = models.CharField(max_length=32)
    is_current = models.BooleanField(default=True)
    # Since when Saleor treats the token as nobody's: the app was deleted or deactivated there.
    refused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "app_id"], name="app_id_once_per_shop"),
            models.UniqueConstraint(
                fields=["shop"], condition=Q(is_current=True), name="one_current_app_per_shop"
            ),
        ]

    def __str__(self) -> str:
        return self.app_id


class WechatMerchant(ShopRow):
    """WeChat Pay credentials of a shop, per channel ("" = every channel without its own).

    The same merchant number may serve several shops.
    """

    channel = models.CharField(max_length=255, blank=True, default="")
    mchid = models.CharField(max_length=32)
    serial_no = models.CharField(max_length=64)
    private_key_sealed = models.BinaryField()
    apiv3_key_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    # `Wechatpay-Serial` -> PEM of the WeChat Pay public key or platform certificate.
    verifiers = models.JSONField(default=dict)
    # Platform-certificate mode: when the certificates were last fetched; null in public-key mode.
    certificates_read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "channel"], name="one_merchant_per_channel"),
        ]

    def __str__(self) -> str:
        return self.mchid


class WechatMiniProgram(ShopRow):
    """Mini-program credentials of a shop, per channel ("" = every channel without its own)."""

    channel = models.CharField(max_length=255, blank=True, default="")
    appid = models.CharField(max_length=32)
    secret_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "channel"], name="one_program_per_channel"),
        ]

    def __str__(self) -> str:
        return self.appid


class WechatAccessToken(Row):
    """The one access token of a mini-program, shared by all processes and shops that use it."""

    appid = models.CharField(max_length=32, unique=True)
    token_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.appid

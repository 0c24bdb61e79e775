"""发货信息管理: one row per payment, what WeChat was told of its parcels."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.shipping_info import ShippingInfoStatus
from .base import SALEOR_ID, ShopRow
from .payments import WechatPayment
from .returns import choices


class ShippingInfo(ShopRow):
    """Written before each call. A waybill number leads to a person: its blind index stands here."""

    payment = models.OneToOneField(
        WechatPayment, on_delete=models.PROTECT, related_name="shipping_info"
    )
    # Saleor's global id; blank until there is an order.
    order_id = models.CharField(max_length=SALEOR_ID, blank=True)
    status = models.CharField(
        max_length=12,
        choices=choices(ShippingInfoStatus),
        default=ShippingInfoStatus.WAITING.value,
    )
    told = models.JSONField(default=list)  # blind indexes of carrier and number, sorted
    uploads = models.IntegerField(default=0)  # calls begun
    # WeChat's order of our calls: each is later than the one before.
    uploaded_at = models.DateTimeField(null=True)
    # By WeChat's numbers; null: never asked. `times_finished`: 1 told whole, 2 corrected as well.
    order_state = models.SmallIntegerField(null=True)
    times_finished = models.SmallIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)  # by the clock; null: never again
    reminded_at = models.DateTimeField(null=True)  # WeChat missed it
    settles_at = models.DateTimeField(null=True)  # as WeChat estimated
    settled_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(uploads=0) | Q(uploaded_at__isnull=False), name="upload_has_its_time"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "order_id"], name="shipping_info_by_order"),
            models.Index(
                fields=["shop", "next_look_at"],
                condition=Q(next_look_at__isnull=False),
                name="shipping_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return str(self.payment)

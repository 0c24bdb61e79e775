"""What only a person can decide, one row per thing, until it is settled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .base import SALEOR_ID, ShopRow
from .payments import WechatPayment
from .refunds import Refund
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
    NO_PAYMENT_LEFT = "no_payment_left"
    AMOUNT_DIFFERS = "amount_differs"
    SALEOR_TOTALS_DIFFER = "saleor_totals_differ"
    REFUND_REVERSED = "refund_reversed"
    REFUND_BY_HAND = "refund_by_hand"
    PAYMENT_DIFFERS = "payment_differs"
    PAYMENT_NOT_REPORTED = "payment_not_reported"
    PAID_WITHOUT_ORDER = "paid_without_order"
    PART_PAID_WITHOUT_ORDER = "part_paid_without_order"
    REFUNDED_WITHOUT_ORDER = "refunded_without_order"
    CONTENT_HELD = "content_held"
    REVIEW_OVERDUE = "review_overdue"
    PARCEL_OVERDUE = "parcel_overdue"
    INSPECTION_OVERDUE = "inspection_overdue"
    REFUND_DUE_BY_LAW = "refund_due_by_law"
    REFUND_DELAYED = "refund_delayed"
    APPEAL_OVERDUE = "appeal_overdue"
    PICKUP_FAILED = "pickup_failed"
    PICKUP_UNCERTAIN = "pickup_uncertain"
    PICKUP_BY_HAND = "pickup_by_hand"
    PARCEL_TROUBLE = "parcel_trouble"
    PARCEL_SHARED = "parcel_shared"
    OUTBOUND_TROUBLE = "outbound_trouble"
    SEND_BACK_DUE = "send_back_due"
    RESTOCK_FAILED = "restock_failed"
    SHIPPING_INFO_REFUSED = "shipping_info_refused"
    STUCK = "stuck"


class StaffTask(ShopRow):
    """About a return, or about a refund or payment that no return knows."""

    request = models.ForeignKey(
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="tasks")
    payment = models.ForeignKey(
        WechatPayment, on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    kind = models.CharField(max_length=40, choices=StaffTaskKind.choices)
    detail = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True)
    # Blank where it closed by itself.
    closed_by = models.CharField(max_length=SALEOR_ID, blank=True, default="")
    closed_note = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, refund__isnull=True, payment__isnull=True)
                | Q(request__isnull=True, refund__isnull=False, payment__isnull=True)
                | Q(request__isnull=True, refund__isnull=True, payment__isnull=False),
                name="task_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["request", "kind"],
                condition=Q(closed_at__isnull=True),
                name="one_open_task_per_kind",
            ),
            models.UniqueConstraint(
                fields=["refund", "kind"],
                condition=Q(closed_at__isnull=True),
                name="one_open_task_per_kind_and_refund",
            ),
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(closed_at__isnull=True),
                name="one_open_task_per_kind_and_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

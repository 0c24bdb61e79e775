"""The money: what we owe, and the attempts at WeChat Pay and at Saleor to pay it.

Three identities, equal at the start and free to diverge: `Refund` (owed on one Saleor
transaction), `WechatRefund` (its out_refund_no), `SaleorRefundRequest` (its pspReference).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ..domain.lifecycle import PAID_REFUNDS, RefundStatus
from .base import SALEOR_ID, ShopRow
from .ledger import Payment, PaymentOwner, ReturnableOrder
from .payments import WechatPayment
from .returns import ReturnRequest
from .shops import WechatMerchant


class RefundOrigin(models.TextChoices):
    RETURN = "return"
    DASHBOARD = "dashboard"  # staff asked for it in the Saleor Dashboard, without a return
    CONSOLE = "console"  # made by hand in the WeChat Pay merchant portal
    CHECKOUT = "checkout"  # of a payment that no order came of


class Refund(ShopRow):
    """One refund owed. `running` until Saleor's totals contain it: one per order at a time.

    Of an order, or of a payment that no order came of (`taken`): one of them at a time as well.
    """

    order = models.ForeignKey(
        ReturnableOrder, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    taken = models.ForeignKey(
        WechatPayment, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    origin = models.CharField(max_length=12, choices=RefundOrigin.choices, default="return")
    request = models.ForeignKey(
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    # Null: a request worth 0 fen, which ends without any call about money; or what no payment
    # bears, which staff settle by other means.
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    sequence = models.IntegerField()
    amount_fen = models.BigIntegerField()
    status = models.CharField(max_length=20, choices=[(s.value, s.name) for s in RefundStatus])
    version = models.IntegerField(default=1)  # raised by every move and every step staff ask for
    running = models.BooleanField(default=False)
    # Saleor's granted refund; the first refund of a request carries its lines.
    grant_id = models.CharField(max_length=SALEOR_ID, null=True)
    # Staff asked to go on although the grant's amount is another: it is brought to ours.
    grant_outdated = models.BooleanField(default=False)
    requested_at = models.DateTimeField(null=True)  # Saleor was asked
    succeeded_at = models.DateTimeField(null=True)  # final at the payer
    counted_at = models.DateTimeField(null=True)  # Saleor's totals contain it
    failure = models.CharField(max_length=500, blank=True)
    # Paid by other means: what staff wrote down.
    settled_reference = models.CharField(max_length=128, blank=True)
    settled_note = models.CharField(max_length=1000, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(origin="return", request__isnull=False)
                | (~Q(origin="return") & Q(request__isnull=True)),
                name="only_returns_have_a_request",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, taken__isnull=True)
                | Q(
                    order__isnull=True,
                    taken__isnull=False,
                    request__isnull=True,
                    payment__isnull=True,
                ),
                name="refund_is_of_an_order_or_of_a_payment_without_one",
            ),
            models.UniqueConstraint(
                fields=["taken"],
                condition=Q(running=True),
                name="one_running_refund_per_payment_without_order",
            ),
            models.CheckConstraint(
                condition=~Q(status=RefundStatus.SETTLED.value) | ~Q(settled_reference=""),
                name="settled_refund_has_its_reference",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(running=True), name="one_running_refund_per_order"
            ),
            models.UniqueConstraint(fields=["request", "sequence"], name="refund_sequence"),
            models.UniqueConstraint(fields=["shop", "grant_id"], name="grant_once_per_shop"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) | Q(amount_fen=0, payment__isnull=True),
                name="refund_on_a_payment_is_more_than_0",
            ),
            models.CheckConstraint(
                condition=Q(counted_at__isnull=True) | Q(running=False),
                name="counted_refund_runs_no_more",
            ),
            models.CheckConstraint(
                condition=Q(counted_at__isnull=True)
                | Q(status__in=sorted(status.value for status in PAID_REFUNDS)),
                name="only_paid_refunds_are_counted",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in RefundStatus]),
                name="refund_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What names this refund in Saleor and at WeChat Pay. Globally unique, not secret."""
        if self.request is None:
            return f"N{self.pk.hex}"
        return f"{self.request.number}-{self.sequence}"

    @property
    def of_return(self) -> ReturnRequest:
        """The return it belongs to. Whoever asks knows that it has one."""
        if self.request is None:
            raise ValueError(f"refund {self.pk} is of no return")
        return self.request

    @property
    def of_order(self) -> ReturnableOrder:
        """The order it belongs to. Whoever asks knows that it has one."""
        if self.order is None:
            raise ValueError(f"refund {self.pk} is of no order")
        return self.order

    @property
    def of_payment(self) -> WechatPayment:
        """The payment that no order came of. Whoever asks knows that it is of one."""
        if self.taken is None:
            raise ValueError(f"refund {self.pk} is of an order")
        return self.taken

    @property
    def is_with_another_app(self) -> bool:
        """The payment's own app was asked: whether and what it pays is not in our hands."""
        is_asked = self.status == RefundStatus.REQUESTED and self.taken_id is None
        return is_asked and self.bearer.owner != PaymentOwner.OURS

    @property
    def bearer(self) -> Payment:
        """The payment that bears it. Whoever asks knows that one does."""
        if self.payment is None:
            raise ValueError(f"refund {self.pk} is borne by no payment")
        return self.payment


class WechatRefundStatus(models.TextChoices):
    OPEN = "open"  # written before the call; WeChat may or may not know it
    PROCESSING = "processing"
    ABNORMAL = "abnormal"
    SUCCESS = "success"
    CLOSED = "closed"
    REJECTED = "rejected"  # refused for good before anything was accepted


WECHAT_ENDED = (WechatRefundStatus.CLOSED, WechatRefundStatus.REJECTED)


class WechatRefund(ShopRow):
    """One attempt at WeChat Pay. A new one is made only after the old one ended unpaid."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="wechat_refunds")
    merchant = models.ForeignKey(WechatMerchant, on_delete=models.PROTECT, related_name="+")
    attempt = models.IntegerField()
    out_refund_no = models.CharField(max_length=64, unique=True)  # global: merchants are shared
    wechat_transaction_id = models.CharField(max_length=32)
    amount_fen = models.BigIntegerField()
    total_fen = models.BigIntegerField()
    reason = models.CharField(max_length=80)
    status = models.CharField(max_length=12, choices=WechatRefundStatus.choices)
    sent_at = models.DateTimeField(null=True)  # the first call began
    wechat_refund_id = models.CharField(max_length=32, blank=True)
    payer_refund_fen = models.BigIntegerField(null=True)
    received_account = models.CharField(max_length=128, blank=True)
    success_at = models.DateTimeField(null=True)
    billed_on = models.DateField(null=True)  # the day in Beijing whose trade bill has it
    latest_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "attempt"], name="wechat_attempt"),
            models.UniqueConstraint(
                fields=["refund"],
                condition=~Q(status__in=["closed", "rejected"]),
                name="one_live_wechat_refund",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, amount_fen__lte=F("total_fen")),
                name="wechat_refund_within_the_payment",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "success_at"], name="wechat_refunds_by_day"),
            models.Index(fields=["shop", "billed_on"], name="wechat_refunds_by_bill"),
        ]

    def __str__(self) -> str:
        return self.out_refund_no


class SaleorRefundRequest(ShopRow):
    """One attempt at Saleor: the pspReference we answered its refund webhook with."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="saleor_requests")
    attempt = models.IntegerField()
    psp_reference = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)  # Saleor stored it and it failed or was reversed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "attempt"], name="saleor_attempt"),
            models.UniqueConstraint(fields=["shop", "psp_reference"], name="psp_once_per_shop"),
            models.UniqueConstraint(
                fields=["refund"], condition=Q(ended_at__isnull=True), name="one_open_psp"
            ),
        ]

    def __str__(self) -> str:
        return self.psp_reference

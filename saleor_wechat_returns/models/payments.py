"""Payments taken through WeChat Pay: one row per Saleor transaction, written before the call."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .accounts import BLIND_INDEX
from .base import SALEOR_ID, ShopRow
from .shops import WechatMerchant


class WechatPaymentStatus(models.TextChoices):
    OPEN = "open"  # written before the call; WeChat Pay may or may not know it
    PREPAID = "prepaid"  # 待支付: the customer can pay, or has paid and we do not know yet
    PAID = "paid"  # 已支付
    CLOSED = "closed"  # 已关闭: can never be paid any more
    REJECTED = "rejected"  # refused for good before anything was accepted


# Money may still arrive on these.
LIVE_PAYMENTS = (WechatPaymentStatus.OPEN, WechatPaymentStatus.PREPAID)


class WechatPayment(ShopRow):
    """An order at WeChat Pay (out_trade_no), for one Saleor transaction."""

    transaction_id = models.CharField(max_length=SALEOR_ID)  # Saleor's global id, verbatim
    source_id = models.CharField(max_length=SALEOR_ID)  # the checkout or order that is paid for
    channel = models.CharField(max_length=255)
    merchant = models.ForeignKey(WechatMerchant, on_delete=models.PROTECT, related_name="+")
    appid = models.CharField(max_length=32)
    # The payer. Sealed, since a lost answer is repeated with it; found by blind index.
    openid_index = models.CharField(max_length=BLIND_INDEX)
    openid_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    out_trade_no = models.CharField(max_length=32, unique=True)  # global: merchants are shared
    amount_fen = models.BigIntegerField()
    # What the source cost when this payment began; null: begun by a version that did not ask.
    source_total_fen = models.BigIntegerField(null=True)
    description = models.CharField(max_length=127)
    status = models.CharField(max_length=12, choices=WechatPaymentStatus.choices)
    expires_at = models.DateTimeField()  # WeChat Pay takes no money after it
    sent_at = models.DateTimeField(null=True)  # the first call began
    prepay_id = models.CharField(max_length=64, blank=True)
    wechat_transaction_id = models.CharField(max_length=32, blank=True)
    payer_total_fen = models.BigIntegerField(null=True)
    success_at = models.DateTimeField(null=True)
    billed_on = models.DateField(null=True)  # the day in Beijing whose trade bill has it
    reported_at = models.DateTimeField(null=True)  # Saleor's transaction says how it ended
    latest_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "transaction_id"], name="payment_once_per_transaction"
            ),
            models.UniqueConstraint(
                fields=["wechat_transaction_id"],
                condition=~Q(wechat_transaction_id=""),
                name="wechat_transaction_once",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_is_more_than_0"),
            models.CheckConstraint(
                condition=~Q(status="paid") | ~Q(wechat_transaction_id=""),
                name="paid_payment_has_its_number",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "source_id"], name="payments_of_source"),
            models.Index(fields=["shop", "openid_index"], name="payments_of_payer"),
            models.Index(fields=["shop", "success_at"], name="payments_by_day"),
            models.Index(fields=["shop", "billed_on"], name="payments_by_bill"),
        ]

    def __str__(self) -> str:
        return self.out_trade_no

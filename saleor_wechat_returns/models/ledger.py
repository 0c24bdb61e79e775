"""The ledger of one order: how many pieces can come back, and what they are worth.

`ReturnableOrder` is the order lock. Positions are copies of what Saleor said at
`facts_read_at`; holds and everything in fen are ours alone.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .base import SALEOR_ID, ShopRow


class ReturnableOrder(ShopRow):
    order_id = models.CharField(max_length=SALEOR_ID)  # Saleor's global id, verbatim
    number = models.CharField(max_length=64)
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    # Saleor's global user id; blank for a guest's order.
    customer_id = models.CharField(max_length=SALEOR_ID, blank=True)
    saleor_status = models.CharField(max_length=32)
    total_fen = models.BigIntegerField()
    shipping_fen = models.BigIntegerField()
    # What is charged as Saleor read: also by payments of the API before transactions.
    charged_fen = models.BigIntegerField(default=0)
    # Somebody else's grant in Saleor gives the shipping back.
    shipping_granted = models.BooleanField(default=False)
    # Our clock when the read was SENT. An older read never overwrites a newer one.
    facts_read_at = models.DateTimeField()
    # Facts contradict our holds (a Dashboard return, a cancelled fulfilment): a task for staff.
    conflict = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "order_id"], name="order_once_per_shop"),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnableLine(ShopRow):
    """One row per Saleor order line; fulfilment-line ids vanish in Saleor and are never kept."""

    order = models.ForeignKey(ReturnableOrder, on_delete=models.PROTECT, related_name="lines")
    order_line_id = models.CharField(max_length=SALEOR_ID)
    product_name = models.CharField(max_length=400)
    variant_name = models.CharField(max_length=400, blank=True)
    sku = models.CharField(max_length=255, blank=True)
    quantity = models.IntegerField()
    total_fen = models.BigIntegerField()  # exact line total, discounts and order discount in it
    # Positions, as read.
    unshipped = models.IntegerField()
    with_customer = models.IntegerField()
    returned = models.IntegerField()
    exchanged = models.IntegerField()
    # Holds of open requests; `kept`: refunded, goods stay; `done`: came back through us.
    held_shipped = models.IntegerField(default=0)
    held_unshipped = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    assigned_fen = models.BigIntegerField(default=0)  # the worth of all the pieces above

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "order_line_id"], name="line_once_per_shop"),
            models.CheckConstraint(
                condition=Q(held_shipped__gte=0, held_unshipped__gte=0, kept__gte=0, done__gte=0),
                name="no_negative_holds",
            ),
            models.CheckConstraint(
                condition=Q(
                    quantity__gte=F("held_shipped") + F("held_unshipped") + F("kept") + F("done")
                ),
                name="never_more_pieces_than_were_sold",
            ),
            models.CheckConstraint(
                condition=Q(assigned_fen__gte=0, assigned_fen__lte=F("total_fen")),
                name="never_more_fen_than_the_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_name} {self.variant_name}".strip()

    @property
    def assigned_pieces(self) -> int:
        return self.held_shipped + self.held_unshipped + self.kept + self.done

    @property
    def free_shipped(self) -> int:
        return max(0, self.with_customer - self.held_shipped - self.kept)

    @property
    def free_unshipped(self) -> int:
        return max(0, self.unshipped - self.held_unshipped)

    @property
    def pieces_left(self) -> int:
        """Pieces that neither we nor anybody else took back, or promised to."""
        elsewhere = max(0, self.returned + self.exchanged - self.done)
        return max(0, self.quantity - self.assigned_pieces - elsewhere)


class OutboundDelivery(ShopRow):
    """One of Saleor's fulfilments on its way, and when the customer signed for it.

    No version of Saleor knows that.

    The fulfilment may vanish from Saleor once all of it came back; then this row tells of nothing.
    """

    order = models.ForeignKey(ReturnableOrder, on_delete=models.PROTECT, related_name="outbound")
    fulfillment_id = models.CharField(max_length=SALEOR_ID)  # Saleor's global id, verbatim
    # The courier's parcel, where its number is known and its courier tells.
    parcel = models.ForeignKey(
        "saleor_wechat_returns.Parcel", on_delete=models.PROTECT, null=True, related_name="outbound"
    )
    signed_at = models.DateTimeField(null=True)
    # Blank: the courier says so. Else who reported it (Saleor's global user id, or "customer").
    reported_by = models.CharField(max_length=SALEOR_ID, blank=True)
    # 拒收: the return that began as the parcel was refused at the door. Never a second one.
    refusal = models.OneToOneField(
        "saleor_wechat_returns.ReturnRequest",
        on_delete=models.PROTECT,
        null=True,
        related_name="refused_delivery",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "fulfillment_id"], name="signed_once_per_fulfillment"
            ),
        ]

    def __str__(self) -> str:
        return self.fulfillment_id


class PaymentOwner(models.TextChoices):
    OURS = "ours"
    ANOTHER_APP = "another_app"
    STAFF = "staff"


class Payment(ShopRow):
    """One Saleor transaction of an order, and what it still bears."""

    order = models.ForeignKey(ReturnableOrder, on_delete=models.PROTECT, related_name="payments")
    transaction_id = models.CharField(max_length=SALEOR_ID)  # Saleor's global id, verbatim
    owner = models.CharField(max_length=16, choices=PaymentOwner.choices)
    # Saleor's pspReference: WeChat Pay's transaction id where we own the transaction.
    psp_reference = models.CharField(max_length=512, blank=True)
    total_fen = models.BigIntegerField()  # what was paid
    # Saleor's chargedAmount as read, before our own unfinished refunds come off it.
    bears_fen = models.BigIntegerField()
    position = models.IntegerField()  # oldest first

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "transaction_id"], name="transaction_once_per_shop"
            ),
        ]
        indexes = [models.Index(fields=["psp_reference"], name="payments_by_reference")]

    def __str__(self) -> str:
        return self.transaction_id

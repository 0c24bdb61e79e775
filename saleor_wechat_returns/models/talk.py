"""What both sides say to each other: messages, offers, and the appeal."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ..domain.lifecycle import Actor, Kind
from ..domain.talk import OfferStatus, Safety
from .base import SALEOR_ID, ShopRow
from .ledger import ReturnableLine
from .returns import ReturnEvent, ReturnRequest, choices


class ReturnMessage(ShopRow):
    """One message in a return's thread. Never changed; a risky one is hidden, not deleted."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="messages")
    actor = models.CharField(max_length=16, choices=choices(Actor))
    actor_id = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    text = models.CharField(max_length=1000, blank=True)
    # What staff ask to be shown: [{"shows": "damage", "order_line_id": "…" or ""}].
    wants = models.JSONField(default=list)
    safety = models.CharField(
        max_length=12, choices=choices(Safety), default=Safety.UNCHECKED.value
    )
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # the other side saw it

    class Meta:
        indexes = [
            models.Index(fields=["request", "-id"], name="messages_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.sent_at:%Y-%m-%d %H:%M}"


class ReturnOffer(ShopRow):
    """协商方案: what staff propose instead. Immutable but for how it ended."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=20, choices=choices(Kind))
    amount_fen = models.BigIntegerField()  # what the customer gets in all, shipping included
    shipping_fen = models.BigIntegerField(default=0)  # the order's outbound shipping in it
    note = models.CharField(max_length=1000, blank=True)
    made_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=choices(OfferStatus))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shipping_fen__gte=0, amount_fen__gte=F("shipping_fen")),
                name="offer_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="offer_has_ended_or_is_open",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(status="open"), name="one_open_offer_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen}"


class ReturnOfferLine(ShopRow):
    """Pieces an offer is about, and what of its amount is for them."""

    offer = models.ForeignKey(ReturnOffer, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(ReturnableLine, on_delete=models.PROTECT, related_name="+")
    quantity = models.IntegerField()
    # Of these, taken from the warehouse; None: of an offer from before this was kept.
    unsent_quantity = models.IntegerField(null=True)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "line"], name="line_once_per_offer"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, amount_fen__gte=0), name="offer_line_is_of_pieces"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"


class ReturnAppeal(ShopRow):
    """申诉 against what staff decided: a rejection, or an inspection that gave less. One of each.

    A return can have several: rejected, appealed and granted, and then given less.
    """

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="appeals")
    decision = models.OneToOneField(ReturnEvent, on_delete=models.PROTECT, related_name="appeal")
    text = models.CharField(max_length=1000)
    safety = models.CharField(
        max_length=12, choices=choices(Safety), default=Safety.UNCHECKED.value
    )
    made_at = models.DateTimeField()
    # Who had decided, by Saleor's global user id: somebody else decides.
    rejected_by = models.CharField(max_length=SALEOR_ID, blank=True)
    is_granted = models.BooleanField(null=True)
    resolution = models.CharField(max_length=1000, blank=True)  # the customer reads it
    resolved_by = models.CharField(max_length=SALEOR_ID, blank=True)
    resolved_at = models.DateTimeField(null=True)
    # Why the one who had rejected decided himself; for the record.
    same_person_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, is_granted__isnull=True)
                | (Q(resolved_at__isnull=False, is_granted__isnull=False) & ~Q(resolution="")),
                name="resolved_appeal_has_its_words",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by="")
                | ~Q(resolved_by=F("rejected_by"))
                | ~Q(same_person_reason=""),
                name="own_rejection_is_decided_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.request)

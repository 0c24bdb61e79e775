"""The request, its lines and its history."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from ..domain.lifecycle import Actor, Kind, Status
from ..domain.talk import Safety
from .accounts import BLIND_INDEX
from .addresses import ReturnAddress
from .base import SALEOR_ID, ShopRow
from .ledger import ReturnableLine, ReturnableOrder
from .policy import ReturnPolicy


def choices(values: type[StrEnum]) -> list[tuple[str, str]]:
    return [(value.value, value.name) for value in values]


class ReturnRequest(ShopRow):
    """售后单. `status` is written by usecases/move.py only; every write raises `version`."""

    # Globally unique: `out_refund_no` is made of it, and shops may share a merchant number.
    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(ReturnableOrder, on_delete=models.PROTECT, related_name="requests")
    # Who asked: Saleor's user, or the WeChat log-in (blind index), or blank for a guest's proof.
    customer_id = models.CharField(max_length=SALEOR_ID, blank=True)
    openid_index = models.CharField(max_length=BLIND_INDEX, blank=True)
    kind = models.CharField(max_length=20, choices=choices(Kind))
    status = models.CharField(max_length=20, choices=choices(Status))
    version = models.IntegerField(default=1)
    # The rules it was made under; null: made before there were any.
    policy = models.ForeignKey(ReturnPolicy, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=64)
    note = models.CharField(max_length=1000, blank=True)
    note_safety = models.CharField(
        max_length=12, choices=choices(Safety), default=Safety.UNCHECKED.value
    )
    promised_fen = models.BigIntegerField()  # with the shipping
    # Where the goods go, chosen with the approval; null before it, and where nothing comes back.
    return_address = models.ForeignKey(
        ReturnAddress, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The return whose pieces these were, until only some of them came.
    split_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="splits"
    )
    # The order's outbound shipping, if this return gives it back: one return of an order does.
    shipping_fen = models.BigIntegerField(default=0)
    # 运费补偿: what the customer paid for sending it, added to the refund by staff.
    freight_fen = models.BigIntegerField(default=0)
    rejection_code = models.CharField(max_length=40, blank=True)  # domain/rejections.py
    explanation = models.CharField(max_length=1000, blank=True)  # of a rejection, for the customer
    updated_at = models.DateTimeField()
    # 证据保全: staff expect a dispute, so nothing of it is erased however old it is.
    legal_hold = models.BooleanField(default=False)
    # Recording the return in Saleor: the intent (FULFILLMENT_RETURNED event ids known before we
    # called), then the event that is ours. Saleor has no idempotency key to send instead.
    known_return_events = models.JSONField(null=True)
    return_fulfillment_id = models.CharField(max_length=SALEOR_ID, null=True)  # Saleor's answer
    return_event_id = models.CharField(max_length=SALEOR_ID, null=True)
    return_recorded_at = models.DateTimeField(null=True)
    # What Saleor's order shows of it by now; "" before it shows any.
    shown_status = models.CharField(max_length=20, blank=True)
    # The pieces are no longer held: the return is in Saleor, or the request is over.
    holds_ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in Status]), name="status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(promised_fen__gte=0, shipping_fen__gte=0, freight_fen__gte=0),
                name="promise_not_negative",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(shipping_fen__gt=0),
                name="shipping_once_per_order",
            ),
            models.UniqueConstraint(
                fields=["shop", "return_event_id"], name="saleor_return_claimed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "customer_id", "-created_at", "-id"], name="of_customer"),
            models.Index(fields=["shop", "-created_at", "-id"], name="of_shop"),
            models.Index(
                fields=["order"], condition=~Q(shown_status=F("status")), name="returns_to_show"
            ),
            models.Index(
                fields=["shop", "openid_index", "-created_at", "-id"],
                condition=~Q(openid_index=""),
                name="of_openid",
            ),
            # The clock looks at what is open: few of many.
            models.Index(fields=["status", "id"], name="returns_by_status"),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(ShopRow):
    """Pieces of one order line in one request. `share_fen` is their full worth."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(ReturnableLine, on_delete=models.PROTECT, related_name="+")
    shipped_quantity = models.IntegerField()
    unshipped_quantity = models.IntegerField()
    share_fen = models.BigIntegerField()
    # Saleor's fulfilment -> pieces: the parcels they came in, as their windows were reckoned.
    parcels = models.JSONField(default=dict)
    # What an accepted offer gives for these pieces, which it may lower; null: their full worth.
    agreed_fen = models.BigIntegerField(null=True)
    # Of the inspection; null before it.
    accepted_quantity = models.IntegerField(null=True)
    refused_quantity = models.IntegerField(null=True)
    paid_fen = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="line_once_per_request"),
            models.CheckConstraint(
                condition=Q(shipped_quantity__gte=0, unshipped_quantity__gte=0, share_fen__gte=0),
                name="no_negative_return_line",
            ),
            models.CheckConstraint(
                condition=Q(accepted_quantity__isnull=True)
                | Q(
                    accepted_quantity__gte=0,
                    accepted_quantity__lte=F("shipped_quantity") + F("unshipped_quantity"),
                    paid_fen__gte=0,
                    paid_fen__lte=F("share_fen"),
                ),
                name="never_pays_more_than_the_share",
            ),
            models.CheckConstraint(
                condition=Q(agreed_fen__isnull=True)
                | Q(agreed_fen__gte=0)
                & (Q(accepted_quantity__isnull=False) | Q(agreed_fen__lte=F("share_fen"))),
                name="never_agrees_to_more_than_the_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"

    @property
    def quantity(self) -> int:
        return self.shipped_quantity + self.unshipped_quantity

    @property
    def owed_fen(self) -> int:
        """What these pieces bring the customer, as far as it is known now."""
        if self.paid_fen is not None:
            return self.paid_fen
        return self.share_fen if self.agreed_fen is None else self.agreed_fen


class ReturnEvent(ShopRow):
    """One line of a request's history; written with the change it tells of."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="events")
    sequence = models.IntegerField()  # the request's version after it
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=16, choices=choices(Actor))
    actor_id = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    status = models.CharField(max_length=20, choices=choices(Status))  # after it
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "sequence"], name="one_event_per_version"),
        ]

    def __str__(self) -> str:
        return self.kind


class IdempotentCall(ShopRow):
    """The key a customer's call came with, and the return it led to. Same key, same answer."""

    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever called
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)  # of the operation and its input
    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "caller", "key"], name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return self.key

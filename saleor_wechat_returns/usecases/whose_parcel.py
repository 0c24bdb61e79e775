"""Whose a parcel is, where several name one number: where it goes is not for everybody.

Anybody can enter any number, so whoever names somebody else's parcel is told nothing of its way.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..domain.lifecycle import DeliveryMethod, DeliveryStatus
from ..models import OutboundDelivery, ReverseDelivery


def with_owners() -> QuerySet[ReverseDelivery]:
    """Deliveries that know, each, whether somebody else's parcel is meant."""
    return ReverseDelivery.objects.annotate(is_others=_is_named_before() | _was_sent_to_others())


def is_others(delivery: ReverseDelivery) -> bool:
    """Did another person name this parcel first, or was it sent to one?"""
    if delivery.method != DeliveryMethod.SELF_SHIP:
        return False  # we know ourselves how it came to this return
    known = getattr(delivery, "is_others", None)  # of a list: asked for all at once
    return with_owners().get(pk=delivery.pk).is_others if known is None else bool(known)  # type: ignore[attr-defined]


def _is_named_before() -> Exists:
    """By a return of another person; a number that was corrected since says nothing."""
    before = ReverseDelivery.objects.filter(parcel=OuterRef("parcel"), pk__lt=OuterRef("pk"))
    return Exists(before.exclude(status=DeliveryStatus.CANCELED).exclude(_same_person()))


def _was_sent_to_others() -> Exists:
    """By the shop, with another person's order."""
    sent = OutboundDelivery.objects.filter(parcel=OuterRef("parcel"))
    of_mine = Q(order=OuterRef("request__order")) | _equal("order__customer_id", "customer_id")
    return Exists(sent.exclude(of_mine))


def _same_person() -> Q:
    """By the order, the account or the WeChat log-in of the outer delivery's return."""
    by_account = _equal("request__customer_id", "customer_id")
    by_wechat = _equal("request__openid_index", "openid_index")
    return Q(request__order=OuterRef("request__order")) | by_account | by_wechat


def _equal(ours: str, theirs: str) -> Q:
    """And known at all."""
    wanted: dict[str, Any] = {ours: OuterRef(f"request__{theirs}")}
    return Q(**wanted) & ~Q(**{ours: ""})

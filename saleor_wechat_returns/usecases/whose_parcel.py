"""Whose a parcel is, where several name one number: where it goes is not for everybody.

Anybody can enter any number, so whoever names somebody else's parcel is told nothing of its way.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..domain.lifecycle import DeliveryDirection, DeliveryMethod, DeliveryStatus
from ..models import OutboundDelivery, ReverseDelivery


def with_owners() -> QuerySet[ReverseDelivery]:
    """Deliveries that know, each, whether somebody else's parcel is meant."""
    return ReverseDelivery.objects.annotate(is_others=_is_others())


def owned() -> QuerySet[ReverseDelivery]:
    """Deliveries of parcels that are not, as far as is known, somebody else's."""
    return ReverseDelivery.objects.exclude(_is_others())


def is_others(delivery: ReverseDelivery) -> bool:
    """Did another person name this parcel first, or is it known to be another's?"""
    known = getattr(delivery, "is_others", None)  # of a list: asked for all at once
    return with_owners().get(pk=delivery.pk).is_others if known is None else bool(known)  # type: ignore[attr-defined]


def _is_others() -> Q:
    # How the others came to their returns we know ourselves.
    is_entered = Q(method=DeliveryMethod.SELF_SHIP, direction=DeliveryDirection.BACK)
    return is_entered & (_is_anothers() | _was_sent_to_others())


def _is_anothers() -> Exists:
    """Of a return of another person, who named it before, or for whom the shop or a courier did.

    A number that was corrected since says nothing.
    """
    others = ReverseDelivery.objects.filter(parcel=OuterRef("parcel"))
    others = others.exclude(status=DeliveryStatus.CANCELED).exclude(_same_person())
    is_known = ~Q(method=DeliveryMethod.SELF_SHIP) | Q(direction=DeliveryDirection.TO_CUSTOMER)
    return Exists(others.filter(Q(pk__lt=OuterRef("pk")) | is_known))


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

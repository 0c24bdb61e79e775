"""Where parcels are, as their couriers say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from ..domain.parcels import PARCEL_LABELS, ParcelStatus
from ..models import ReverseDelivery, TrackingEvent
from ..usecases.tracking import timeline
from ..usecases.whose_parcel import is_others
from . import enums
from .context import viewer_of
from .label import label_field


class ReturnTrackingEvent(graphene.ObjectType):
    """One thing a courier said of a parcel."""

    at = graphene.DateTime(required=True, description="The courier's time.")
    status = graphene.Field(enums.ReturnParcelStatus, required=True)
    label = label_field("The status in words.")
    text = graphene.String(
        required=True, description="The courier's own words; telephone numbers are masked."
    )
    place = graphene.String(required=True)

    @staticmethod
    def resolve_label(event: TrackingEvent, _info: Any, language_code: Any) -> str:
        words = PARCEL_LABELS[ParcelStatus(event.status)]
        return enums.in_language(words, language_code)


class TrackingOfDelivery(graphene.ObjectType):
    """What a parcel's courier says of it."""

    class Meta:
        abstract = True

    events = graphene.List(
        graphene.NonNull(ReturnTrackingEvent),
        required=True,
        description="Newest first; empty where nobody tells of this parcel, or not to the viewer:"
        " somebody else named it first, or it was sent to one.",
    )
    signed_at = graphene.DateTime(
        description="When it was signed for, as the courier says: `receivedAt` is the shop's word."
    )

    @staticmethod
    def resolve_events(delivery: ReverseDelivery, info: Any) -> list[TrackingEvent]:
        return [] if is_secret(delivery, info) else timeline(delivery.parcel.tracking.all())

    @staticmethod
    def resolve_signed_at(delivery: ReverseDelivery, info: Any) -> datetime | None:
        return None if is_secret(delivery, info) else delivery.parcel.signed_at


def is_secret(delivery: ReverseDelivery, info: Any) -> bool:
    """Is where the parcel goes somebody else's affair?"""
    return not viewer_of(info).is_staff and is_others(delivery)

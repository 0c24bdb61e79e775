"""Parcels of a return, and the pickups that fetch them, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from .. import clock
from ..couriers.base import Place
from ..couriers.carriers import carriers
from ..domain.lifecycle import (
    BOOKING_LABELS,
    DELIVERY_LABELS,
    DIRECTION_LABELS,
    METHOD_LABELS,
    BookingStatus,
    DeliveryStatus,
)
from ..domain.parcels import PARCEL_LABELS, ParcelStatus
from ..domain.pickups import ID_NOTICE
from ..domain.policy import Party
from ..models import PickupBooking, ReturnAddress, ReturnRequest, ReverseDelivery
from ..usecases.booking_rows import courier_of
from ..usecases.bookings import sender_for_staff
from ..usecases.parcel_rows import waybill_of
from ..usecases.return_address import address_shown
from ..usecases.slips import link_to_slip
from . import enums
from .context import viewer_of
from .label import global_id, label_field
from .money import ReturnMoney
from .reasons import PARTY_LABELS, ReturnParty
from .return_addresses import ReturnAddressType
from .tracking import TrackingOfDelivery, is_secret


class ReturnPickupSender(graphene.ObjectType):
    """Where a parcel is to be fetched."""

    name = graphene.String(required=True)
    phone = graphene.String(required=True)
    province = graphene.String(required=True)
    city = graphene.String(required=True)
    area = graphene.String(required=True)
    street_address = graphene.String(required=True)


class ReturnPickupType(graphene.ObjectType):
    """A courier who comes to fetch a parcel (上门取件)."""

    class Meta:
        name = "ReturnPickup"

    id = graphene.ID(required=True)
    status = graphene.Field(enums.ReturnPickupStatus, required=True)
    status_label = label_field("The status in words.")
    courier = graphene.String(required=True, description="Key of one of `returnCarriers`.")
    courier_label = label_field("Its name.")
    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)
    courier_name = graphene.String(
        required=True, description="Who comes; blank until somebody is assigned, and afterwards."
    )
    courier_phone = graphene.String(required=True, description="As `courierName`.")
    payer = graphene.Field(ReturnParty, required=True, description="Who pays for the way.")
    payer_label = label_field("Who pays, in words.")
    id_notice = label_field("What to have ready at the door.")
    quoted_amount = graphene.Field(
        ReturnMoney, description="About what it costs; null where the courier does not say."
    )
    charged_amount = graphene.Field(
        ReturnMoney, description="What the courier charged the shop. For staff."
    )
    sender = graphene.Field(
        ReturnPickupSender,
        description="For staff who have to arrange it themselves, until it is over; else null.",
    )
    failure = graphene.String(
        required=True, description="Why it came to nothing, in the courier's words. For staff."
    )

    @staticmethod
    def resolve_id(booking: PickupBooking, _info: Any) -> str:
        return global_id(booking, "ReturnPickup")

    @staticmethod
    def resolve_status_label(booking: PickupBooking, _info: Any, language_code: Any) -> str:
        return enums.label(BOOKING_LABELS, booking.status, language_code)

    @staticmethod
    def resolve_courier_label(booking: PickupBooking, _info: Any, language_code: Any) -> str:
        return carrier_label(booking.courier, language_code)

    @staticmethod
    def resolve_courier_name(booking: PickupBooking, _info: Any) -> str:
        return courier_of(booking)[0] if booking.status == BookingStatus.ASSIGNED else ""

    @staticmethod
    def resolve_courier_phone(booking: PickupBooking, _info: Any) -> str:
        return courier_of(booking)[1] if booking.status == BookingStatus.ASSIGNED else ""

    @staticmethod
    def resolve_payer(booking: PickupBooking, _info: Any) -> Party:
        return Party.MERCHANT if booking.merchant_pays else Party.CUSTOMER

    @staticmethod
    def resolve_payer_label(booking: PickupBooking, info: Any, language_code: Any) -> str:
        payer = ReturnPickupType.resolve_payer(booking, info)
        return enums.label(PARTY_LABELS, payer, language_code)

    @staticmethod
    def resolve_id_notice(_booking: PickupBooking, _info: Any, language_code: Any) -> str:
        return enums.in_language(ID_NOTICE, language_code)

    @staticmethod
    def resolve_quoted_amount(booking: PickupBooking, _info: Any) -> int | None:
        return booking.quoted_fen

    @staticmethod
    def resolve_charged_amount(booking: PickupBooking, info: Any) -> int | None:
        return booking.charged_fen if viewer_of(info).is_staff else None

    @staticmethod
    def resolve_sender(booking: PickupBooking, info: Any) -> Place | None:
        return sender_for_staff(booking) if viewer_of(info).is_staff else None

    @staticmethod
    def resolve_failure(booking: PickupBooking, info: Any) -> str:
        return booking.failure if viewer_of(info).is_staff else ""


class ReturnDeliveryType(TrackingOfDelivery, graphene.ObjectType):
    """A parcel of a return."""

    class Meta:
        name = "ReturnDelivery"

    id = graphene.ID(required=True)
    direction = graphene.Field(enums.ReturnDeliveryDirection, required=True)
    direction_label = label_field("The direction in words.")
    method = graphene.Field(enums.ReturnDeliveryMethod, required=True)
    method_label = label_field("The method in words.")
    carrier = graphene.String(required=True, description="The name people read.")
    courier = graphene.String(description="Key of one of `returnCarriers`; null: none of them.")
    waybill_no = graphene.String(
        required=True, description="Blank while the courier has given none."
    )
    status = graphene.Field(enums.ReturnDeliveryStatus, required=True)
    status_label = label_field("The status in words.")
    parcel_status = graphene.Field(
        enums.ReturnParcelStatus, required=True, description="Where its courier says it is."
    )
    parcel_status_label = label_field("The same in words.")
    pickup = graphene.Field(ReturnPickupType, description="The courier who fetches it, if one.")
    submitted_at = graphene.DateTime(required=True)
    received_at = graphene.DateTime()

    @staticmethod
    def resolve_id(delivery: ReverseDelivery, _info: Any) -> str:
        return global_id(delivery, "ReturnDelivery")

    @staticmethod
    def resolve_direction_label(delivery: ReverseDelivery, _info: Any, language_code: Any) -> str:
        return enums.label(DIRECTION_LABELS, delivery.direction, language_code)

    @staticmethod
    def resolve_method_label(delivery: ReverseDelivery, _info: Any, language_code: Any) -> str:
        return enums.label(METHOD_LABELS, delivery.method, language_code)

    @staticmethod
    def resolve_carrier(delivery: ReverseDelivery, _info: Any) -> str:
        return delivery.parcel.carrier

    @staticmethod
    def resolve_courier(delivery: ReverseDelivery, _info: Any) -> str | None:
        return delivery.parcel.courier or None

    @staticmethod
    def resolve_waybill_no(delivery: ReverseDelivery, _info: Any) -> str:
        return waybill_of(delivery.parcel)

    @staticmethod
    def resolve_status_label(delivery: ReverseDelivery, _info: Any, language_code: Any) -> str:
        return enums.label(DELIVERY_LABELS, delivery.status, language_code)

    @staticmethod
    def resolve_parcel_status(delivery: ReverseDelivery, info: Any) -> str:
        return ParcelStatus.UNKNOWN if is_secret(delivery, info) else delivery.parcel.status

    @staticmethod
    def resolve_parcel_status_label(
        delivery: ReverseDelivery, info: Any, language_code: Any
    ) -> str:
        status = ReturnDeliveryType.resolve_parcel_status(delivery, info)
        return enums.label(PARCEL_LABELS, status, language_code)

    @staticmethod
    def resolve_pickup(delivery: ReverseDelivery, _info: Any) -> PickupBooking | None:
        return getattr(delivery, "booking", None)

    @staticmethod
    def resolve_submitted_at(delivery: ReverseDelivery, _info: Any) -> datetime:
        return delivery.created_at


class ParcelsOfReturn(graphene.ObjectType):
    """What a return has of parcels."""

    class Meta:
        abstract = True

    deliveries = graphene.List(
        graphene.NonNull(ReturnDeliveryType),
        required=True,
        description="Oldest first; those given up only for staff.",
    )

    return_address = graphene.Field(
        ReturnAddressType,
        description="Where the goods go: from the approval on, as long as they are to come back."
        " Null where the shop has entered none: ask it.",
    )

    slip_url = graphene.String(
        description="A page with number, QR code and address for the parcel, for some minutes: ask"
        " again for a new link. Null while nothing is to come back."
    )

    @staticmethod
    def resolve_slip_url(request: ReturnRequest, _info: Any) -> str | None:
        return link_to_slip(request, now=clock.now())

    @staticmethod
    def resolve_return_address(request: ReturnRequest, info: Any) -> ReturnAddress | None:
        return address_shown(viewer_of(info), request)

    @staticmethod
    def resolve_deliveries(request: ReturnRequest, info: Any) -> list[ReverseDelivery]:
        given_up = () if viewer_of(info).is_staff else (DeliveryStatus.CANCELED,)
        shown = (it for it in request.deliveries.all() if it.status not in given_up)
        return sorted(shown, key=lambda delivery: delivery.pk)


def carrier_label(key: str, language_code: Any) -> str:
    carrier = carriers().get(key)
    return enums.in_language((carrier.zh, carrier.en), language_code) if carrier else key

"""What pickups can be booked, before one is."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..couriers.base import Place
from ..domain.pickups import ID_NOTICE, Consent
from ..usecases.access import need_customer
from ..usecases.pickup_offers import PickupOffer, PickupOffers, pickup_offers
from . import enums
from .context import viewer_of
from .deliveries import carrier_label
from .label import label_field
from .money import ReturnMoney
from .mutation import row_id
from .reasons import PARTY_LABELS, ReturnParty


class ReturnPickupWindow(graphene.ObjectType):
    """取件时间段."""

    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)


class ReturnPickupConsent(graphene.ObjectType):
    """Words the customer must agree to for this alone (单独同意), before the courier is told."""

    version = graphene.String(required=True, description="Give it back with the booking.")
    text = label_field("The words, which name who gets what, and what for.")

    @staticmethod
    def resolve_text(consent: Consent, _info: Any, language_code: Any) -> str:
        return enums.in_language((consent.zh, consent.en), language_code)


class ReturnPickupOffer(graphene.ObjectType):
    """A courier who would come."""

    courier = graphene.String(required=True, description="Key: give it back with the booking.")
    courier_label = label_field("Its name.")
    windows = graphene.List(
        graphene.NonNull(ReturnPickupWindow), required=True, description="Soonest first."
    )
    estimate = graphene.Field(
        ReturnMoney, description="Weighed when fetched; null where the courier does not say."
    )

    @staticmethod
    def resolve_courier_label(offer: PickupOffer, _info: Any, language_code: Any) -> str:
        return carrier_label(offer.courier, language_code)

    @staticmethod
    def resolve_estimate(offer: PickupOffer, _info: Any) -> int | None:
        return offer.estimate_fen


class ReturnPickupOffers(graphene.ObjectType):
    """Who would come, who pays, and what must be agreed to."""

    offers = graphene.List(
        graphene.NonNull(ReturnPickupOffer), required=True, description="The shop's favourite first"
    )
    payer = graphene.Field(ReturnParty, required=True)
    payer_label = label_field("Who pays, in words.")
    consent = graphene.Field(ReturnPickupConsent, required=True)
    id_notice = label_field("What to have ready at the door.")

    @staticmethod
    def resolve_payer_label(found: PickupOffers, _info: Any, language_code: Any) -> str:
        return enums.label(PARTY_LABELS, found.payer, language_code)

    @staticmethod
    def resolve_id_notice(_found: PickupOffers, _info: Any, language_code: Any) -> str:
        return enums.in_language(ID_NOTICE, language_code)


class ReturnPickupSenderInput(graphene.InputObjectType):
    """Who hands the parcel over, and where; as `wx.chooseAddress` gives it."""

    name = graphene.String(required=True)
    phone = graphene.String(required=True)
    province = graphene.String(required=True)
    city = graphene.String(required=True)
    area = graphene.String(default_value="", description="区/县; blank where there is none.")
    street_address = graphene.String(required=True)


def place_of(given: Any) -> Place:
    names = ("name", "phone", "province", "city", "area", "street_address")
    return Place(**{name: " ".join((given.get(name) or "").split()) for name in names})


class PickupQuery(graphene.ObjectType):
    return_pickup_windows = graphene.Field(
        ReturnPickupOffers,
        required=True,
        id=graphene.ID(required=True, description="Of the return."),
        sender=graphene.Argument(ReturnPickupSenderInput, required=True),
        description="Asks couriers whether they come there: some seconds, and so often an hour as"
        " the shop allows: TOO_MANY_PICKUP_QUESTIONS. COURIER_UNAVAILABLE or PICKUP_NOT_OFFERED:"
        " the parcel can still be sent.",
    )

    @staticmethod
    def resolve_return_pickup_windows(_root: None, info: Any, id: str, sender: Any) -> PickupOffers:
        customer = need_customer(viewer_of(info))
        info.context.spend.call()
        return pickup_offers(customer, row_id(id), place_of(sender), now=clock.now())

"""Offers in the API."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.talk import OFFER_LABELS
from ..models import ReturnOffer, ReturnOfferLine, ReturnRequest
from ..usecases.open_offers import open_offer
from . import enums
from .label import global_id, label_field
from .money import ReturnMoney


class ReturnOfferLineType(graphene.ObjectType):
    """Pieces of an order line in an offer, and what the customer gets for them."""

    class Meta:
        name = "ReturnOfferLine"

    order_line_id = graphene.ID(required=True)
    product_name = graphene.String(required=True)
    variant_name = graphene.String(required=True)
    quantity = graphene.Int(required=True)
    amount = graphene.Field(ReturnMoney, required=True)

    @staticmethod
    def resolve_order_line_id(offered: ReturnOfferLine, _info: Any) -> str:
        return offered.line.order_line_id

    @staticmethod
    def resolve_product_name(offered: ReturnOfferLine, _info: Any) -> str:
        return offered.line.product_name

    @staticmethod
    def resolve_variant_name(offered: ReturnOfferLine, _info: Any) -> str:
        return offered.line.variant_name

    @staticmethod
    def resolve_amount(offered: ReturnOfferLine, _info: Any) -> int:
        return offered.amount_fen


class ReturnOfferType(graphene.ObjectType):
    """What staff propose instead (协商方案). Never changed: another one takes its place.

    Only its time can become longer, with the deadline's.
    """

    class Meta:
        name = "ReturnOffer"

    id = graphene.ID(required=True)
    kind = graphene.Field(enums.ReturnKind, required=True)
    kind_label = label_field("The kind in words.")
    status = graphene.Field(enums.ReturnOfferStatus, required=True)
    status_label = label_field("The status in words.")
    amount = graphene.Field(
        ReturnMoney, required=True, description="What the customer gets in all."
    )
    shipping_amount = graphene.Field(
        ReturnMoney, required=True, description="The order's outbound shipping in it."
    )
    lines = graphene.List(graphene.NonNull(ReturnOfferLineType), required=True)
    note = graphene.String(required=True)
    created_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(
        required=True, description="Up to this moment it can be accepted, and no longer at it."
    )
    ended_at = graphene.DateTime()

    @staticmethod
    def resolve_id(offer: ReturnOffer, _info: Any) -> str:
        return global_id(offer, "ReturnOffer")

    @staticmethod
    def resolve_kind_label(offer: ReturnOffer, _info: Any, language_code: Any) -> str:
        return enums.label(enums.KIND_LABELS, offer.kind, language_code)

    @staticmethod
    def resolve_status_label(offer: ReturnOffer, _info: Any, language_code: Any) -> str:
        return enums.label(OFFER_LABELS, offer.status, language_code)

    @staticmethod
    def resolve_amount(offer: ReturnOffer, _info: Any) -> int:
        return offer.amount_fen

    @staticmethod
    def resolve_shipping_amount(offer: ReturnOffer, _info: Any) -> int:
        return offer.shipping_fen

    @staticmethod
    def resolve_lines(offer: ReturnOffer, _info: Any) -> list[ReturnOfferLine]:
        return sorted(offer.lines.all(), key=lambda offered: offered.line_id)


class OffersOfReturn(graphene.ObjectType):
    """What a return has of offers."""

    class Meta:
        abstract = True

    offers = graphene.List(
        graphene.NonNull(ReturnOfferType), required=True, description="Newest first."
    )
    open_offer = graphene.Field(ReturnOfferType, description="The one that waits for an answer.")

    @staticmethod
    def resolve_offers(request: ReturnRequest, _info: Any) -> list[ReturnOffer]:
        return sorted(request.offers.all(), key=lambda offer: offer.pk, reverse=True)

    @staticmethod
    def resolve_open_offer(request: ReturnRequest, _info: Any) -> ReturnOffer | None:
        return open_offer(request)

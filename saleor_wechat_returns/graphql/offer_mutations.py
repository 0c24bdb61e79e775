"""Making an offer, and answering it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene
from django.utils.timezone import is_naive

from .. import clock
from ..domain.errors import ErrorCode, refuse
from ..models import ReturnRequest
from ..usecases.access import need_customer, need_staff
from ..usecases.offer_answers import OfferAccepted, OfferDeclined, accept_offer, decline_offer
from ..usecases.offers import OfferedLine, WantedOffer, create_offer
from . import enums
from .context import viewer_of
from .label import read_id
from .mutation import IDEMPOTENCY, VERSION, ReturnMutation, row_id, run_mutation


class ReturnOfferLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True, description="Saleor's order line id.")
    quantity = graphene.Int(required=True)
    amount_fen = graphene.Int(
        required=True,
        description="What the customer gets for all these pieces, in fen; up to 2147483647.",
    )


class ReturnOfferInput(graphene.InputObjectType):
    kind = graphene.Field(enums.ReturnKind, required=True)
    lines = graphene.List(graphene.NonNull(ReturnOfferLineInput), required=True)
    note = graphene.String(default_value="", description="Up to 1000 characters.")
    refund_shipping = graphene.Boolean(
        default_value=False, description="True: the order's outbound shipping on top."
    )
    expires_at = graphene.DateTime(
        description="With its time zone; in one hour to thirty days. Left out: in 72 hours."
    )


class ReturnOfferCreate(ReturnMutation):
    """Staff propose something else than was asked for; an open offer is withdrawn for it."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        input = ReturnOfferInput(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, input: Any, expected_version: int
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return create_offer(
                need_staff(viewer_of(info)),
                row_id(id),
                _wanted(input),
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)


class ReturnOfferAccept(ReturnMutation):
    """The offer is now the request. Money for goods that stay is refunded at once."""

    class Arguments:
        offer_id = graphene.ID(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, offer_id: str, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            customer, wanted = need_customer(viewer_of(info)), OfferAccepted(_offer(offer_id))
            return accept_offer(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


class ReturnOfferDecline(ReturnMutation):
    """The request stays what it was; it is staff's turn again."""

    class Arguments:
        offer_id = graphene.ID(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, offer_id: str, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            customer, wanted = need_customer(viewer_of(info)), OfferDeclined(_offer(offer_id))
            return decline_offer(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


def _offer(id: str) -> str:
    return str(read_id(id, "ReturnOffer") or "")


def _wanted(input: Any) -> WantedOffer:
    expires_at: datetime | None = input.get("expires_at")
    if expires_at is not None and is_naive(expires_at):
        raise refuse(ErrorCode.MALFORMED, "input.expiresAt")
    return WantedOffer(
        kind=input.kind,
        lines=tuple(
            OfferedLine(str(line.order_line_id), line.quantity, line.amount_fen)
            for line in input.lines
        ),
        note=(input.note or "").strip(),
        refund_shipping=bool(input.refund_shipping),
        expires_at=expires_at,
    )

"""Having a parcel fetched: booked, called off, and told of by staff."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_customer, need_staff
from ..usecases.book_pickup import (
    PickupCanceled,
    ToldByStaff,
    WantedPickup,
    book_pickup,
    cancel_pickup,
    confirm_pickup,
)
from .context import viewer_of
from .mutation import IDEMPOTENCY, VERSION, ReturnMutation, row_id, run_mutation
from .pickups import ReturnPickupSenderInput, place_of


class ReturnPickupWindowInput(graphene.InputObjectType):
    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)


class ReturnPickupConsentInput(graphene.InputObjectType):
    """The customer has read the words and agreed to them, with a click for this alone."""

    version = graphene.String(required=True, description="Of `returnPickupWindows`.")


class ReturnPickupInput(graphene.InputObjectType):
    window = graphene.Field(ReturnPickupWindowInput, required=True)
    sender = graphene.Field(ReturnPickupSenderInput, required=True)
    courier = graphene.String(description="Key of an offer; left out: the shop's favourite.")
    consent = graphene.Field(ReturnPickupConsentInput, required=True)


class ReturnPickupBook(ReturnMutation):
    """A courier is to fetch the parcel; booked again, another takes the place of the one before."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        input = ReturnPickupInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wanted = WantedPickup(
                request_id=row_id(id),
                sender=place_of(input.sender),
                starts_at=input.window.starts_at,
                ends_at=input.window.ends_at,
                consent_version=input.consent.version,
                courier=input.get("courier") or "",
            )
            customer = need_customer(viewer_of(info))
            return book_pickup(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


class ReturnPickupCancel(ReturnMutation):
    """Nobody is to come. If the courier has the parcel already, it stays collected."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            customer, wanted = need_customer(viewer_of(info)), PickupCanceled(row_id(id))
            return cancel_pickup(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


class ReturnPickupConfirm(ReturnMutation):
    """Staff know what became of a pickup: they arranged it, or they asked the courier."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        collected = graphene.Boolean(required=True)
        carrier = graphene.String(
            default_value="", description="Key or name of who came, if it was another."
        )
        waybill_no = graphene.String(default_value="", description="Of a collected one, if known.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        collected: bool,
        expected_version: int,
        carrier: str | None = None,
        waybill_no: str | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            told = ToldByStaff(collected, (carrier or "").strip(), waybill_no or "")
            staff = need_staff(viewer_of(info))
            return confirm_pickup(
                staff, row_id(id), told, expected_version=expected_version, now=clock.now()
            )

        return run_mutation(run, info)

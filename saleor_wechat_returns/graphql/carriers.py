"""Carriers that customers know by name, and telling that a parcel was sent with one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene

from .. import clock
from ..couriers.carriers import Carrier, carriers, guess
from ..domain.warnings import Warned
from ..models import ReturnRequest
from ..usecases.access import need_customer
from ..usecases.parcel_rows import tidy_number
from ..usecases.self_ship import WAYBILL_LENGTHS, WantedDelivery, submit_delivery, warnings_about
from . import enums
from .context import viewer_of
from .label import label_field, read_id
from .mutation import IDEMPOTENCY, ReturnMutation, row_id, run_mutation
from .warnings import ReturnWarning


class ReturnCarrier(graphene.ObjectType):
    """A carrier (快递公司)."""

    key = graphene.String(required=True)
    label = label_field("Its name.")

    @staticmethod
    def resolve_label(carrier: Carrier, _info: Any, language_code: Any) -> str:
        return enums.in_language((carrier.zh, carrier.en), language_code)


class CarrierQuery(graphene.ObjectType):
    return_carriers = graphene.List(
        graphene.NonNull(ReturnCarrier),
        required=True,
        description="To choose from; any other name may be typed. Needs no log-in.",
    )
    return_carrier_guess = graphene.List(
        graphene.NonNull(ReturnCarrier),
        required=True,
        waybill_no=graphene.String(required=True),
        description="Whose numbers look like this one, the likeliest first. Needs no log-in.",
    )

    @staticmethod
    def resolve_return_carriers(_root: None, _info: Any) -> list[Carrier]:
        return list(carriers().values())

    @staticmethod
    def resolve_return_carrier_guess(_root: None, _info: Any, waybill_no: str) -> list[Carrier]:
        number = tidy_number(waybill_no)
        return guess(number) if len(number) in WAYBILL_LENGTHS else []


class ReturnDeliveryInput(graphene.InputObjectType):
    carrier = graphene.String(
        required=True, description="Key of one of `returnCarriers`, or any name."
    )
    waybill_no = graphene.String(required=True, description="Blanks and case do not matter.")
    replaces_id = graphene.ID(
        description="Of the delivery whose number was wrong; until its courier has scanned it."
        " Left out: another number is another parcel."
    )


class ReturnDeliverySubmit(ReturnMutation):
    """The customer shipped; also before approval. Up to ten parcels, each number once."""

    class Arguments:
        id = graphene.ID(required=True)
        input = ReturnDeliveryInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    warnings = graphene.List(
        graphene.NonNull(ReturnWarning),
        required=True,
        description="What to look at again: it was taken all the same.",
    )

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        replaced = input.get("replaces_id")
        wanted = WantedDelivery(
            request_id=row_id(id),
            carrier=input.carrier.strip(),
            waybill_no=tidy_number(input.waybill_no),
            replaces_id=str(read_id(replaced, "ReturnDelivery") or "-") if replaced else "",
        )
        warnings: Sequence[Warned] = ()

        def run() -> ReturnRequest:
            nonlocal warnings
            customer = need_customer(viewer_of(info))
            request = submit_delivery(
                customer, wanted, idempotency_key=idempotency_key, now=clock.now()
            )
            warnings = warnings_about(customer, wanted)
            return request

        return run_mutation(run, info) | {"warnings": warnings}

"""What staff know better than couriers, or where no courier tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..models import OutboundDelivery, ReturnRequest
from ..usecases.access import need_staff
from ..usecases.lost_parcels import mark_lost
from ..usecases.refused_parcels import report_refused
from ..usecases.report_signed import report_signed
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .mutation import VERSION, ReturnMutation, run_mutation


class ReturnDeliveryMarkLost(ReturnMutation):
    """Staff give a parcel up; the others of the return go on, and it may come after all."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the delivery.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, expected_version: int) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return mark_lost(
                need_staff(viewer_of(info)),
                read_id(id, "ReturnDelivery"),
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)


class ReturnRefusedParcelCreate(ReturnMutation):
    """拒收: staff have a parcel in hands that the customer did not take.

    Named by `waybillNo` where we follow the shop's parcels, else by `orderId` and `fulfillmentId`.
    Once more: the return that began with it. Where couriers tell us, it begins by itself.
    """

    class Arguments:
        waybill_no = graphene.String(default_value="")
        order_id = graphene.ID(default_value="", description="Saleor's.")
        fulfillment_id = graphene.ID(default_value="", description="Saleor's.")

    @staticmethod
    def mutate(
        _root: None, info: Any, waybill_no: str, order_id: str, fulfillment_id: str
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return report_refused(
                need_staff(viewer_of(info)),
                order_id=order_id or "",
                fulfillment_id=fulfillment_id or "",
                waybill_no=(waybill_no or "").strip(),
                now=clock.now(),
            )

        return run_mutation(run, info)


class ReturnOutboundSignedReport(graphene.Mutation):
    """Staff tell when the customer had a parcel of which no courier tells: the days to return it
    count from then. A courier's own word, also a later one, goes before it.
    """

    class Arguments:
        order_id = graphene.ID(required=True, description="Saleor's.")
        fulfillment_id = graphene.ID(required=True, description="Saleor's.")
        signed_at = graphene.DateTime(
            required=True, description="After it was sent, and not in the future."
        )

    signed_at = graphene.DateTime()
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(
        _root: None, info: Any, order_id: str, fulfillment_id: str, signed_at: datetime
    ) -> dict[str, Any]:
        def run() -> OutboundDelivery:
            return report_signed(
                need_staff(viewer_of(info)),
                order_id=order_id,
                fulfillment_id=fulfillment_id,
                signed_at=signed_at,
                now=clock.now(),
            )

        try:
            with busy_is_a_refusal():
                row = run()
        except Refusal as no:
            return {"signed_at": None, "errors": no.faults}
        return {"signed_at": row.signed_at, "errors": ()}

"""What can be asked for. Each mutation makes one call inward and says no in `errors`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..models import ReturnRequest
from ..usecases.access import need_customer, need_staff
from ..usecases.create_return import create_return
from ..usecases.parcels import Inspected, WantedDelivery, inspect, receive, submit_delivery
from ..usecases.review import approve, reject
from ..usecases.viewing import find_return
from ..usecases.wanted_return import WantedLine, WantedReturn
from . import enums
from .context import viewer_of
from .errors import ReturnError
from .types import ReturnRequestType, read_id

IDEMPOTENCY = "Yours, 1 to 64 characters: a repeat with the same key answers the same return."
VERSION = "The version you saw; if the return changed meanwhile, nothing is done."


class ReturnLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True, description="Saleor's order line id.")
    quantity = graphene.Int(required=True)


class ReturnRequestCreateInput(graphene.InputObjectType):
    order_id = graphene.ID(required=True, description="Saleor's order id.")
    kind = graphene.Field(enums.ReturnKind, required=True)
    reason = graphene.String(required=True, description="Code of one of the shop's reasons.")
    note = graphene.String(default_value="", description="Up to 1000 characters.")
    lines = graphene.List(graphene.NonNull(ReturnLineInput), required=True)


class ReturnDeliveryInput(graphene.InputObjectType):
    carrier = graphene.String(required=True)
    waybill_no = graphene.String(required=True)


class ReturnInspectedLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True)
    accepted_quantity = graphene.Int(
        required=True, description="The rest is refused and stays the customer's."
    )


def _mutation(run: Callable[..., ReturnRequest], info: Any) -> dict[str, Any]:
    try:
        request = run()
    except Refusal as no:
        return {"return_request": None, "errors": no.faults}
    # Read again, with everything the answer may show in a fixed number of statements.
    shown = find_return(viewer_of(info), id=request.pk, number=None)
    return {"return_request": shown, "errors": ()}


def _row_id(id: str) -> str:
    """Anything that is no id of a return of ours is simply not found further in."""
    return str(read_id(id, "ReturnRequest") or "")


class _ReturnMutation(graphene.Mutation):
    """The shape all answers share."""

    class Meta:
        abstract = True

    return_request = graphene.Field(ReturnRequestType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


class ReturnRequestCreate(_ReturnMutation):
    """A customer asks for a return; it has its number at once."""

    class Arguments:
        input = ReturnRequestCreateInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            lines = tuple(WantedLine(str(x.order_line_id), x.quantity) for x in input.lines)
            wanted = WantedReturn(
                order_id=str(input.order_id),
                kind=input.kind,
                reason=input.reason,
                note=(input.note or "").strip(),
                lines=lines,
                idempotency_key=idempotency_key,
            )
            return create_return(need_customer(viewer_of(info)), wanted, now=clock.now())

        return _mutation(run, info)


class ReturnDeliverySubmit(_ReturnMutation):
    """The customer shipped; also before approval, and again to correct a number."""

    class Arguments:
        id = graphene.ID(required=True)
        input = ReturnDeliveryInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            carrier, waybill_no = input.carrier.strip(), input.waybill_no.strip()
            wanted = WantedDelivery(_row_id(id), carrier, waybill_no)
            customer = need_customer(viewer_of(info))
            return submit_delivery(
                customer, wanted, idempotency_key=idempotency_key, now=clock.now()
            )

        return _mutation(run, info)


class ReturnRequestApprove(_ReturnMutation):
    """Staff agree to a return."""

    class Arguments:
        id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, expected_version: int) -> dict[str, Any]:
        def run() -> ReturnRequest:
            staff = need_staff(viewer_of(info))
            return approve(staff, _row_id(id), expected_version=expected_version, now=clock.now())

        return _mutation(run, info)


class ReturnRequestReject(_ReturnMutation):
    """Staff refuse a return, with words for the customer."""

    class Arguments:
        id = graphene.ID(required=True)
        explanation = graphene.String(required=True, description="The customer reads it.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, explanation: str, expected_version: int
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return reject(
                need_staff(viewer_of(info)),
                _row_id(id),
                explanation=explanation,
                expected_version=expected_version,
                now=clock.now(),
            )

        return _mutation(run, info)


class ReturnReceive(_ReturnMutation):
    """The parcel has arrived."""

    class Arguments:
        id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, expected_version: int) -> dict[str, Any]:
        def run() -> ReturnRequest:
            staff = need_staff(viewer_of(info))
            return receive(staff, _row_id(id), expected_version=expected_version, now=clock.now())

        return _mutation(run, info)


class ReturnInspect(_ReturnMutation):
    """Staff looked at every piece; the accepted ones are refunded."""

    class Arguments:
        id = graphene.ID(required=True)
        lines = graphene.List(graphene.NonNull(ReturnInspectedLineInput), required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, lines: list[Any], expected_version: int
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return inspect(
                need_staff(viewer_of(info)),
                _row_id(id),
                lines=[Inspected(str(x.order_line_id), x.accepted_quantity) for x in lines],
                expected_version=expected_version,
                now=clock.now(),
            )

        return _mutation(run, info)


class Mutation(graphene.ObjectType):
    return_request_create = ReturnRequestCreate.Field()
    return_request_approve = ReturnRequestApprove.Field()
    return_request_reject = ReturnRequestReject.Field()
    return_delivery_submit = ReturnDeliverySubmit.Field()
    return_receive = ReturnReceive.Field()
    return_inspect = ReturnInspect.Field()

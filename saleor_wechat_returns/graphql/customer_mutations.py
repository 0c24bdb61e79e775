"""What a customer can ask for."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_customer
from ..usecases.change_return import Cancelation, Changes, cancel_return, update_return
from ..usecases.create_return import create_return
from ..usecases.wanted_return import WantedLine, WantedReturn
from . import enums
from .context import viewer_of
from .evidence import ReturnEvidenceInput, wanted_evidence
from .mutation import IDEMPOTENCY, ReturnMutation, row_id, run_mutation


class ReturnLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True, description="Saleor's order line id.")
    quantity = graphene.Int(required=True)


class ReturnRequestCreateInput(graphene.InputObjectType):
    order_id = graphene.ID(required=True, description="Saleor's order id.")
    kind = graphene.Field(enums.ReturnKind, required=True)
    reason = graphene.String(required=True, description="Code of one of the shop's reasons.")
    note = graphene.String(default_value="", description="Up to 1000 characters.")
    lines = graphene.List(graphene.NonNull(ReturnLineInput), required=True)
    evidence = graphene.List(graphene.NonNull(ReturnEvidenceInput))


class ReturnRequestUpdateInput(graphene.InputObjectType):
    """What is left out stays as it is; `lines` replaces all of them."""

    reason = graphene.String(description="Code of one of the shop's reasons.")
    note = graphene.String(description="Up to 1000 characters.")
    lines = graphene.List(graphene.NonNull(ReturnLineInput))
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceInput), description="Is added to what there is."
    )


class ReturnRequestCreate(ReturnMutation):
    """A customer asks for a return; it has its number at once."""

    class Arguments:
        input = ReturnRequestCreateInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wanted = WantedReturn(
                order_id=str(input.order_id),
                kind=input.kind,
                reason=input.reason,
                note=(input.note or "").strip(),
                lines=_lines(input.lines),
                idempotency_key=idempotency_key,
                evidence=wanted_evidence(input.get("evidence")),
            )
            return create_return(need_customer(viewer_of(info)), wanted, now=clock.now())

        return run_mutation(run, info)


class ReturnRequestUpdate(ReturnMutation):
    """The customer changes a return that staff have not decided yet."""

    class Arguments:
        id = graphene.ID(required=True)
        input = ReturnRequestUpdateInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            note, lines = input.get("note"), input.get("lines")
            changes = Changes(
                request_id=row_id(id),
                reason=input.get("reason"),
                note=note if note is None else note.strip(),
                lines=None if lines is None else _lines(lines),
                evidence=wanted_evidence(input.get("evidence")),
            )
            customer = need_customer(viewer_of(info))
            return update_return(
                customer, changes, idempotency_key=idempotency_key, now=clock.now()
            )

        return run_mutation(run, info)


class ReturnRequestCancel(ReturnMutation):
    """The customer keeps the goods after all; not once a parcel is on its way."""

    class Arguments:
        id = graphene.ID(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            customer, wanted = need_customer(viewer_of(info)), Cancelation(row_id(id))
            return cancel_return(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


def _lines(given: list[Any]) -> tuple[WantedLine, ...]:
    return tuple(WantedLine(str(line.order_line_id), line.quantity) for line in given)

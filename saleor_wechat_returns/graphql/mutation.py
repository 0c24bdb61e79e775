"""The shape all mutations share: one call inward, and saying no in `errors`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from ..domain.errors import Refusal
from ..models import ReturnRequest
from ..usecases.find_parcels import for_handlers
from ..usecases.viewing import find_return
from .context import anybody_of, viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .types import ReturnRequestType
from .warehouse import ReturnAtWarehouse

IDEMPOTENCY = "Yours, 1 to 64 characters: a repeat with the same key answers the same return."
SHIPPING = "Outbound shipping: true gives it back, false keeps it; left out: by the shop's rule."
VERSION = "The version you saw; if the return changed meanwhile, nothing is done."


def run_mutation(run: Callable[..., ReturnRequest], info: Any) -> dict[str, Any]:
    try:
        with busy_is_a_refusal():
            request = run()
    except Refusal as no:
        return {"return_request": None, "errors": no.faults}
    # Read again, with everything the answer may show in a fixed number of statements.
    shown = find_return(viewer_of(info), id=request.pk, number=None)
    return {"return_request": shown, "errors": ()}


def run_at_warehouse(run: Callable[..., ReturnRequest], info: Any) -> dict[str, Any]:
    """`run_mutation` for what the warehouse may do too: it is shown its own side of the return."""
    try:
        with busy_is_a_refusal():
            request = run()
    except Refusal as no:
        return {"return_request": None, "at_warehouse": None, "errors": no.faults}
    handler = anybody_of(info)
    is_office = not handler.is_warehouse
    shown = find_return(handler, id=request.pk, number=None) if is_office else None
    return {"return_request": shown, "at_warehouse": request, "errors": ()}


def row_id(id: str) -> str:
    """Anything that is no id of a return of ours is simply not found further in."""
    return str(read_id(id, "ReturnRequest") or "")


class ReturnMutation(graphene.Mutation):
    """The shape all answers share."""

    class Meta:
        abstract = True

    return_request = graphene.Field(ReturnRequestType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


class WarehouseMutation(ReturnMutation):
    """The shape of answers that the warehouse gets too."""

    class Meta:
        abstract = True

    at_warehouse = graphene.Field(
        ReturnAtWarehouse,
        description="The same return as the warehouse sees it; who is only of the warehouse gets"
        " no `returnRequest`.",
    )

    @staticmethod
    def resolve_at_warehouse(answer: dict[str, Any], info: Any) -> ReturnRequest | None:
        """Read again only where it is asked for."""
        request = answer["at_warehouse"]
        return request and for_handlers(anybody_of(info)).get(pk=request.pk)

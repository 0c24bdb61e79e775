"""The shape all mutations share: one call inward, and saying no in `errors`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from ..domain.errors import Refusal
from ..models import ReturnRequest
from ..usecases.viewing import find_return
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .types import ReturnRequestType

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


def row_id(id: str) -> str:
    """Anything that is no id of a return of ours is simply not found further in."""
    return str(read_id(id, "ReturnRequest") or "")


class ReturnMutation(graphene.Mutation):
    """The shape all answers share."""

    class Meta:
        abstract = True

    return_request = graphene.Field(ReturnRequestType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

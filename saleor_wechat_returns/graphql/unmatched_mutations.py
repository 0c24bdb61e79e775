"""What becomes of a parcel of nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..models import UnmatchedParcel
from ..usecases.access import need_handler
from ..usecases.find_parcels import unmatched_of
from ..usecases.unmatched_parcels import WantedUnmatched, give_up, match, take_in
from .context import anybody_of
from .errors import ReturnError, busy_is_a_refusal
from .evidence import ReturnEvidenceInput, wanted_evidence
from .label import read_id
from .mutation import row_id
from .unmatched import NAME, ReturnUnmatchedParcel


class ReturnUnmatchedParcelInput(graphene.InputObjectType):
    """At least a waybill number or a note."""

    carrier = graphene.String(default_value="")
    waybill_no = graphene.String(default_value="", description="Left out where none stands on it.")
    note = graphene.String(default_value="", description="Up to 1000 characters.")
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceInput), description="Photos, uploaded by you before."
    )


class UnmatchedMutation(graphene.Mutation):
    """The shape all answers share."""

    class Meta:
        abstract = True

    unmatched_parcel = graphene.Field(ReturnUnmatchedParcel)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


class ReturnUnmatchedParcelCreate(UnmatchedMutation):
    """A parcel came that nobody knows. Where one return waits for its number, it is received."""

    class Arguments:
        input = ReturnUnmatchedParcelInput(required=True)

    @staticmethod
    def mutate(_root: None, info: Any, input: Any) -> dict[str, Any]:
        wanted = WantedUnmatched(
            (input.carrier or "").strip(),
            input.waybill_no or "",
            (input.note or "").strip(),
            wanted_evidence(input.get("evidence")),
        )
        return _run(info, lambda: take_in(need_handler(anybody_of(info)), wanted, now=clock.now()))


class ReturnUnmatchedParcelMatch(UnmatchedMutation):
    """It is the parcel of this return, which is received with it."""

    class Arguments:
        id = graphene.ID(required=True)
        return_request_id = graphene.ID(required=True)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, return_request_id: str) -> dict[str, Any]:
        pk, request = read_id(id, NAME), row_id(return_request_id)
        return _run(
            info, lambda: match(need_handler(anybody_of(info)), pk, request, now=clock.now())
        )


class ReturnUnmatchedParcelClose(UnmatchedMutation):
    """It is nobody's after all, or has gone back."""

    class Arguments:
        id = graphene.ID(required=True)
        note = graphene.String(required=True, description="What became of it.")

    @staticmethod
    def mutate(_root: None, info: Any, id: str, note: str) -> dict[str, Any]:
        pk = read_id(id, NAME)
        return _run(
            info, lambda: give_up(need_handler(anybody_of(info)), pk, note, now=clock.now())
        )


def _run(info: Any, run: Callable[[], UnmatchedParcel]) -> dict[str, Any]:
    try:
        with busy_is_a_refusal():
            parcel = run()
    except Refusal as no:
        return {"unmatched_parcel": None, "errors": no.faults}
    shown = unmatched_of(anybody_of(info)).get(pk=parcel.pk)
    return {"unmatched_parcel": shown, "errors": ()}

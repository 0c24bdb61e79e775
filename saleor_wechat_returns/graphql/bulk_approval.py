"""Staff agree to many returns at once, each for itself: one that moved on stops no other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import graphene

from .. import clock
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..models import ReturnRequest
from ..usecases.access import Viewer, need_staff
from ..usecases.review import approve
from ..usecases.viewing import find_returns
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .mutation import VERSION, row_id
from .types import ReturnRequestType

MOST = 50
# Somebody waits for the answer, and each row may wait for a lock.
MOST_SECONDS = 15.0


class ReturnRequestSeenInput(graphene.InputObjectType):
    id = graphene.ID(required=True)
    expected_version = graphene.Int(required=True, description=VERSION)


@dataclass(frozen=True, slots=True)
class Outcome:
    id: str
    faults: tuple[Fault, ...]
    request: ReturnRequest | None = None


class ReturnApprovalResult(graphene.ObjectType):
    """What became of one of them."""

    id = graphene.ID(required=True)
    return_request = graphene.Field(
        ReturnRequestType, description="As it is now, also if it was not approved."
    )
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def resolve_return_request(outcome: Outcome, _info: Any) -> ReturnRequest | None:
        return outcome.request

    @staticmethod
    def resolve_errors(outcome: Outcome, _info: Any) -> tuple[Fault, ...]:
        return outcome.faults


class ReturnRequestsApprove(graphene.Mutation):
    """Staff agree to up to 50 returns, as they saw them. BUSY: not looked at, so repeat it."""

    class Arguments:
        requests = graphene.List(graphene.NonNull(ReturnRequestSeenInput), required=True)

    results = graphene.List(
        graphene.NonNull(ReturnApprovalResult), required=True, description="In the same order."
    )
    errors = graphene.List(
        graphene.NonNull(ReturnError), required=True, description="Then nothing was looked at."
    )

    @staticmethod
    def mutate(_root: None, info: Any, requests: list[Any]) -> dict[str, Any]:
        try:
            staff = need_staff(viewer_of(info))
            if not requests:
                raise refuse(ErrorCode.REQUIRED, "requests")
            if len(requests) > MOST:
                raise refuse(ErrorCode.TOO_MANY, "requests")
        except Refusal as no:
            return {"results": (), "errors": no.faults}
        ends_at = time.monotonic() + MOST_SECONDS
        faults = [_faults(staff, one.id, one.expected_version, ends_at) for one in requests]
        pks = [read_id(one.id, "ReturnRequest") for one in requests]
        shown = find_returns(staff, [pk for pk in pks if pk is not None])
        results = [
            Outcome(one.id, why, _of(shown, pk))
            for one, why, pk in zip(requests, faults, pks, strict=True)
        ]
        return {"results": results, "errors": ()}


def _faults(staff: Viewer, id: str, version: int, ends_at: float) -> tuple[Fault, ...]:
    """Why this one was not approved; none if it was."""
    if time.monotonic() > ends_at:
        return (Fault(ErrorCode.BUSY),)
    try:
        with busy_is_a_refusal():
            approve(staff, row_id(id), expected_version=version, now=clock.now())
    except Refusal as no:
        return no.faults
    return ()


def _of(shown: dict[UUID, ReturnRequest], pk: UUID | None) -> ReturnRequest | None:
    return shown.get(pk) if pk is not None else None

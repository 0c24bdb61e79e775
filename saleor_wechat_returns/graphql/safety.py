"""Content safety in the API: what WeChat said, in words, and staff's own decision."""

from __future__ import annotations

from typing import Any

import graphene
from graphql_relay import from_global_id

from .. import clock
from ..domain.errors import Refusal
from ..models import Evidence, ReturnAppeal, ReturnMessage, ReturnRequest
from ..usecases.access import need_staff
from ..usecases.safety import Subject, decide, safety_of
from . import enums
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id

KINDS: dict[str, type[Subject]] = {
    "ReturnRequest": ReturnRequest,
    "ReturnMessage": ReturnMessage,
    "ReturnAppeal": ReturnAppeal,
    "ReturnEvidence": Evidence,
}


class ReturnSafetyDecide(graphene.Mutation):
    """Staff looked at what WeChat had doubts about, or did not check. The latest word counts."""

    class Arguments:
        id = graphene.ID(
            required=True, description="Of a message, appeal or evidence; of a return: its note."
        )
        is_shown = graphene.Boolean(
            required=True, description="True: everybody may see it; false: only staff."
        )

    safety = graphene.Field(enums.ReturnContentSafety)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, is_shown: bool) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                staff = need_staff(viewer_of(info))
                kind = _kind_of(id)
                pk = read_id(id, kind)
                subject = decide(staff, KINDS[kind], pk, is_shown=is_shown, now=clock.now())
        except Refusal as no:
            return {"errors": no.faults}
        return {"safety": safety_of(subject), "errors": ()}


def _kind_of(id: str) -> str:
    try:
        kind = from_global_id(id).type
    except (ValueError, UnicodeDecodeError):
        kind = ""
    return kind if kind in KINDS else "ReturnRequest"

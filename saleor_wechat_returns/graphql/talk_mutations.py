"""Writing in the thread of a return, and telling what was read."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_staff
from ..usecases.talk import (
    EvidenceWish,
    WantedMessage,
    post_message,
    read_messages,
    request_evidence,
)
from . import enums
from .context import viewer_of
from .evidence import ReturnEvidenceInput, wanted_evidence
from .label import read_id
from .mutation import IDEMPOTENCY, VERSION, ReturnMutation, row_id, run_mutation


class ReturnMessageInput(graphene.InputObjectType):
    text = graphene.String(
        default_value="", description="Up to 1000 characters; may be left out beside evidence."
    )
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceInput),
        description="Uploaded before; it answers what staff asked for.",
    )
    is_answer = graphene.Boolean(
        default_value=False,
        description="The customer is done with what staff asked for: it is their turn again.",
    )


class ReturnEvidenceWantInput(graphene.InputObjectType):
    shows = graphene.Field(enums.ReturnEvidenceShows, required=True)
    order_line_id = graphene.ID(description="Left out: of the whole return.")


class ReturnMessageCreate(ReturnMutation):
    """Customer or staff write to the other side; also after the end of a return, for a while."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        input = ReturnMessageInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wanted = WantedMessage(
                request_id=row_id(id),
                text=(input.text or "").strip(),
                is_answer=bool(input.is_answer),
                evidence=wanted_evidence(input.get("evidence")),
            )
            viewer = viewer_of(info)
            return post_message(viewer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


class ReturnMessagesRead(ReturnMutation):
    """The caller has seen the other side's messages up to this one. Safe to repeat."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        up_to = graphene.ID(required=True, description="Of the newest message that was seen.")

    @staticmethod
    def mutate(_root: None, info: Any, id: str, up_to: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            seen = read_id(up_to, "ReturnMessage")
            return read_messages(viewer_of(info), row_id(id), up_to=seen, now=clock.now())

        return run_mutation(run, info)


class ReturnEvidenceRequest(ReturnMutation):
    """Staff ask the customer for more, and wait for the answer."""

    class Arguments:
        id = graphene.ID(required=True)
        text = graphene.String(required=True, description="The customer reads it in the thread.")
        wants = graphene.List(
            graphene.NonNull(ReturnEvidenceWantInput), description="What is to be shown."
        )
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        text: str,
        expected_version: int,
        wants: list[Any] | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wishes = [EvidenceWish(w.shows, str(w.get("order_line_id") or "")) for w in wants or ()]
            return request_evidence(
                need_staff(viewer_of(info)),
                row_id(id),
                text=text,
                wishes=wishes,
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)

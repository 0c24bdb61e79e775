"""Asking for an upload, whose bytes go to `upload_view.py`; and keeping evidence for a dispute."""

from __future__ import annotations

from typing import Any

import graphene
from django.conf import settings

from .. import clock
from ..domain.errors import Refusal
from ..domain.evidence import Shows
from ..models import ReturnRequest, UploadTicket
from ..usecases.access import need_staff
from ..usecases.legal_hold import set_legal_hold
from ..usecases.upload import WantedUpload, begin_upload, most_bytes, secret_of
from . import enums
from .context import anybody_of, viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import global_id
from .mutation import VERSION, ReturnMutation, row_id, run_mutation

IDEMPOTENCY = "Yours, 1 to 64 characters: a repeat with the same key answers the same ticket."


class ReturnEvidenceUploadInput(graphene.InputObjectType):
    medium = graphene.Field(enums.ReturnEvidenceMedium, required=True)
    shows = graphene.Field(enums.ReturnEvidenceShows, default_value=Shows.OTHER.value)
    size = graphene.Int(description="In bytes, if known: too much is refused before it is sent.")


class ReturnUploadHeader(graphene.ObjectType):
    name = graphene.String(required=True)
    value = graphene.String(required=True)


class ReturnUploadTicket(graphene.ObjectType):
    """Permission to upload one file: hand it to `wx.uploadFile`, under any name.

    The answer is JSON: `{id, status}` with 201, or 200 for the same bytes again; else
    `{errors: [{code, message, field}]}`.
    """

    id = graphene.ID(required=True)
    upload_url = graphene.String(required=True, description="POST, multipart/form-data.")
    headers = graphene.List(
        graphene.NonNull(ReturnUploadHeader), required=True, description="Send them along."
    )
    expires_at = graphene.DateTime(required=True, description="Begin before that.")
    max_bytes = graphene.Int(required=True)

    @staticmethod
    def resolve_id(ticket: UploadTicket, _info: Any) -> str:
        return global_id(ticket, "ReturnUploadTicket")

    @staticmethod
    def resolve_upload_url(ticket: UploadTicket, _info: Any) -> str:
        key, id = ticket.shop.key, global_id(ticket, "ReturnUploadTicket")
        return f"{settings.PUBLIC_URL}/s/{key}/uploads/{id}"

    @staticmethod
    def resolve_headers(ticket: UploadTicket, _info: Any) -> list[dict[str, str]]:
        return [{"name": "Authorization", "value": f"Bearer {secret_of(ticket)}"}]

    @staticmethod
    def resolve_max_bytes(ticket: UploadTicket, _info: Any) -> int:
        return most_bytes(ticket.medium)


class ReturnEvidenceUploadCreate(graphene.Mutation):
    """A ticket to upload one picture or video; both sides may."""

    class Arguments:
        input = ReturnEvidenceUploadInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    ticket = graphene.Field(ReturnUploadTicket)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, input: Any, idempotency_key: str) -> dict[str, Any]:
        try:
            wanted = WantedUpload(input.medium, input.shows or Shows.OTHER, input.get("size"))
            with busy_is_a_refusal():
                ticket = begin_upload(
                    anybody_of(info), wanted, idempotency_key=idempotency_key, now=clock.now()
                )
        except Refusal as no:
            return {"errors": no.faults}
        return {"ticket": ticket, "errors": ()}


class ReturnLegalHoldSet(ReturnMutation):
    """Staff expect a dispute: nothing of the return is erased, however old, until they end it."""

    class Arguments:
        id = graphene.ID(required=True)
        is_held = graphene.Boolean(required=True)
        reason = graphene.String(required=True, description="Stays in the history, for staff.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, is_held: bool, reason: str, expected_version: int
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return set_legal_hold(
                need_staff(viewer_of(info)),
                row_id(id),
                is_held=is_held,
                reason=reason,
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)


class EvidenceMutations(graphene.ObjectType):
    return_evidence_upload_create = ReturnEvidenceUploadCreate.Field()
    return_legal_hold_set = ReturnLegalHoldSet.Field()

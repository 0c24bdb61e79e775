"""Evidence in the API: what is shown of it, and how it is named in a mutation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene

from .. import clock
from ..domain.evidence import SHOWS_LABELS, STATUS_LABELS, TROUBLE_LABELS
from ..models import Evidence
from ..usecases.attach_evidence import WantedEvidence
from ..usecases.show_evidence import Variant, find_evidence, link_for
from . import enums
from .context import anybody_of
from .label import global_id, label_field, read_id

NAME = "ReturnEvidence"


class ReturnEvidenceInput(graphene.InputObjectType):
    """A file that the caller has uploaded and attached nowhere else."""

    id = graphene.ID(required=True, description="Of the upload's answer.")
    shows = graphene.Field(
        enums.ReturnEvidenceShows, description="Left out: as the ticket was asked for."
    )
    order_line_id = graphene.ID(description="The line of this return that it is of, if of one.")


class ReturnEvidenceType(graphene.ObjectType):
    """A picture or video (凭证), made anew: neither place nor device is left in it."""

    class Meta:
        name = NAME

    id = graphene.ID(required=True)
    medium = graphene.Field(enums.ReturnEvidenceMedium, required=True)
    shows = graphene.Field(enums.ReturnEvidenceShows, required=True)
    label = label_field("What it shows, in words.")
    status = graphene.Field(enums.ReturnEvidenceStatus, required=True)
    status_label = label_field("The status in words; of an unreadable file also what to do.")
    safety = graphene.Field(
        enums.ReturnContentSafety, required=True, description="What WeChat's content check said."
    )
    safety_label = label_field("The same in words.")
    url = graphene.String(
        description="JPEG or MP4, for some minutes: ask again for a new link. Null until it is"
        " READY, and for customers where `safety` is RISKY or REVIEW."
    )
    thumbnail_url = graphene.String(description="JPEG; of a video its poster. As `url`.")
    width = graphene.Int(description="Of what `url` shows.")
    height = graphene.Int()
    duration = graphene.Float(description="Of a video, in seconds.")
    sha256 = graphene.String(required=True, description="Of the file as it was received.")
    size = graphene.BigInt(required=True, description="In bytes, as it was received.")
    received_at = graphene.DateTime(required=True)
    actor = graphene.Field(enums.ReturnActor, required=True, description="Who uploaded it.")
    order_line_id = graphene.ID(description="The line it is of, if it is of one.")

    @staticmethod
    def resolve_id(evidence: Evidence, _info: Any) -> str:
        return global_id(evidence, NAME)

    @staticmethod
    def resolve_label(evidence: Evidence, _info: Any, language_code: Any) -> str:
        return enums.label(SHOWS_LABELS, evidence.shows, language_code)

    @staticmethod
    def resolve_status_label(evidence: Evidence, _info: Any, language_code: Any) -> str:
        if evidence.trouble:
            return enums.label(TROUBLE_LABELS, evidence.trouble, language_code)
        return enums.label(STATUS_LABELS, evidence.status, language_code)

    @staticmethod
    def resolve_safety_label(evidence: Evidence, _info: Any, language_code: Any) -> str:
        return enums.label(enums.SAFETY_LABELS, evidence.safety, language_code)

    @staticmethod
    def resolve_url(evidence: Evidence, info: Any) -> str | None:
        return link_for(anybody_of(info), evidence, Variant.SHOWN, now=clock.now())

    @staticmethod
    def resolve_thumbnail_url(evidence: Evidence, info: Any) -> str | None:
        return link_for(anybody_of(info), evidence, Variant.THUMBNAIL, now=clock.now())

    @staticmethod
    def resolve_duration(evidence: Evidence, _info: Any) -> float | None:
        return evidence.duration_seconds

    @staticmethod
    def resolve_order_line_id(evidence: Evidence, _info: Any) -> str | None:
        return evidence.line.order_line_id if evidence.line else None


def wanted_evidence(given: Sequence[Any] | None) -> tuple[WantedEvidence, ...]:
    """What a mutation's `evidence` names; an id of another kind is of nothing."""
    return tuple(
        WantedEvidence(str(read_id(it.id, NAME) or ""), it.get("shows"), it.get("order_line_id"))
        for it in given or ()
    )


class EvidenceQuery(graphene.ObjectType):
    return_evidence = graphene.Field(
        ReturnEvidenceType,
        id=graphene.ID(required=True),
        description="What the viewer has uploaded, attached or not yet, and what is of a return"
        " they see: to know before asking whether it can be read.",
    )

    @staticmethod
    def resolve_return_evidence(_root: None, info: Any, id: str) -> Evidence | None:
        return find_evidence(anybody_of(info), read_id(id, NAME))

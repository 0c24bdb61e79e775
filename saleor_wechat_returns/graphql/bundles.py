"""Evidence bundles (证据包) in the API: ask for one, look how far it is, follow its link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from .. import clock
from ..domain.bundles import BUNDLE_LABELS, BundleStatus
from ..domain.errors import Refusal
from ..models import EvidenceBundle
from ..usecases.bundles import ask_for_bundle, find_bundle, link_to_bundle
from . import enums
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import global_id, label_field, read_id
from .mutation import row_id

NAME = "ReturnEvidenceBundle"
IDEMPOTENCY = "Yours, 1 to 64 characters: a repeat with the same key answers the same bundle."
Status = graphene.Enum.from_enum(BundleStatus, name="ReturnEvidenceBundleStatus")


class ReturnEvidenceBundleType(graphene.ObjectType):
    """One ZIP of a return for WeChat's customer service, 12315 or a court.

    In it: a page to read, all data, pictures and videos with hashes and times, the refund's
    numbers. Neither side's names; for customers without what a content check holds back.
    """

    class Meta:
        name = NAME

    id = graphene.ID(required=True)
    status = graphene.Field(Status, required=True)
    status_label = label_field("The status in words.")
    progress = graphene.Int(required=True, description="Percent; ask again while it grows.")
    url = graphene.String(
        description="ZIP, for some minutes: ask again for a new link. Null unless it is READY."
    )
    sha256 = graphene.String(required=True, description="Of the ZIP; blank until it is READY.")
    size = graphene.BigInt(description="In bytes.")
    expires_at = graphene.DateTime(description="When the file is deleted.")

    @staticmethod
    def resolve_id(bundle: EvidenceBundle, _info: Any) -> str:
        return global_id(bundle, NAME)

    @staticmethod
    def resolve_status_label(bundle: EvidenceBundle, _info: Any, language_code: Any) -> str:
        return enums.label(BUNDLE_LABELS, bundle.status, language_code)

    @staticmethod
    def resolve_progress(bundle: EvidenceBundle, _info: Any) -> int:
        if bundle.status != BundleStatus.WAITING:
            return 100
        return 99 * bundle.done // bundle.total if bundle.total else 0

    @staticmethod
    def resolve_url(bundle: EvidenceBundle, _info: Any) -> str | None:
        return link_to_bundle(bundle, now=clock.now())

    @staticmethod
    def resolve_expires_at(bundle: EvidenceBundle, _info: Any) -> datetime | None:
        return bundle.delete_at


class ReturnEvidenceBundleCreate(graphene.Mutation):
    """Have a bundle built; customers and staff each get their own side's."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    bundle = graphene.Field(ReturnEvidenceBundleType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, idempotency_key: str) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                bundle = ask_for_bundle(
                    viewer_of(info), row_id(id), idempotency_key=idempotency_key, now=clock.now()
                )
        except Refusal as no:
            return {"errors": no.faults}
        return {"bundle": bundle, "errors": ()}


class BundleQuery(graphene.ObjectType):
    return_evidence_bundle = graphene.Field(
        ReturnEvidenceBundleType,
        id=graphene.ID(required=True),
        description="A bundle for the viewer's side; null if there is none.",
    )

    @staticmethod
    def resolve_return_evidence_bundle(_root: None, info: Any, id: str) -> EvidenceBundle | None:
        return find_bundle(viewer_of(info), read_id(id, NAME))

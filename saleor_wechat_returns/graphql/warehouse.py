"""Returns as whoever handles their parcels sees them: goods, and neither money nor people."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.lifecycle import DELIVERY_LABELS, LABELS, Actor, DeliveryStatus, Move, Status
from ..models import Evidence, ReturnLine, ReturnRequest, ReverseDelivery
from ..usecases.access import moves_of, need_handler
from ..usecases.parcel_rows import waybill_of
from ..usecases.policies import reason_of
from . import enums
from .context import anybody_of
from .evidence import ReturnEvidenceType
from .label import global_id, label_field
from .lines import GoodsOfLine

HANDLERS_MOVES = frozenset({Move.RECEIVE, Move.INSPECT})


class ReturnLineAtWarehouse(GoodsOfLine):
    """What should be in the parcel, of one order line."""


class ReturnParcelAtWarehouse(graphene.ObjectType):
    """A parcel of the return, without whom it is from. Its `id` is that of the ReturnDelivery."""

    id = graphene.ID(required=True)
    carrier = graphene.String(required=True)
    waybill_no = graphene.String(required=True)
    direction = graphene.Field(enums.ReturnDeliveryDirection, required=True)
    status = graphene.Field(enums.ReturnDeliveryStatus, required=True)
    status_label = label_field("The status in words.")
    received_at = graphene.DateTime()

    @staticmethod
    def resolve_id(delivery: ReverseDelivery, _info: Any) -> str:
        return global_id(delivery, "ReturnDelivery")

    @staticmethod
    def resolve_carrier(delivery: ReverseDelivery, _info: Any) -> str:
        return delivery.parcel.carrier

    @staticmethod
    def resolve_waybill_no(delivery: ReverseDelivery, _info: Any) -> str:
        return waybill_of(delivery.parcel)

    @staticmethod
    def resolve_status_label(delivery: ReverseDelivery, _info: Any, language_code: Any) -> str:
        return enums.in_language(DELIVERY_LABELS[DeliveryStatus(delivery.status)], language_code)


class ReturnAtWarehouse(graphene.ObjectType):
    """A return as its parcels are handled. Its `id` is that of the ReturnRequest."""

    id = graphene.ID(required=True)
    number = graphene.String(required=True)
    version = graphene.Int(required=True, description="Give it back as expectedVersion.")
    kind = graphene.Field(enums.ReturnKind, required=True)
    kind_label = label_field("The kind in words.")
    status = graphene.Field(enums.ReturnStatus, required=True)
    status_label = label_field("The status in words.")
    reason = graphene.String(required=True)
    reason_label = label_field("The reason in words.")
    lines = graphene.List(graphene.NonNull(ReturnLineAtWarehouse), required=True)
    parcels = graphene.List(graphene.NonNull(ReturnParcelAtWarehouse), required=True)
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceType),
        required=True,
        description="Of the parcel and the inspection, by staff; oldest first.",
    )
    available_actions = graphene.List(
        graphene.NonNull(enums.ReturnAction),
        required=True,
        description="Of RECEIVE and INSPECT what can be done now.",
    )

    @staticmethod
    def resolve_id(request: ReturnRequest, _info: Any) -> str:
        return global_id(request, "ReturnRequest")

    @staticmethod
    def resolve_kind_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        return enums.label(enums.KIND_LABELS, request.kind, language_code)

    @staticmethod
    def resolve_status_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        return enums.in_language(LABELS[Status(request.status)], language_code)

    @staticmethod
    def resolve_reason_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        reason = reason_of(request)
        return reason.en if language_code == enums.LanguageCode.EN else reason.zh

    @staticmethod
    def resolve_lines(request: ReturnRequest, _info: Any) -> list[ReturnLine]:
        return sorted(request.lines.all(), key=lambda part: part.line_id)

    @staticmethod
    def resolve_parcels(request: ReturnRequest, _info: Any) -> list[ReverseDelivery]:
        return sorted(request.deliveries.all(), key=lambda delivery: delivery.pk)

    @staticmethod
    def resolve_evidence(request: ReturnRequest, _info: Any) -> list[Evidence]:
        """What customers show is between them and the office."""
        shown = (
            evidence
            for evidence in request.evidence.all()
            if evidence.actor == Actor.STAFF and evidence.message_id is None
        )
        return sorted(shown, key=lambda evidence: evidence.pk)

    @staticmethod
    def resolve_available_actions(request: ReturnRequest, info: Any) -> list[str]:
        moves = moves_of(need_handler(anybody_of(info)), request)
        return [move.value for move in moves if move in HANDLERS_MOVES]

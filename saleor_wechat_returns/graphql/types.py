"""The objects of the API. Names start with `Return`; ids are relay ids of our own rows."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.lifecycle import LABELS, REFUND_LABELS, Actor, Status
from ..domain.policy import Party
from ..models import (
    Evidence,
    Refund,
    ReturnDeadline,
    ReturnEvent,
    ReturnLine,
    ReturnRequest,
    StaffTask,
)
from ..usecases.access import moves_of
from ..usecases.bundle_contents import STAFFS_EVENTS
from ..usecases.policies import reason_of
from ..usecases.safety import is_hidden
from ..usecases.viewing import received_account
from . import enums
from .appeals import AppealOfReturn
from .context import viewer_of
from .deadlines import ReturnDeadlineType, running_deadline
from .deliveries import ParcelsOfReturn
from .events import ReturnEventType
from .evidence import ReturnEvidenceType
from .label import global_id, label_field
from .lines import GoodsOfLine
from .money import ReturnMoney
from .offers import OffersOfReturn
from .reasons import PARTY_LABELS, ReturnParty
from .splits import SplitsOfReturn
from .talk import TalkOfReturn
from .tasks import ReturnTask


class ReturnLineType(GoodsOfLine):
    """Pieces of one order line in a return."""

    class Meta:
        name = "ReturnLine"

    accepted_quantity = graphene.Int(
        description="Null before the inspection, and until less is agreed to."
    )
    refused_quantity = graphene.Int(
        description="Null before the inspection, and until less is agreed to."
    )
    amount = graphene.Field(
        ReturnMoney, required=True, description="What these pieces bring, by the offer if one was."
    )

    @staticmethod
    def resolve_amount(part: ReturnLine, _info: Any) -> int:
        return part.owed_fen


class ReturnRefundType(graphene.ObjectType):
    """Money on its way to the payer, the way it was paid."""

    class Meta:
        name = "ReturnRefund"

    id = graphene.ID(required=True)
    version = graphene.Int(required=True, description="Give it back as expectedVersion.")
    origin = graphene.Field(
        enums.ReturnRefundOrigin, required=True, description="Whether a return asked for it."
    )
    amount = graphene.Field(ReturnMoney, required=True)
    status = graphene.Field(enums.ReturnRefundStatus, required=True)
    status_label = label_field("The status in words.")
    received_account = graphene.String(
        required=True,
        description="Where WeChat Pay sent it, masked by WeChat Pay; a card only for its payer.",
    )
    succeeded_at = graphene.DateTime(description="When WeChat Pay was done.")
    counted_at = graphene.DateTime(description="When Saleor's totals contained it.")

    settled_reference = graphene.String(
        required=True, description="Of a payment by other means; for staff."
    )

    @staticmethod
    def resolve_id(refund: Refund, _info: Any) -> str:
        return global_id(refund, "ReturnRefund")

    @staticmethod
    def resolve_amount(refund: Refund, _info: Any) -> int:
        return refund.amount_fen

    @staticmethod
    def resolve_settled_reference(refund: Refund, info: Any) -> str:
        return refund.settled_reference if viewer_of(info).is_staff else ""

    @staticmethod
    def resolve_status_label(refund: Refund, _info: Any, language_code: Any) -> str:
        return enums.label(REFUND_LABELS, refund.status, language_code)

    @staticmethod
    def resolve_received_account(refund: Refund, info: Any) -> str:
        return received_account(viewer_of(info), refund)


class ReturnActionType(graphene.ObjectType):
    """Something this viewer may do now: draw a button for it."""

    class Meta:
        name = "ReturnAvailableAction"

    action = graphene.Field(enums.ReturnAction, required=True)
    label = label_field("The button's text.")

    @staticmethod
    def resolve_action(action: str, _info: Any) -> str:
        return action

    @staticmethod
    def resolve_label(action: str, _info: Any, language_code: Any) -> str:
        return enums.label(enums.ACTION_LABELS, action, language_code)


class ReturnRequestType(
    TalkOfReturn,
    OffersOfReturn,
    AppealOfReturn,
    ParcelsOfReturn,
    SplitsOfReturn,
    graphene.ObjectType,
):
    """A return (售后单)."""

    class Meta:
        name = "ReturnRequest"

    id = graphene.ID(required=True)
    number = graphene.String(required=True, description="For people: on the parcel, on the phone.")
    kind = graphene.Field(enums.ReturnKind, required=True)
    kind_label = label_field("The kind in words.")
    status = graphene.Field(enums.ReturnStatus, required=True)
    status_label = label_field("The status in words.")
    version = graphene.Int(required=True, description="Give it back as expectedVersion.")
    order_id = graphene.ID(required=True)
    order_number = graphene.String(required=True)
    reason = graphene.String(required=True)
    reason_label = label_field("The reason in words.")
    freight_payer = graphene.Field(
        ReturnParty,
        required=True,
        description="Who pays for the way back, by the rules it was made under.",
    )
    freight_label = label_field("The same in words.")
    note = graphene.String(
        required=True, description="Blank for customers while `noteSafety` hides it."
    )
    note_safety = graphene.Field(
        enums.ReturnContentSafety,
        required=True,
        description="What WeChat's content check said of it.",
    )
    note_safety_label = label_field("The same in words.")
    explanation = graphene.String(required=True, description="Why it was rejected.")
    promised_amount = graphene.Field(
        ReturnMoney, required=True, description="The refund if every piece is accepted."
    )
    shipping_amount = graphene.Field(
        ReturnMoney, required=True, description="Outbound shipping in it; given back once an order."
    )
    freight_amount = graphene.Field(
        ReturnMoney, required=True, description="In it, for sending it back (运费补偿)."
    )
    created_at = graphene.DateTime(required=True)
    updated_at = graphene.DateTime(required=True)
    lines = graphene.List(graphene.NonNull(ReturnLineType), required=True)
    refunds = graphene.List(graphene.NonNull(ReturnRefundType), required=True)
    other_refunds = graphene.List(
        graphene.NonNull(ReturnRefundType),
        required=True,
        description="Of this order, made without a return: look before you refund. For staff.",
    )
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceType), required=True, description="Oldest first."
    )
    legal_hold = graphene.Boolean(
        required=True,
        description="Kept for a dispute: nothing of it is erased. For staff; false for customers.",
    )
    events = graphene.List(graphene.NonNull(ReturnEventType), required=True)
    available_actions = graphene.List(graphene.NonNull(ReturnActionType), required=True)
    deadline = graphene.Field(
        ReturnDeadlineType, description="What runs now; null where nobody is waited for."
    )
    tasks = graphene.List(
        graphene.NonNull(ReturnTask), required=True, description="Empty for customers."
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
    def resolve_freight_payer(request: ReturnRequest, _info: Any) -> Party:
        return reason_of(request).freight

    @staticmethod
    def resolve_freight_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        return enums.label(PARTY_LABELS, reason_of(request).freight, language_code)

    @staticmethod
    def resolve_reason_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        reason = reason_of(request)
        return reason.en if language_code == enums.LanguageCode.EN else reason.zh

    @staticmethod
    def resolve_note(request: ReturnRequest, info: Any) -> str:
        return "" if is_hidden(viewer_of(info), request.note_safety) else request.note

    @staticmethod
    def resolve_note_safety_label(request: ReturnRequest, _info: Any, language_code: Any) -> str:
        return enums.label(enums.SAFETY_LABELS, request.note_safety, language_code)

    @staticmethod
    def resolve_order_id(request: ReturnRequest, _info: Any) -> str:
        return request.order.order_id

    @staticmethod
    def resolve_order_number(request: ReturnRequest, _info: Any) -> str:
        return request.order.number

    @staticmethod
    def resolve_promised_amount(request: ReturnRequest, _info: Any) -> int:
        return request.promised_fen

    @staticmethod
    def resolve_shipping_amount(request: ReturnRequest, _info: Any) -> int:
        return request.shipping_fen

    @staticmethod
    def resolve_freight_amount(request: ReturnRequest, _info: Any) -> int:
        return request.freight_fen

    @staticmethod
    def resolve_lines(request: ReturnRequest, _info: Any) -> list[ReturnLine]:
        return sorted(request.lines.all(), key=lambda part: part.line_id)

    @staticmethod
    def resolve_refunds(request: ReturnRequest, _info: Any) -> list[Refund]:
        return sorted(request.refunds.all(), key=lambda refund: refund.sequence)

    @staticmethod
    def resolve_other_refunds(request: ReturnRequest, info: Any) -> list[Refund]:
        if not viewer_of(info).is_staff:
            return []
        others = (r for r in request.order.refunds.all() if r.request_id is None)
        return sorted(others, key=lambda refund: refund.pk)

    @staticmethod
    def resolve_evidence(request: ReturnRequest, _info: Any) -> list[Evidence]:
        return sorted(request.evidence.all(), key=lambda evidence: evidence.pk)

    @staticmethod
    def resolve_legal_hold(request: ReturnRequest, info: Any) -> bool:
        return request.legal_hold and viewer_of(info).is_staff

    @staticmethod
    def resolve_events(request: ReturnRequest, info: Any) -> list[ReturnEvent]:
        hidden = () if viewer_of(info).is_staff else STAFFS_EVENTS
        seen = (event for event in request.events.all() if event.kind not in hidden)
        return sorted(seen, key=lambda event: event.sequence)

    @staticmethod
    def resolve_available_actions(request: ReturnRequest, info: Any) -> list[str]:
        return [move.value for move in moves_of(viewer_of(info), request)]

    @staticmethod
    def resolve_deadline(request: ReturnRequest, _info: Any) -> ReturnDeadline | None:
        return running_deadline(request)

    @staticmethod
    def resolve_tasks(request: ReturnRequest, info: Any) -> list[StaffTask]:
        if viewer_of(info).actor is not Actor.STAFF:
            return []
        open_tasks = (task for task in request.tasks.all() if task.closed_at is None)
        return sorted(open_tasks, key=lambda task: task.pk)

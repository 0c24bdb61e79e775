"""What of an order could be returned now, as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import graphene

from ..domain.eligibility import Choice, Obstacle
from ..domain.goods import Goods
from ..domain.lifecycle import Kind
from ..domain.money import Fen
from ..domain.policy import Reason
from ..usecases.returnable import Returnable, WhyNot
from . import enums
from .label import label_field
from .money import ReturnMoney
from .reasons import ReturnReason

ReturnObstacleCode = graphene.Enum.from_enum(Obstacle, name="ReturnObstacleCode")
UNTIL = "The first moment that is too late; null while nothing has reached the customer."
LAST_DAY = "The last day on which to ask, in the shop's time zone."


class ReturnObstacle(graphene.ObjectType):
    """Why a line cannot be returned, for some or all reasons."""

    code = graphene.Field(ReturnObstacleCode, required=True)
    label = label_field("In words, for the customer.")
    reasons = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Codes of the reasons it stands against.",
    )

    @staticmethod
    def resolve_code(why: WhyNot, _info: Any) -> Obstacle:
        return why.obstacle

    @staticmethod
    def resolve_label(why: WhyNot, _info: Any, language_code: Any) -> str:
        zh, en = why.words
        return en if language_code == enums.LanguageCode.EN else zh


class ReturnReorder(graphene.ObjectType):
    """The way to another size; ids are Saleor's, null once the product was deleted there."""

    product_id = graphene.ID()
    variant_id = graphene.ID(description="The one that was bought.")

    @staticmethod
    def resolve_product_id(goods: Goods, _info: Any) -> str | None:
        return goods.product_id or None

    @staticmethod
    def resolve_variant_id(goods: Goods, _info: Any) -> str | None:
        return goods.variant_id or None


class ReturnLineReason(graphene.ObjectType):
    """A reason that can be given for a line now."""

    reason = graphene.Field(ReturnReason, required=True)
    kinds = graphene.List(graphene.NonNull(enums.ReturnKind), required=True)
    returnable_quantity = graphene.Int(required=True, description="For 退货退款.")
    refundable_quantity = graphene.Int(required=True, description="For 仅退款.")
    last_day = graphene.Date(description=LAST_DAY)
    returnable_until = graphene.DateTime(description=UNTIL)
    reorder = graphene.Field(ReturnReorder, description="Where the reason suggests another size.")

    @staticmethod
    def resolve_reason(choice: Choice, _info: Any) -> Reason:
        return choice.reason

    @staticmethod
    def resolve_kinds(choice: Choice, _info: Any) -> tuple[Kind, ...]:
        return choice.possible_kinds

    @staticmethod
    def resolve_returnable_quantity(choice: Choice, _info: Any) -> int:
        return choice.count(Kind.RETURN_AND_REFUND)

    @staticmethod
    def resolve_refundable_quantity(choice: Choice, _info: Any) -> int:
        return choice.count(Kind.REFUND_ONLY)

    @staticmethod
    def resolve_returnable_until(choice: Choice, _info: Any) -> datetime | None:
        return choice.ends_at

    @staticmethod
    def resolve_reorder(choice: Choice, _info: Any) -> Goods | None:
        return choice.pieces.goods if choice.reason.suggests_reorder else None


class ReturnableLineType(graphene.ObjectType):
    """A line of an order, and what could be returned of it now."""

    class Meta:
        name = "ReturnableLine"

    order_line_id = graphene.ID(required=True)
    product_name = graphene.String(required=True)
    variant_name = graphene.String(required=True)
    sku = graphene.String(required=True)
    quantity = graphene.Int(required=True, description="Pieces ordered.")
    returnable_quantity = graphene.Int(required=True, description="For 退货退款.")
    refundable_quantity = graphene.Int(
        required=True, description="For 仅退款: also pieces that were not sent yet."
    )
    amounts = graphene.List(
        graphene.NonNull(ReturnMoney),
        required=True,
        description="The exact refund by quantity: the first is for one piece.",
    )
    kinds = graphene.List(graphene.NonNull(enums.ReturnKind), required=True)
    last_day = graphene.Date(description=LAST_DAY + " Each reason has its own.")
    returnable_until = graphene.DateTime(description=UNTIL)
    is_reckoned = graphene.Boolean(
        required=True,
        description="Nobody told when it was signed for: reckoned from the dispatch.",
    )
    reasons = graphene.List(
        graphene.NonNull(ReturnLineReason), required=True, description="That can be given now."
    )
    obstacles = graphene.List(
        graphene.NonNull(ReturnObstacle), required=True, description="To the other reasons."
    )

    @staticmethod
    def resolve_order_line_id(found: Returnable, _info: Any) -> str:
        return found.line.order_line_id

    @staticmethod
    def resolve_product_name(found: Returnable, _info: Any) -> str:
        return found.line.product_name

    @staticmethod
    def resolve_variant_name(found: Returnable, _info: Any) -> str:
        return found.line.variant_name

    @staticmethod
    def resolve_sku(found: Returnable, _info: Any) -> str:
        return found.line.sku

    @staticmethod
    def resolve_quantity(found: Returnable, _info: Any) -> int:
        return found.line.quantity

    @staticmethod
    def resolve_returnable_quantity(found: Returnable, _info: Any) -> int:
        return found.pieces(Kind.RETURN_AND_REFUND)

    @staticmethod
    def resolve_refundable_quantity(found: Returnable, _info: Any) -> int:
        return found.pieces(Kind.REFUND_ONLY)

    @staticmethod
    def resolve_amounts(found: Returnable, _info: Any) -> tuple[Fen, ...]:
        return found.amounts_fen

    @staticmethod
    def resolve_returnable_until(found: Returnable, _info: Any) -> datetime | None:
        return found.ends_at

    @staticmethod
    def resolve_reasons(found: Returnable, _info: Any) -> tuple[Choice, ...]:
        return found.choices

"""What of an order could be returned now, as the API shows it."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.money import Fen
from ..usecases.viewing import Returnable
from .types import ReturnMoney


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
        return found.returnable

    @staticmethod
    def resolve_refundable_quantity(found: Returnable, _info: Any) -> int:
        return found.refundable

    @staticmethod
    def resolve_amounts(found: Returnable, _info: Any) -> tuple[Fen, ...]:
        return found.amounts_fen

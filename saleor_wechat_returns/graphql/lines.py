"""What everybody who sees a return is shown of its lines: goods, and no money."""

from __future__ import annotations

from typing import Any

import graphene

from ..models import InspectedPieces, ReturnLine
from .inspection import ReturnInspectedPieces


class GoodsOfLine(graphene.ObjectType):
    """Pieces of one order line in a return."""

    class Meta:
        abstract = True

    order_line_id = graphene.ID(required=True)
    product_name = graphene.String(required=True)
    variant_name = graphene.String(required=True)
    sku = graphene.String(required=True)
    quantity = graphene.Int(required=True, description="Pieces the customer asked to return.")
    inspected = graphene.List(
        graphene.NonNull(ReturnInspectedPieces),
        required=True,
        description="What staff found, piece by piece; empty before the inspection.",
    )

    @staticmethod
    def resolve_order_line_id(part: ReturnLine, _info: Any) -> str:
        return part.line.order_line_id

    @staticmethod
    def resolve_product_name(part: ReturnLine, _info: Any) -> str:
        return part.line.product_name

    @staticmethod
    def resolve_variant_name(part: ReturnLine, _info: Any) -> str:
        return part.line.variant_name

    @staticmethod
    def resolve_sku(part: ReturnLine, _info: Any) -> str:
        return part.line.sku

    @staticmethod
    def resolve_quantity(part: ReturnLine, _info: Any) -> int:
        return part.quantity + (part.refused_quantity or 0)

    @staticmethod
    def resolve_inspected(part: ReturnLine, _info: Any) -> list[InspectedPieces]:
        found = (pieces for pieces in part.inspected.all() if pieces.superseded_at is None)
        return sorted(found, key=lambda pieces: pieces.pk)

"""Money as the API shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import graphene

from ..domain.money import Fen, yuan_of_fen


class ReturnMoney(graphene.ObjectType):
    """An amount. `fen` is the exact integer; `amount` is the same in yuan."""

    amount = graphene.Decimal(required=True)
    currency = graphene.String(required=True)
    fen = graphene.BigInt(required=True)

    @staticmethod
    def resolve_amount(fen: int, _info: Any) -> Decimal:
        return yuan_of_fen(Fen(fen))

    @staticmethod
    def resolve_currency(_fen: int, _info: Any) -> str:
        return "CNY"

    @staticmethod
    def resolve_fen(fen: int, _info: Any) -> int:
        return fen

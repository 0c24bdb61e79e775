"""Fields of Money and TaxedMoney: amounts are JSON floats of two places."""

from decimal import Decimal

from . import money
from .call import Call
from .money import Money, TaxedMoney
from .registry import field
from .world import ZERO


@field("Money", "amount")
def amount(source: Money, _call: Call) -> float:
    return float(money.shown(source.amount))


@field("TaxedMoney", "net")
def net(source: TaxedMoney, _call: Call) -> Money:
    return source.gross


@field("TaxedMoney", "tax")
def tax(source: TaxedMoney, _call: Call) -> Money:
    return Money(ZERO, source.gross.currency)


@field("TaxedMoney", "currency")
def currency(source: TaxedMoney, _call: Call) -> str:
    return source.gross.currency


def taxed(value: Decimal, currency: str) -> TaxedMoney:
    return TaxedMoney(Money(value, currency))

"""Fen and the worth of a piece. Integers only; yuan exist only at Saleor's border."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

Fen = NewType("Fen", int)

ZERO = Fen(0)
FEN_PER_YUAN = 100


def fen_of_yuan(amount: Decimal) -> Fen:
    """Yuan as Saleor writes them, in fen. Raises ValueError for a fraction of a fen."""
    fen = amount * FEN_PER_YUAN
    if fen != fen.to_integral_value():
        raise ValueError(f"{amount} yuan is not a whole number of fen")
    return Fen(int(fen))


def yuan_of_fen(fen: Fen) -> Decimal:
    """Fen as Saleor wants them: yuan with exactly two decimals."""
    return Decimal(fen).scaleb(-2)


def split_worth(stay: int, *, pieces: int, fen: Fen) -> tuple[Fen, Fen]:
    """What the first `stay` pieces take of the fen that are for all, and what is left for others.

    Raises ValueError as `worth_of_pieces`.
    """
    taken = worth_of_pieces(stay, unassigned_pieces=pieces, unassigned_fen=fen)
    return taken, Fen(fen - taken)


def worth_of_pieces(count: int, *, unassigned_pieces: int, unassigned_fen: Fen) -> Fen:
    """What `count` pieces of a line are worth, taken piece by piece, the dearer fen first.

    Each piece is worth ceil(unassigned fen / unassigned pieces) at the moment it is taken, so
    any order of taking and giving back adds up to the line: 10.00 yuan over 3 pieces gives
    334 + 333 + 333 fen. Raises ValueError when more pieces are taken than are left.
    """
    if not 0 <= count <= unassigned_pieces:
        raise ValueError(f"{count} of {unassigned_pieces} pieces")
    if count == 0:
        return ZERO
    base, dearer = divmod(unassigned_fen, unassigned_pieces)
    return Fen(count * base + min(count, dearer))

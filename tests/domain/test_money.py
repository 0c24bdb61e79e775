"""Money …"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.money import (
    Fen,
    fen_of_yuan,
    split_worth,
    worth_of_pieces,
    yuan_of_fen,
)

lines = st.tuples(st.integers(0, 10_000_000), st.integers(1, 200))


def test_of_ten_yuan_over_three_pieces_is_334_333_333_fen() -> None:
    """EC21."""
    left, worths = 1000, []
    for pieces in (3, 2, 1):
        worth = worth_of_pieces(1, unassigned_pieces=pieces, unassigned_fen=Fen(left))
        worths.append(worth)
        left -= worth

    assert worths == [334, 333, 333]


@given(lines)
def test_of_all_pieces_is_the_line(line: tuple[int, int]) -> None:
    total, pieces = line

    assert worth_of_pieces(pieces, unassigned_pieces=pieces, unassigned_fen=Fen(total)) == total


@given(lines, st.data())
def test_taken_and_given_back_in_any_order_adds_up_to_the_line(
    line: tuple[int, int], data: st.DataObject
) -> None:
    total, pieces = line
    left_fen, left_pieces = total, pieces
    taken: list[tuple[int, int]] = []

    for _ in range(data.draw(st.integers(0, 12))):
        gives_back: bool = data.draw(st.booleans())
        if taken and gives_back:
            count, fen = taken.pop(data.draw(st.integers(0, len(taken) - 1)))
            left_pieces, left_fen = left_pieces + count, left_fen + fen
        elif left_pieces:
            count = data.draw(st.integers(1, left_pieces))
            fen = worth_of_pieces(
                count, unassigned_pieces=left_pieces, unassigned_fen=Fen(left_fen)
            )
            taken.append((count, fen))
            left_pieces, left_fen = left_pieces - count, left_fen - fen

    assert left_fen + sum(fen for _, fen in taken) == total
    if not left_pieces:
        assert left_fen == 0
    # No piece is ever worth more than one fen above another.
    base, dearer = divmod(total, pieces)
    assert all(count * base <= fen <= count * (base + 1) for count, fen in taken)
    assert base * left_pieces <= left_fen <= base * left_pieces + dearer


@given(st.integers(-(10**12), 10**12))
def test_goes_to_yuan_and_back_unchanged(fen: int) -> None:
    assert fen_of_yuan(yuan_of_fen(Fen(fen))) == fen


def test_in_yuan_has_two_decimals() -> None:
    assert str(yuan_of_fen(Fen(19900))) == "199.00"


def test_of_a_fraction_of_a_fen_is_no_money() -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        fen_of_yuan(Decimal("10.005"))


@pytest.mark.parametrize("count", [-1, 4])
def test_of_pieces_that_are_not_there_is_a_bug(count: int) -> None:
    with pytest.raises(ValueError, match="of 3 pieces"):
        worth_of_pieces(count, unassigned_pieces=3, unassigned_fen=Fen(1000))


@given(lines, st.data())
def test_split_and_split_again_adds_up_whatever_is_refunded(
    line: tuple[int, int], data: st.DataObject
) -> None:
    """EC46: no part is ever worth less than what was agreed for its pieces."""
    total, pieces = line
    agreed = data.draw(st.integers(0, total))
    parts = [(pieces, total, agreed)]

    for _ in range(data.draw(st.integers(0, 6))):
        count, fen, less = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        stay = data.draw(st.integers(0, count))
        shares = split_worth(stay, pieces=count, fen=Fen(fen))
        lesser = split_worth(stay, pieces=count, fen=Fen(less))
        kept = [it for it in zip((stay, count - stay), shares, lesser, strict=True) if it[0]]
        parts.extend(kept)

    assert sum(count for count, _, _ in parts) == pieces
    assert sum(fen for _, fen, _ in parts) == total
    assert sum(less for _, _, less in parts) == agreed
    for count, fen, less in parts:
        assert 0 <= less <= fen
        refunded = data.draw(st.integers(0, count))
        paid, back = split_worth(refunded, pieces=count, fen=Fen(fen))
        assert paid + back == fen

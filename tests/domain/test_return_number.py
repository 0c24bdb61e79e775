"""A return number …"""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.numbers import ALPHABET, new_return_number, read_return_number

numbers = st.builds(
    lambda day, seed: new_return_number(day, random.Random(seed).choice),
    st.dates(date(2020, 1, 1), date(2099, 12, 31)),
    st.integers(),
)


def test_carries_the_day_and_is_sixteen_characters() -> None:
    number = new_return_number(date(2026, 11, 23), random.Random(1).choice)

    assert number.startswith("R20261123")
    assert len(number) == 16


@given(numbers)
def test_is_read_as_itself(number: str) -> None:
    assert read_return_number(number) == number


@given(numbers)
def test_is_read_however_a_person_writes_it(number: str) -> None:
    written = f" {number[0].lower()}-{number[1:9]} {number[9:].lower()} "
    sloppy = written.replace("0", "O").replace("1", "l")

    assert read_return_number(sloppy) == number


@given(numbers, st.integers(1, 15), st.sampled_from(ALPHABET))
def test_with_one_wrong_character_is_none(number: str, position: int, char: str) -> None:
    wrong = number[:position] + char + number[position + 1 :]

    assert read_return_number(wrong) == (number if wrong == number else None)


@given(st.text(max_size=40))
def test_never_comes_out_of_other_text_by_accident_of_type(text: str) -> None:
    found = read_return_number(text)

    assert found is None or len(found) == 16

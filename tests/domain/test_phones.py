"""Phones are equal however they are written."""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.phones import normal_phone


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        "+86 138-0013-8000",
        "(+86) 138.0013.8000",
        " 138 0013 8000 ",
    ],
)
def test_of_a_chinese_mobile(text: str) -> None:
    assert normal_phone(text) == "13800138000"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+852 9123 4567", "85291234567"),
        ("00852 9123 4567", "85291234567"),
        ("+86 10 8888 8888", "861088888888"),
        ("010-88888888", "01088888888"),
        ("86138001380001", "86138001380001"),
    ],
)
def test_of_others_keep_their_code(text: str, digits: str) -> None:
    assert normal_phone(text) == digits


@pytest.mark.parametrize("text", ["", "1234", "号码", "+-() ", "１３８００１３８０００", "٠١٢٣٤٥"])
def test_are_blank_for_what_is_none(text: str) -> None:
    assert normal_phone(text) == ""

"""A carrier …"""

from __future__ import annotations

from collections import Counter

import pytest

from saleor_wechat_returns.couriers.carriers import carriers, guess, named


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("sf", "sf"),
        (" 顺丰速运 ", "sf"),
        ("顺丰", "sf"),
        ("shunfeng", "sf"),
        ("SF EXPRESS", "sf"),
        ("邮政", "china_post"),
        ("ems", "ems"),
        ("菜鸟", None),
        ("", None),
    ],
)
def test_is_known_by_what_people_write(name: str, key: str | None) -> None:
    found = named(name)

    assert (found and found.key) == key


def test_shares_its_names_with_no_other() -> None:
    names = Counter(
        name.casefold()
        for it in carriers().values()
        for name in {it.key, it.kuaidi100, it.zh, it.en.casefold(), *it.also}
    )

    assert [name for name, count in names.items() if count > 1 and name not in ("ems", "jd")] == []


@pytest.mark.parametrize(
    ("number", "likely"),
    [("SF1234567890123", "sf"), ("JDVA00000000001", "jd"), ("YT0000000000001", "yto")],
)
def test_is_guessed_from_its_numbers(number: str, likely: str) -> None:
    assert guess(number)[0].key == likely


def test_is_nobody_where_a_number_fits_none() -> None:
    assert guess("X") == []

"""What is known of a parcel …"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.parcels import (
    ARRIVED,
    FOLLOWED_FOR,
    PARCEL_LABELS,
    ParcelStatus,
    Standing,
    advance,
    next_look,
)
from saleor_wechat_returns.domain.phones import mask_phones

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOTHING = Standing()
TOLD = st.builds(
    Standing,
    st.sampled_from(ParcelStatus),
    st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
)


def told(status: str, hour: int) -> Standing:
    return Standing(ParcelStatus(status), NOON + timedelta(hours=hour))


@given(st.lists(TOLD, max_size=8), st.randoms(use_true_random=False))
def test_is_the_same_however_it_was_heard(events: list[Standing], chance: object) -> None:
    shuffled = [*events, *events[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    at_once = advance(NOTHING, events)
    one_by_one = NOTHING
    for event in shuffled:
        one_by_one = advance(one_by_one, [event])

    assert one_by_one == at_once
    assert at_once in [NOTHING, *events] or at_once.status is ParcelStatus.UNKNOWN


@given(TOLD, st.lists(TOLD, max_size=6))
def test_is_never_taken_back_once_it_has_arrived(known: Standing, events: list[Standing]) -> None:
    after = advance(known, events)

    assert known.status not in ARRIVED or after.status in ARRIVED


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ([("in_transit", 2), ("collected", 1)], ("in_transit", 2)),
        ([("assigned", 1), ("booked", 1)], ("assigned", 1)),
        ([("exception", 2), ("in_transit", 3)], ("in_transit", 3)),
        ([("out_for_delivery", 2), ("collected", 3)], ("out_for_delivery", 2)),
        ([("signed", 2), ("in_transit", 4)], ("signed", 2)),
        ([("signed", 2), ("signed", 4)], ("signed", 4)),
        ([("returned", 2), ("in_transit", 3), ("signed", 5)], ("returned", 2)),
        ([("collected", 1), ("unknown", 5)], ("collected", 1)),
        ([("canceled", 1), ("collected", 0)], ("collected", 0)),
        ([("assigned", 1), ("canceled", 2), ("booked", 3)], ("booked", 3)),
        ([("out_for_delivery", 1), ("in_transit", 1)], ("out_for_delivery", 1)),
    ],
)
def test_is_the_highest_of_what_was_said(
    events: list[tuple[str, int]], known: tuple[str, int]
) -> None:
    assert advance(NOTHING, [told(*event) for event in events]) == told(*known)


def test_is_no_signature_of_the_customer_once_it_went_back() -> None:
    assert told("signed", 1).signed_at == NOON + timedelta(hours=1)
    assert told("returned", 1).signed_at is None


def test_has_words_in_two_languages() -> None:
    assert set(PARCEL_LABELS) == set(ParcelStatus)
    assert all(zh and en for zh, en in PARCEL_LABELS.values())


@pytest.mark.parametrize("scale", [1, 60])
def test_is_asked_for_ever_more_seldom_and_not_for_ever(scale: int) -> None:
    looks = [NOON]
    while (following := next_look(NOON, looks[-1], scale=scale)) is not None:
        looks.append(following)

    pauses = [(later - earlier) * scale for earlier, later in pairwise(looks)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=30), timedelta(days=1))
    assert len(pauses) < 70
    assert FOLLOWED_FOR <= (looks[-1] - NOON) * scale < FOLLOWED_FOR + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("快递员 张三(13800138000)派件中", "快递员 张三(138****8000)派件中"),
        ("电话138 0013 8000, 0571-88886666", "电话138****8000, 057****6666"),
        ("运单 SF1234567890123 已到达", "运单 SF1234567890123 已到达"),
    ],
)
def test_is_shown_without_anybodys_telephone(text: str, shown: str) -> None:
    assert mask_phones(text) == shown

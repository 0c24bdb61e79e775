"""The times of a deadline …"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.deadlines import (
    ACTS,
    ACTS_LABELS,
    LEVEL_LABELS,
    THEN_LABELS,
    Acts,
    DeadlineRules,
    Level,
    Then,
    Times,
    span,
    stay_of,
    times_of,
)
from saleor_wechat_returns.domain.lifecycle import Kind, Move, Status, follow

ORDER = list(Level)
# Two leap days among them.
FIRST = datetime(2024, 2, 28, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=1463)).map(lambda span: FIRST + span)
rules = st.builds(
    DeadlineRules,
    review_hours=st.integers(1, 24 * 365),
    send_hours=st.integers(121, 24 * 365),
    inspection_hours=st.integers(1, 168),
    approve_overdue=st.sampled_from([(), (Kind.RETURN_AND_REFUND,), tuple(Kind)]),
    extension_hours=st.integers(0, 24 * 365),
)
kinds = st.sampled_from(Kind)
waited_for = st.sampled_from(sorted(ACTS))


@given(rules, waited_for, kinds, moments, st.integers(1, 10_000))
def test_stand_in_their_order(
    rules: DeadlineRules, status: Status, kind: Kind, since: datetime, scale: int
) -> None:
    stay = stay_of(rules, status, kind, has_parcel=False)
    assert stay is not None
    times = times_of(stay, since=since, scale=scale)

    known = [times.remind_at, times.due_at, times.alarm_at, times.red_at]
    there = [at for at in known if at is not None]
    assert there == sorted(there)
    assert there[0] > since


@given(rules, waited_for, kinds, moments, st.lists(st.integers(0, 500), max_size=12))
def test_are_each_looked_at_once_however_the_clock_comes_by(
    rules: DeadlineRules, status: Status, kind: Kind, since: datetime, sleeps: list[int]
) -> None:
    """Asleep for days or not: it is looked at whenever something is new, and then no more."""
    stay = stay_of(rules, status, kind, has_parcel=False)
    assert stay is not None
    times = times_of(stay, since=since)
    now, reminded, level = since, False, Level.IN_TIME
    look = times.next_look(now, reminded=False)

    for hours in [*sleeps, 24 * 400]:
        now += timedelta(hours=hours)
        if look is None or look > now:
            assert times.level(now) is level  # nothing was missed
            continue
        assert ORDER.index(times.level(now)) >= ORDER.index(level)
        level, reminded = times.level(now), True
        look = times.next_look(now, reminded=reminded)
        assert look is None or look > now

    assert look is None
    assert level is (Level.RED if times.red_at else Level.OVERDUE)


@given(waited_for, kinds, moments, st.integers(1, 24 * 365))
def test_move_together_but_for_what_the_law_says(
    status: Status, kind: Kind, since: datetime, hours: int
) -> None:
    stay = stay_of(DeadlineRules(), status, kind, has_parcel=False)
    assert stay is not None
    before = times_of(stay, since=since)
    after = before.later(timedelta(hours=hours))

    assert after.due_at - before.due_at == timedelta(hours=hours)
    assert (after.alarm_at, after.red_at) == (before.alarm_at, before.red_at)
    if before.remind_at is not None:
        assert after.remind_at is not None
        assert after.remind_at - before.remind_at == timedelta(hours=hours)


@given(moments, st.integers(1, 24 * 365))
def test_are_the_same_hours_on_every_day_of_the_year(since: datetime, hours: int) -> None:
    assume(since.year < 2028)

    assert (
        times_of(stay_of_review(hours), since=since).due_at.timestamp()
        == since.timestamp() + hours * 3600
    )


def stay_of_review(hours: int) -> Any:
    rules = DeadlineRules(review_hours=hours)
    return stay_of(rules, Status.REQUESTED, Kind.RETURN_AND_REFUND, has_parcel=False)


def test_are_a_minute_a_day_where_a_shop_tries_them() -> None:
    assert span(24, scale=1440) == timedelta(minutes=1)
    assert span(24) == timedelta(days=1)


def test_are_over_at_the_second_they_name() -> None:
    due_at = datetime(2026, 11, 30, tzinfo=UTC)
    times = Times(due_at)

    assert times.level(due_at - timedelta(microseconds=1)) is Level.IN_TIME
    assert times.level(due_at) is Level.OVERDUE


def test_are_there_wherever_somebody_is_waited_for() -> None:
    for status in Status:
        stay = stay_of(DeadlineRules(), status, Kind.REFUND_ONLY, has_parcel=False)
        assert (stay is not None) is (status in ACTS)


@given(rules, waited_for, kinds, st.booleans())
def test_end_in_something_there_is_an_arrow_and_words_for(
    rules: DeadlineRules, status: Status, kind: Kind, has_parcel: bool
) -> None:
    stay = stay_of(rules, status, kind, has_parcel=has_parcel)
    assert stay is not None

    assert all(THEN_LABELS[status, stay.then])
    if stay.then in (Then.BACK_TO_STAFF, Then.CANCEL, Then.CLOSE):
        follow(status, Move.EXPIRE)
    if stay.extension_hours:
        assert ACTS[status] is Acts.CUSTOMER
        assert follow(status, Move.EXTEND_DEADLINE) is status


def test_cancel_no_return_whose_parcel_is_known() -> None:
    stay = stay_of(DeadlineRules(), Status.APPROVED, Kind.RETURN_AND_REFUND, has_parcel=True)

    assert stay is not None
    assert stay.then is Then.TELL_STAFF


def test_have_words_in_two_languages() -> None:
    assert set(ACTS_LABELS) == set(Acts)
    assert set(LEVEL_LABELS) == set(Level)


@pytest.mark.parametrize(
    "wrong",
    [
        {"review_hours": 0},
        {"transit_hours": 24 * 365 + 1},
        {"send_reminder_hours": 24 * 7},
        {"answer_reminder_hours": -1},
        {"extension_hours": -1},
        {"inspection_alarm_hours": 24 * 7 + 1},
        {"inspection_red_hours": 24 * 15 + 1},
        {"inspection_hours": 169},
    ],
)
def test_are_refused_where_they_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removesuffix("_hours").split("_")[0]):
        DeadlineRules(**wrong)  # type: ignore[arg-type]

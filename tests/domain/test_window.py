"""The return window, whatever the day and the time zone …"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.window import (
    delivery_day,
    last_day,
    read_moment,
    signed_at,
    window_ends,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
# With a clock change at midnight, before it and after it, by half an hour, and none at all.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/Havana",
        "Africa/Cairo",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
        "Pacific/Apia",
        "UTC",
    )
]
FROM, TO = datetime(2000, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), TO - FROM).map(lambda passed: FROM + passed)
zones = st.sampled_from(ZONES)
days = st.integers(0, 400)


def is_open(at: datetime, day: date, count: int, zone: ZoneInfo) -> bool:
    return at < window_ends(day, count, zone)


@given(moments, zones, days)
def test_is_open_on_the_day_of_the_signing(at: datetime, zone: ZoneInfo, count: int) -> None:
    """EC52"""
    day = delivery_day(at, at, buffer_days=9, zone=zone)

    assert is_open(at, day, count, zone)


@given(moments, moments, zones, days)
def test_is_open_exactly_until_the_last_day_on_the_shops_wall(
    signed: datetime, asked: datetime, zone: ZoneInfo, count: int
) -> None:
    """EC52"""
    day = delivery_day(signed, signed, buffer_days=0, zone=zone)

    on_the_wall = asked.astimezone(zone).date()
    assert is_open(asked, day, count, zone) == (on_the_wall <= last_day(day, count))


@given(moments, zones, days)
def test_ends_at_a_moment_before_which_it_is_the_last_day(
    signed: datetime, zone: ZoneInfo, count: int
) -> None:
    """EC52"""
    day = delivery_day(signed, signed, buffer_days=0, zone=zone)
    ends = window_ends(day, count, zone)

    assert ends.astimezone(zone).date() > last_day(day, count)
    just_before = (ends - timedelta(microseconds=1)).astimezone(zone)
    # Samoa left out a whole day in 2011.
    assert just_before.date() <= last_day(day, count)


@given(moments, zones, days, st.integers(0, 60))
def test_is_never_shorter_where_the_signing_is_unknown(
    sent: datetime, zone: ZoneInfo, count: int, buffer: int
) -> None:
    """EC53: nobody loses a day because a courier was silent, if the parcel took no longer."""
    unknown = delivery_day(sent, None, buffer_days=buffer, zone=zone)
    for taken in range(buffer + 1):
        on_the_wall = sent.astimezone(zone) + timedelta(days=taken)
        signed = delivery_day(sent, on_the_wall, buffer_days=0, zone=zone)
        assert window_ends(signed, count, zone) <= window_ends(unknown, count, zone)


@given(moments, zones, days)
def test_grows_by_a_day_with_every_day_of_the_rules(
    signed: datetime, zone: ZoneInfo, count: int
) -> None:
    day = delivery_day(signed, signed, buffer_days=0, zone=zone)

    grown = last_day(day, count + 1) - last_day(day, count)

    assert grown == timedelta(days=1)
    assert window_ends(day, count, zone) <= window_ends(day, count + 1, zone)


@pytest.mark.parametrize(
    ("signed", "ends"),
    [
        # Signed a minute before and after midnight in Shanghai: a whole day apart.
        ("2026-11-23T15:59:59+00:00", "2026-11-30T16:00:00+00:00"),
        ("2026-11-23T16:00:00+00:00", "2026-12-01T16:00:00+00:00"),
        # Over 29 February, over the year's end.
        ("2028-02-22T10:00:00+08:00", "2028-02-29T16:00:00+00:00"),
        ("2027-02-22T10:00:00+08:00", "2027-03-01T16:00:00+00:00"),
        ("2026-12-28T10:00:00+08:00", "2027-01-04T16:00:00+00:00"),
    ],
)
def test_ends_after_seven_days_in_shanghai(signed: str, ends: str) -> None:
    """EC52"""
    at = datetime.fromisoformat(signed)
    day = delivery_day(at, at, buffer_days=0, zone=SHANGHAI)

    assert window_ends(day, 7, SHANGHAI) == datetime.fromisoformat(ends)


def test_ends_when_the_next_day_begins_where_there_is_no_midnight() -> None:
    """EC52: Cairo's clocks went from 00:00 to 01:00 on 26 April 2024."""
    cairo = ZoneInfo("Africa/Cairo")

    ends = window_ends(date(2024, 4, 18), 7, cairo)

    assert ends == datetime(2024, 4, 25, 22, tzinfo=UTC)
    assert ends.astimezone(cairo).time() == time(1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", "2026-11-23T04:00:00+00:00"),
        ("20261123", "2026-11-23T04:00:00+00:00"),
        (" 2026-11-23T09:30:00 ", "2026-11-23T01:30:00+00:00"),
        ("2026-11-23 09:30", "2026-11-23T01:30:00+00:00"),
        ("2026-11-23T09:30:00Z", "2026-11-23T09:30:00+00:00"),
        ("2026-11-23T09:30:00.123-05:00", "2026-11-23T14:30:00.123+00:00"),
    ],
)
def test_begins_with_a_time_as_shops_write_it(text: str, moment: str) -> None:
    assert read_moment(text, SHANGHAI) == datetime.fromisoformat(moment)


@given(st.text(max_size=40))
def test_begins_with_no_time_that_cannot_be_read(text: str) -> None:
    """EC53"""
    read = read_moment(text, SHANGHAI)

    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_begins_with_no_time_at_the_end_of_the_world(text: str) -> None:
    """EC53"""
    assert read_moment(text, ZoneInfo("Pacific/Kiritimati")) is None


def test_begins_with_the_first_key_that_tells_a_time() -> None:
    """EC53"""
    metadata = {"courier": "soon", "signed_at": "2026-11-23", "old": "2026-11-01"}

    found = signed_at(metadata, ["none", "courier", "signed_at", "old"], zone=SHANGHAI)

    assert found == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert signed_at(metadata, ["courier"], zone=SHANGHAI) is None

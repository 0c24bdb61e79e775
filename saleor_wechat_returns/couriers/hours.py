"""The hours of a day in which a shop has parcels fetched, and the windows they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .base import Hours, Window

# Couriers are told at least so long before they are to be there.
NOTICE = timedelta(hours=1)
DAYS = 3  # today, tomorrow, the day after

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def read_hours(written: Iterable[str]) -> tuple[Hours, ...]:
    """["09:00-11:00", …] in the order of a day. Raises ValueError for anything else."""
    return tuple(sorted(_read(one) for one in written))


def windows_of(hours: Sequence[Hours], *, zone: ZoneInfo, now: datetime) -> tuple[Window, ...]:
    """Those of the next days that are not too near, soonest first."""
    today = now.astimezone(zone).date()
    return tuple(
        Window(starts_at, datetime.combine(today + timedelta(days=day), end, zone))
        for day in range(DAYS)
        for start, end in hours
        if (starts_at := datetime.combine(today + timedelta(days=day), start, zone)) - now >= NOTICE
    )


def _read(written: str) -> Hours:
    found = _HOURS.fullmatch(written)
    if found is None:
        raise ValueError(f"not like 09:00-11:00: {written!r}")
    start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if start >= end:
        raise ValueError(f"ends before it starts: {written!r}")
    return start, end

"""Until when a piece may be returned: whole days in the shop's own time zone.

Law (消法 art. 25, 暂行办法 art. 10): the days begin on the day after the customer signed for the
parcel, and count until the notice is sent. Nothing here ever counts from the day of the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# A year outside is a slip of the pen, and days after it would leave the calendar.
EARLIEST, LATEST = 2000, 2100


@dataclass(frozen=True, slots=True)
class Delivery:
    """Pieces of one order line that went out together, and the day the customer had them."""

    fulfillment_id: str
    pieces: int
    day: date  # in the shop's time zone
    is_signed: bool  # somebody told us; else reckoned from the fulfilment


def delivery_day(
    sent_at: datetime, signed_at: datetime | None, *, buffer_days: int, zone: tzinfo
) -> date:
    """The day of signing; where nobody told it, the day of the fulfilment and some days more."""
    if signed_at is not None:
        return signed_at.astimezone(zone).date()
    return sent_at.astimezone(zone).date() + timedelta(days=buffer_days)


def last_day(day: date, days: int) -> date:
    """The last day on which a notice is in time."""
    return day + timedelta(days=days)


def window_ends(day: date, days: int, zone: tzinfo) -> datetime:
    """The first moment that is too late: midnight after the last day, in UTC.

    Where the clocks are changed at midnight, it is the moment at which the next day begins.
    """
    next_day = last_day(day, days) + timedelta(days=1)
    return datetime.combine(next_day, time.min, zone).astimezone(UTC)


def read_moment(text: str, zone: tzinfo) -> datetime | None:
    """A time as couriers and shops write it: ISO 8601, or a date; None for anything else.

    Without an offset it is the shop's own time; a date alone is its noon, which is on that day.
    """
    text = text.strip()
    try:
        moment = datetime.combine(date.fromisoformat(text), time(12))
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    if not EARLIEST <= moment.year <= LATEST:
        return None
    return moment.astimezone(UTC)


def signed_at(metadata: Mapping[str, str], keys: Iterable[str], *, zone: tzinfo) -> datetime | None:
    """The first of the keys that tells a time."""
    told = (read_moment(metadata[key], zone) for key in keys if key in metadata)
    return next((moment for moment in told if moment is not None), None)

"""Where a courier says one parcel is: few words, the same for every courier.

Couriers tell late, twice and out of order: what is known of a parcel is the highest of all that was
ever said of it, so that no order of hearing matters.
Knows no courier's codes: each adapter in couriers/ translates its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class ParcelStatus(StrEnum):
    """`PARCEL_LABELS` has the words people read."""

    UNKNOWN = "unknown"  # 暂无物流信息
    BOOKED = "booked"  # 已下单
    ASSIGNED = "assigned"  # 已派快递员
    COLLECTED = "collected"  # 已揽收
    IN_TRANSIT = "in_transit"  # 运输中
    OUT_FOR_DELIVERY = "out_for_delivery"  # 派送中
    SIGNED = "signed"  # 已签收
    EXCEPTION = "exception"  # 异常: the courier has a problem with it, or lost it
    RETURNED = "returned"  # 退回: refused, or it goes back to its sender
    CANCELED = "canceled"  # 已取消


PARCEL_LABELS: dict[str, tuple[str, str]] = {
    ParcelStatus.UNKNOWN: ("暂无物流信息", "Nothing heard yet"),
    ParcelStatus.BOOKED: ("已下单", "Booked"),
    ParcelStatus.ASSIGNED: ("已派快递员", "A courier is assigned"),
    ParcelStatus.COLLECTED: ("已揽收", "Collected"),
    ParcelStatus.IN_TRANSIT: ("运输中", "On the way"),
    ParcelStatus.OUT_FOR_DELIVERY: ("派送中", "Out for delivery"),
    ParcelStatus.SIGNED: ("已签收", "Signed for"),
    ParcelStatus.EXCEPTION: ("物流异常", "Trouble on the way"),
    ParcelStatus.RETURNED: ("退回中", "Going back to its sender"),
    ParcelStatus.CANCELED: ("已取消", "Canceled"),
}


# From one to the next there is no way back, whatever the courier's clocks say: bookings are told of
# without a time. Whatever is signed for after it was turned round is signed for by its sender.
_PHASES: tuple[tuple[ParcelStatus, ...], ...] = (
    (ParcelStatus.UNKNOWN,),
    (ParcelStatus.BOOKED, ParcelStatus.ASSIGNED, ParcelStatus.CANCELED),
    (ParcelStatus.COLLECTED,),
    (ParcelStatus.IN_TRANSIT, ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.EXCEPTION),
    (ParcelStatus.SIGNED,),
    (ParcelStatus.RETURNED,),
)
_RANKS = {status: rank for rank, phase in enumerate(_PHASES) for status in phase}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# The courier has it, or had it: the number is one of a parcel that exists.
SCANNED = frozenset(status for status, rank in _RANKS.items() if rank >= 2)
# Nobody has to look for it any more.
ARRIVED = frozenset({ParcelStatus.SIGNED, ParcelStatus.RETURNED})
TROUBLE = frozenset({ParcelStatus.EXCEPTION, ParcelStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a parcel is, and the courier's time of that."""

    status: ParcelStatus = ParcelStatus.UNKNOWN
    at: datetime | None = None

    @property
    def signed_at(self) -> datetime | None:
        """When its receiver had it; None: not yet, or it went back to its sender."""
        return self.at if self.status is ParcelStatus.SIGNED else None


def advance(known: Standing, heard: Iterable[Standing]) -> Standing:
    """What is known after all of this was heard, in whatever order and however often.

    Within a phase the courier's newest word holds; UNKNOWN says nothing.
    """
    return max((known, *heard), key=_weight)


def _weight(standing: Standing) -> tuple[int, datetime, int]:
    status = standing.status
    at = _LONG_AGO if status is ParcelStatus.UNKNOWN else standing.at
    # Of two words of one moment the one that stands further on in its phase holds.
    return _RANKS[status], at or _LONG_AGO, _PHASES[_RANKS[status]].index(status)


# A number may be asked for every 30 minutes: whoever asks more often is locked out.
# Source: Kuaidi100 "real-time query", from memory, 2026-11.
_SOONEST_LOOK = timedelta(minutes=30)
_LATEST_LOOK = timedelta(days=1)
FOLLOWED_FOR = timedelta(days=60)


def next_look(followed_since: datetime, heard_at: datetime, *, scale: int = 1) -> datetime | None:
    """When to ask for a parcel that nobody tells of by then; None: it has been long enough.

    `heard_at`: when we last heard or asked. The pauses double, up to a day. `scale`: how many times
    faster the clock runs where somebody tries things out.
    """
    age = heard_at - followed_since
    if age >= FOLLOWED_FOR / scale:
        return None
    return heard_at + min(max(age, _SOONEST_LOOK / scale), _LATEST_LOOK / scale)

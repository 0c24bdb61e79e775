"""What a courier provider must be able to do, in words that are nobody's in particular.

A second provider is one more file. Calls may raise ProviderRejected, ProviderUnavailable and
OutcomeUnknown (domain/errors.py); reading a callback raises Forged or Malformed. Times are aware,
money is fen, weights are grams. docs/providers.md says what each provider can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..domain.parcels import ParcelStatus

# The code of a rejection that was found out before anything was sent.
UNFIT = "BOOKING_UNFIT"


class Forged(Exception):
    """A callback whose signature is not the provider's."""


class Malformed(Exception):
    """A callback that is signed, or not, but cannot be read; the message names the field."""


Hours = tuple[time, time]  # from, to; of one day

USUAL_HOURS: tuple[Hours, ...] = tuple((time(hour), time(hour + 2)) for hour in range(9, 19, 2))


@dataclass(frozen=True, slots=True)
class Account:
    """A shop's account at a provider, opened.

    `credentials`, `urls`: by the names that registry.py has; `hours`: when parcels are fetched, in
    the shop's `zone`.
    """

    zone: ZoneInfo
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    hours: Sequence[Hours] = USUAL_HOURS


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody at an address. `area` is the district (区/县); blank where there is none."""

    name: str
    phone: str
    province: str
    city: str
    area: str
    street_address: str


@dataclass(frozen=True, slots=True)
class Route:
    """Whence and whither: for a return from the customer to the shop's warehouse."""

    sender: Place
    receiver: Place


@dataclass(frozen=True, slots=True)
class Goods:
    """What is in the parcel, for the waybill and the price."""

    name: str
    grams: int = 1000
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """取件时间段. Aware; on one day of the shop's time zone."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """An estimate: the parcel is weighed when it is fetched."""

    courier: str  # key of carriers.json
    fen: int


@dataclass(frozen=True, slots=True)
class Booking:
    """All that is needed to ask for a courier. `number` is ours, and never used for another."""

    number: str  # at most 32 characters
    courier: str  # key of carriers.json
    route: Route
    goods: Goods
    window: Window
    salt: str  # callbacks are signed with it
    callback_url: str  # of the booking
    tracking_url: str  # of the parcel's tracking
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """The provider has taken the booking. Some couriers give the waybill number later."""

    ids: Mapping[str, str]  # the provider's own numbers, as it names them
    waybill_no: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a provider says of a parcel or its booking, from a callback or an answer.

    `is_over`: the booking came to nothing (failed, or given up by the courier); `charge_fen` adds
    to what was charged before.
    """

    status: ParcelStatus
    at: datetime
    code: str = ""  # the provider's own
    text: str = ""
    place: str = ""
    waybill_no: str = ""
    courier_name: str = ""
    courier_phone: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    charge_fen: int = 0
    is_over: bool = False
    is_revived: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is known of one waybill number now. `is_over`: nothing more will come by itself."""

    courier: str  # key of carriers.json, as the provider knows it by now; "" if it cannot tell
    waybill_no: str
    events: Sequence[Told]
    is_over: bool = False
    wants_new_subscription: bool = False


class Courier(Protocol):
    """One provider under one shop's account. Safe to use from several threads."""

    provider: str
    # Whether a booking whose answer was lost may simply be sent again under the same number, and
    # until how long after the first time: otherwise it is looked for with `find`.
    repeats_safely_seconds: int

    def windows(self, route: Route, courier: str, *, now: datetime) -> Sequence[Window]:
        """When a courier could come, soonest first; empty: not to this address, or not any more."""

    def quote(self, route: Route, goods: Goods, courier: str) -> Quote | None:
        """About what it costs; None where the provider does not say."""

    def serves(self, route: Route, couriers: Sequence[str]) -> Sequence[str]:
        """Which of these couriers fetch at the sender's address, in the same order."""

    def book(self, booking: Booking) -> Booked:
        """Ask for a courier. Rejected: nobody comes."""

    def find(self, booking: Booking, ids: Mapping[str, str]) -> Told | None:
        """What the provider knows of a booking; None: it does not know it, or cannot tell."""

    def cancel(self, booking: Booking, ids: Mapping[str, str], *, why: str) -> None:
        """Call the courier off. One that is canceled already is no error; rejected: too late."""

    def subscribe(
        self, courier: str, waybill_no: str, *, phone: str, salt: str, tracking_url: str
    ) -> None:
        """Have the parcel's tracking told to `tracking_url`. Subscribed before is no error."""

    def track(self, courier: str, waybill_no: str, *, phone: str) -> Tracked:
        """Ask where a parcel is."""

    def read_booking_callback(self, body: bytes, *, salt: str, now: datetime) -> Told:
        """Check and read a callback of a booking. Raises Forged or Malformed."""

    def read_tracking_callback(self, body: bytes, *, salt: str, now: datetime) -> Tracked:
        """Check and read a callback of a parcel's tracking. Raises Forged or Malformed."""

    def answer(self) -> tuple[str, bytes]:
        """Content type and body that tell the provider that a callback was taken."""

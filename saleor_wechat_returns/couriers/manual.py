"""人工安排取件: staff call a courier themselves. A provider without a server: nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import httpx

from .base import (
    Account,
    Booked,
    Booking,
    Forged,
    Goods,
    Quote,
    Route,
    Told,
    Tracked,
    Window,
)
from .hours import windows_of


class Manual:
    """Takes every booking; staff do the rest, and tell what became of it."""

    provider = "manual"
    repeats_safely_seconds = 365 * 86400  # nothing leaves, so nothing can be asked twice

    def __init__(
        self,
        account: Account,
        _http: httpx.Client,
        _now: Callable[[], datetime],
        _seconds: float | None = None,
    ) -> None:
        self._account = account

    def windows(self, route: Route, courier: str, *, now: datetime) -> Sequence[Window]:  # noqa: ARG002
        return windows_of(self._account.hours, zone=self._account.zone, now=now)

    def quote(self, route: Route, goods: Goods, courier: str) -> Quote | None:  # noqa: ARG002
        return None

    def serves(self, route: Route, couriers: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        return tuple(couriers)

    def book(self, booking: Booking) -> Booked:  # noqa: ARG002
        return Booked(ids={})

    def find(self, booking: Booking, ids: Mapping[str, str]) -> Told | None:  # noqa: ARG002
        return None

    def cancel(self, booking: Booking, ids: Mapping[str, str], *, why: str) -> None:
        """Staff call the courier off."""

    def subscribe(
        self, courier: str, waybill_no: str, *, phone: str, salt: str, tracking_url: str
    ) -> None:
        """Nobody would tell."""

    def track(self, courier: str, waybill_no: str, *, phone: str) -> Tracked:  # noqa: ARG002
        return Tracked(courier, waybill_no, events=())

    def read_booking_callback(self, body: bytes, *, salt: str, now: datetime) -> Told:  # noqa: ARG002
        raise Forged("staff send no callbacks")

    def read_tracking_callback(self, body: bytes, *, salt: str, now: datetime) -> Tracked:  # noqa: ARG002
        raise Forged("staff send no callbacks")

    def answer(self) -> tuple[str, bytes]:
        return "text/plain; charset=utf-8", b""

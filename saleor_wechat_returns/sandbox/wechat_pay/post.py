"""The post: notices on their way to the shops, their repeats, and what befalls them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from . import notices
from .faults import Faults
from .gateway import Gateway
from .notices import ANSWER_SECONDS, Event, Notice

LATE = timedelta(hours=1)


class Post:
    """Thread-safe. `http` carries notices; None if the simulator has nobody to notify."""

    def __init__(
        self,
        gateway: Gateway,
        faults: Faults,
        clock: Callable[[], datetime],
        http: httpx.Client | None,
        lock: threading.RLock,
    ) -> None:
        self.notices: list[Notice] = []
        self._gateway = gateway
        self._faults = faults
        self._clock = clock
        self._http = http
        self._lock = lock
        self._overtaken: list[Notice] = []

    def queue(self, event: Event, mchid: str, about: str, url: str) -> None:
        """Due at once, unless a fault says otherwise. The caller holds the lock."""
        now = self._clock()
        number, body = notices.write(event, self._gateway.merchants[mchid].apiv3_key, now)
        notice = Notice(number, mchid, about, url, body, due_at=now)
        self.notices.append(notice)
        match self._faults.take_for_notice(is_attempt=False):
            case "notice_lost":
                notice.due_at = None
            case "notice_late":
                notice.due_at = now + LATE
            case "notice_twice":
                self.notices.append(Notice(number, mchid, about, url, body, due_at=now))
            case "notice_overtaken":
                notice.due_at = None
                self._overtaken.append(notice)
                return
        self._let_the_overtaken_follow(now)

    def _let_the_overtaken_follow(self, now: datetime) -> None:
        for notice in self._overtaken:
            notice.due_at = now
            self.notices.remove(notice)
            self.notices.append(notice)
        self._overtaken.clear()

    def write(
        self, event: Event, mchid: str, associated_data: str, changes: dict[str, object] | None
    ) -> bytes:
        """The body of a notice that is not queued."""
        key, now = self._gateway.merchants[mchid].apiv3_key, self._clock()
        _, body = notices.write(event, key, now, associated_data=associated_data, changes=changes)
        return body

    def deliver_due(self) -> int:
        """Send every due notice once, by the plan of repeats; how many were sent."""
        if self._http is None:
            raise RuntimeError("this simulator has no http client to send notices with")
        with self._lock:
            now = self._clock()
            due = [n for n in self.notices if n.due_at is not None and n.due_at <= now]
            for notice in due:
                notice.due_at = None  # claimed: another thread must not send it as well
        for notice in due:
            # Not under the lock: the shop may ask us something before it answers.
            status = self._attempt(notice, self._http)
            with self._lock:
                notice.record(status, now)
        return len(due)

    def _attempt(self, notice: Notice, http: httpx.Client) -> int | None:
        """The status of the answer; None when it came after 5 s by our clock, or never."""
        began = self._clock()
        fault = self._faults.take_for_notice(is_attempt=True)
        status = notices.send(notice, self._gateway.signer(notice.mchid), http, began, fault)
        is_late = self._clock() - began > timedelta(seconds=ANSWER_SECONDS)
        return None if is_late else status

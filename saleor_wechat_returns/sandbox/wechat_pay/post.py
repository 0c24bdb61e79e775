"""The post: notices on their way to the shops, and their repeats."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import httpx

from . import notices
from .gateway import Gateway
from .notices import Event, Notice


class Post:
    """Thread-safe. `http` carries notices; None if the simulator has nobody to notify."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Callable[[], datetime],
        http: httpx.Client | None,
        lock: threading.RLock,
    ) -> None:
        self.notices: list[Notice] = []
        self._gateway = gateway
        self._clock = clock
        self._http = http
        self._lock = lock

    def queue(self, event: Event, mchid: str, about: str, url: str) -> None:
        """Due at once. The caller holds the lock."""
        now = self._clock()
        number, body = notices.write(event, self._gateway.merchants[mchid].apiv3_key, now)
        self.notices.append(Notice(number, mchid, about, url, body, due_at=now))

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
            status = notices.send(notice, self._gateway.signer(notice.mchid), self._http, now)
            with self._lock:
                notice.record(status, now)
        return len(due)

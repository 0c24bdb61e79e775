"""Callbacks on their way to the shops: signed, and repeated few times and slowly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from .faults import Faults
from .wire import md5, written

ANSWER_SECONDS = 10
REPEATS_AFTER = timedelta(minutes=30)
MOST_ATTEMPTS = 3


@dataclass
class Callback:
    """`answers`: status and content of each attempt, None for no answer."""

    url: str
    salt: str
    param: dict[str, Any]
    task_id: str = ""  # of a booking's
    due_at: datetime | None = None
    answers: list[tuple[int | None, bytes]] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        return bool(self.answers) and _is_taken(*self.answers[-1])

    def body(self, *, salt: str | None = None) -> bytes:
        """The form as it is posted."""
        param = written(self.param)
        form = {"param": param, "sign": md5(param, self.salt if salt is None else salt)}
        if self.task_id:
            form["taskId"] = self.task_id
        return urlencode(form).encode()


class Post:
    """Thread-safe. `http` carries callbacks; None if the simulator has nobody to call."""

    def __init__(
        self, faults: Faults, clock: Callable[[], datetime], http: httpx.Client | None
    ) -> None:
        self.callbacks: list[Callback] = []
        self._faults, self._clock, self._http = faults, clock, http
        self._lock = threading.Lock()

    def queue(self, callback: Callback) -> None:
        """Due at once, unless a fault says otherwise."""
        fault = self._faults.take_for_callback()
        with self._lock:
            callback.due_at = None if fault == "callback_lost" else self._clock()
            self.callbacks.append(callback)
            if fault == "callback_twice":
                self.callbacks.append(
                    Callback(
                        callback.url,
                        callback.salt,
                        callback.param,
                        callback.task_id,
                        callback.due_at,
                    )
                )
        if fault == "callback_forged" and self._http is not None:
            self._send(callback, self._http, salt="not the salt")

    def deliver_due(self) -> int:
        """Send every due callback once; how many were sent."""
        if self._http is None:
            raise RuntimeError("this simulator has no http client to call back with")
        with self._lock:
            now = self._clock()
            due = [it for it in self.callbacks if it.due_at is not None and it.due_at <= now]
            for callback in due:
                callback.due_at = None  # claimed: another thread must not send it as well
        for callback in due:
            # Not under the lock: the shop may ask us something before it answers.
            answer = self._send(callback, self._http)
            with self._lock:
                callback.answers.append(answer)
                if not _is_taken(*answer) and len(callback.answers) < MOST_ATTEMPTS:
                    callback.due_at = now + REPEATS_AFTER
        return len(due)

    def _send(
        self, callback: Callback, http: httpx.Client, *, salt: str | None = None
    ) -> tuple[int | None, bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        try:
            answer = http.post(
                callback.url,
                content=callback.body(salt=salt),
                headers=headers,
                timeout=ANSWER_SECONDS,
            )
        except httpx.HTTPError:
            return None, b""
        return answer.status_code, answer.content


def _is_taken(status: int | None, content: bytes) -> bool:
    """By its words, {"result":true,"returnCode":"200",…}, and not by its status alone."""
    packed = content.replace(b" ", b"")
    return status == 200 and b'"result":true' in packed and b'"returnCode":"200"' in packed

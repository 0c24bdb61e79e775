"""Faults by name: what can go wrong between a service and the mini-program API, each on demand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "connect_refused": "no connection: nothing arrives",
    "timeout_before_accept": "arrives, nothing is done, no answer",
    "timeout_after_accept": "the work is done (a code is used up), the answer is lost",
    "http_502": "a machine in between answers",
    "garbage": "the work is done, the answer is not JSON",
}
ERRCODES: Mapping[str, tuple[int, str]] = {
    "system_busy": (-1, "system error"),
    "rate_limited": (45011, "api minute-quota reach limit, must slower, retry next minute"),
    "quota_used_up": (45009, "reach max api daily quota limit"),
    "minute_quota_of_checks": (44991, "reach max api minute quota limit"),
    "openid_of_another_app": (43104, "appid not match openid"),
    "risky_user": (40226, "code blocked"),
    "address_not_listed": (40164, "invalid ip not in whitelist"),
    "secret_frozen": (40243, "AppSecret is frozen"),
}


class Faults:
    """`add("system_busy", 2)`: the next two calls meet it, or those to one path. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, times: int = 1, *, path: str = "") -> None:
        if name not in FAULTS and name not in ERRCODES:
            raise ValueError(f"no fault {name!r}; there are {', '.join([*FAULTS, *ERRCODES])}")
        with self._lock:
            self._left[name, path] += times

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def take(self, path: str) -> str:
        """The fault this call meets, or "" for none; the one added first comes first."""
        with self._lock:
            for (name, only), left in self._left.items():
                if left > 0 and only in ("", path):
                    self._left[name, only] -= 1
                    return name
        return ""

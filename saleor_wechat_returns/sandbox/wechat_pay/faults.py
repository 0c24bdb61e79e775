"""Faults by name: what can go wrong between a shop and WeChat Pay, each on demand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "connect_refused": "no connection: nothing arrives",
    "timeout_before_accept": "arrives, nothing is done, no answer",
    "timeout_after_accept": "the work is done, the answer is lost",
    "http_500": "SYSTEM_ERROR, nothing is done",
    "http_500_after_accept": "the work is done, the answer is SYSTEM_ERROR",
    "not_enough": "NOT_ENOUGH: the merchant's balance is too low for a refund",
    "user_paying": "202 USERPAYING: the payer types the password while the order is being closed",
    "rate_limited": "429 FREQUENCY_LIMITED",
    "bad_signature": "an answer whose signature fits other bytes",
    "unsigned": "an answer without signature",
    "probe_signature": "an answer with a SIGNTEST probe for a signature",
    "garbage": "a signed answer that is not JSON",
}
# These speak of accepting something, so a query in between does not use them up.
ONLY_CREATING = {"timeout_before_accept", "timeout_after_accept", "http_500_after_accept"}
ENDINGS = {"not_enough": "/refunds", "user_paying": "/close"}


class Faults:
    """`add("timeout_after_accept", 2)`: the next two orders or refunds meet it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[str] = Counter()

    def add(self, name: str, times: int = 1) -> None:
        if name not in FAULTS:
            raise ValueError(f"no fault {name!r}; there are {', '.join(FAULTS)}")
        with self._lock:
            self._left[name] += times

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str = "") -> str:
        """The fault this call meets, or "" for none; the one added first comes first.

        Without a path: any call of that method.
        """
        with self._lock:
            for name, left in self._left.items():
                if left > 0 and _fits(name, method, path):
                    self._left[name] -= 1
                    return name
        return ""


def _fits(name: str, method: str, path: str) -> bool:
    if name in ENDINGS:
        return method == "POST" and (not path or path.endswith(ENDINGS[name]))
    return method == "POST" or name not in ONLY_CREATING

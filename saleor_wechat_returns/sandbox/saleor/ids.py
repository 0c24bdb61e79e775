"""Saleor's global ids: base64 of `Type:key`, the key being a uuid or a running number."""

import base64
import binascii
import itertools
import threading
import uuid
from collections import defaultdict


def to_global_id(kind: str, key: object) -> str:
    """Encode `Order`, `4a1d…` into the opaque id that Saleor hands out."""
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


def from_global_id(global_id: str) -> tuple[str, str] | None:
    """Decode a global id into kind and key; None when it is no global id at all."""
    try:
        kind, _, key = base64.b64decode(global_id, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (kind, key) if kind and key else None


class IdSource:
    """Hands out new global ids; safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    def numbered(self, kind: str) -> str:
        """The next `Kind:<number>`: apps, users, fulfilments, grants, events."""
        with self._lock:
            return to_global_id(kind, next(self._counters[kind]))

    def random(self, kind: str) -> str:
        """A fresh `Kind:<uuid>`: orders, order lines, transactions."""
        return to_global_id(kind, uuid.uuid4())

    def next_number(self, series: str) -> int:
        """The next plain number of a series, such as order numbers."""
        with self._lock:
            return next(self._counters[series])

    def start_after(self, kind: str, number: int) -> None:
        """Continue the numbers of `kind` above `number`, as after loading known objects."""
        with self._lock:
            reached = next(self._counters[kind])
            self._counters[kind] = itertools.count(max(reached, number + 1))

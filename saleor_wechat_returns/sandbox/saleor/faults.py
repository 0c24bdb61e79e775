"""Faults on demand: what a caller of the API must survive, by name and GraphQL field."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """Where in the life of a request it goes wrong."""

    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    HTTP_500 = "http_500"
    HTTP_500_AFTER_ACCEPT = "http_500_after_accept"
    SLOW = "slow"


FAULTS: Mapping[FaultKind, str] = {
    FaultKind.TIMEOUT_BEFORE: "nothing reaches Saleor",
    FaultKind.TIMEOUT_AFTER_ACCEPT: "the work is done, the answer is lost",
    FaultKind.HTTP_500: "nothing is done",
    FaultKind.HTTP_500_AFTER_ACCEPT: "the work is done, the answer is a 500",
    FaultKind.SLOW: "the answer comes after `seconds`",
}


@dataclass
class Fault:
    kind: FaultKind
    field: str | None  # None: whatever is asked for
    times: int
    seconds: float = 0.0


class ConnectionLost(Exception):
    """The caller gets no answer; `was_accepted` says whether the work was done."""

    def __init__(self, *, was_accepted: bool) -> None:
        super().__init__("accepted, answer lost" if was_accepted else "never arrived")
        self.was_accepted = was_accepted


class Faults:
    """Faults that wait for matching requests; each is used `times` times, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(
        self, kind: FaultKind | str, field: str | None = None, *, times: int = 1, seconds: float = 0
    ) -> None:
        """`field` is the root field of the operation, such as `transactionEventReport`."""
        with self._lock:
            self._waiting.append(Fault(FaultKind(kind), field, times, seconds))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, fields: Iterable[str]) -> Fault | None:
        """The fault for a request that asks for `fields`, used up by one."""
        wanted = set(fields)
        with self._lock:
            for fault in self._waiting:
                if fault.field is None or fault.field in wanted:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

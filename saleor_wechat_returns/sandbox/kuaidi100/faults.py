"""Faults by name: what can go wrong between a shop and its couriers, each on demand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

CALL_FAULTS: Mapping[str, str] = {
    "away": "no connection: nothing arrives",
    "lost_before": "arrives, nothing is done, no answer",
    "answer_lost": "the work is done, the answer is lost",
    "http_502": "a machine in between answers",
    "garbage": "the work is done, the answer is not JSON",
    "server_error": "500: theirs is broken, nothing is done",
    "balance_empty": "601: the account has no money left",
}
ORDER_FAULTS: Mapping[str, str] = {
    "no_courier_in_area": "bOrder is refused: nobody fetches there",
    "order_failed": "bOrder is taken, then its callback says 610",
    "waybill_later": "the number comes by callback, as Yunda's always does",
    "callback_before_answer": "the callbacks of the order arrive before its answer",
    "canceled_by_courier": "somebody accepts, and then gives it up: 99",
    "pickup_failed": "somebody comes, and goes without the parcel: 11",
    "signed_but_empty": "signed for, and there is nothing in it: a mark for the story",
}
REPEAT_FAULTS: Mapping[str, str] = {
    "repeated": "a repeat of the same number answers 501 in place of the first order",
}
CALLBACK_FAULTS: Mapping[str, str] = {
    "callback_twice": "a callback that is sent again although it was taken",
    "callback_forged": "an attempt whose signature is made with another salt; the true one follows",
    "callback_lost": "a callback that is never sent",
}


class Faults:
    """`add("answer_lost", 2)`: the next two calls meet it, or those of one method. Thread-safe.

    `method`: bOrder, price, querymkt, cancel, detail, poll or query.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, times: int = 1, *, method: str = "") -> None:
        known = [*CALL_FAULTS, *ORDER_FAULTS, *REPEAT_FAULTS, *CALLBACK_FAULTS]
        if name not in known:
            raise ValueError(f"no fault {name!r}; there are {', '.join(known)}")
        with self._lock:
            self._left[name, method] += times

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def take_for_call(self, method: str) -> str:
        """The fault this call meets, or "" for none; the one added first comes first."""
        return self._take(CALL_FAULTS, method)

    def take_for_order(self) -> frozenset[str]:
        """All that a new order meets."""
        return frozenset(name for name in ORDER_FAULTS if self._take({name: ""}, ""))

    def take_for_repeat(self) -> str:
        return self._take(REPEAT_FAULTS, "")

    def take_for_callback(self) -> str:
        return self._take(CALLBACK_FAULTS, "")

    def _take(self, names: Mapping[str, str], method: str) -> str:
        with self._lock:
            for (name, only), left in self._left.items():
                if left > 0 and name in names and only in ("", method):
                    self._left[name, only] -= 1
                    return name
        return ""

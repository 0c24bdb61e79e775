"""Faults by name: what can go wrong between a shop and WeChat Pay, each on demand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

FAULTS: Mapping[str, str] = {
    "connect_refused": "no connection: nothing arrives",
    "timeout_before_accept": "arrives, nothing is done, no answer",
    "timeout_after_accept": "the work is done, the answer is lost",
    "http_500": "SYSTEM_ERROR, nothing is done",
    "http_503": "SERVICE_UNAVAILABLE, nothing is done",
    "http_500_after_accept": "the work is done, the answer is SYSTEM_ERROR",
    "not_enough": "NOT_ENOUGH: the merchant's balance is too low for a refund",
    "user_paying": "202 USERPAYING: the payer types the password while the order is being closed",
    "paid_while_closing": "the payer pays just before the order is closed: ORDERPAID, a notice",
    "rate_limited": "429 FREQUENCY_LIMITED",
    "bad_signature": "an answer whose signature fits other bytes",
    "unsigned": "an answer without signature",
    "probe_signature": "an answer with a SIGNTEST probe for a signature",
    "garbage": "a signed answer that is not JSON",
}
NOTICE_FAULTS: Mapping[str, str] = {
    "notice_lost": "a notice that is never sent",
    "notice_late": "a notice whose first attempt comes an hour late",
    "notice_twice": "a notice that is sent again although it was taken",
    "notice_overtaken": "a notice that is sent only after the next one",
    "notice_bad_signature": "an attempt whose signature fits other bytes",
    "notice_probe": "an attempt with a SIGNTEST probe for a signature; the true one follows",
}
BILL_FAULTS: Mapping[str, str] = {
    "bill_creating": "STATEMENT_CREATING, although it is past 10:00",
    "bill_hash_wrong": "the answer's hash is of other bytes",
    "bill_wrong_content": "a row is missing, which hash and gzip do not show",
    "trade_bill_lacks_a_row": "the first payment is missing, also in the totals",
    "fund_bill_lacks_a_row": "the first payment is missing, also in the totals",
    "bill_elsewhere": "the address to download from is on another host",
    "bill_cut": "the download ends half-way",
    "bill_download_5xx": "502 in place of the download",
}
LACKS = {
    "trade_bill_lacks_a_row": "/v3/bill/tradebill",
    "fund_bill_lacks_a_row": "/v3/bill/fundflowbill",
}
DOWNLOADING = {"bill_cut", "bill_download_5xx"}
# The others strike a notice when it is queued.
STRIKING_AN_ATTEMPT = {"notice_bad_signature", "notice_probe"}
# These speak of accepting something, so a query in between does not use them up.
ONLY_CREATING = {"timeout_before_accept", "timeout_after_accept", "http_500_after_accept"}
ENDINGS = {"not_enough": "/refunds", "user_paying": "/close", "paid_while_closing": "/close"}


class Faults:
    """`add("timeout_after_accept", 2)`: the next two orders or refunds meet it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[str] = Counter()

    def add(self, name: str, times: int = 1) -> None:
        known = [*FAULTS, *NOTICE_FAULTS, *BILL_FAULTS]
        if name not in known:
            raise ValueError(f"no fault {name!r}; there are {', '.join(known)}")
        with self._lock:
            self._left[name] += times

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str = "") -> str:
        """The fault this call meets, or "" for none; the one added first comes first.

        Without a path: any call of that method.
        """
        return self._take(lambda name: _fits(name, method, path))

    def take_for_notice(self, *, is_attempt: bool) -> str:
        """The fault that a notice meets when it is queued, or one attempt to send it."""
        return self._take(
            lambda name: name in NOTICE_FAULTS and is_attempt == (name in STRIKING_AN_ATTEMPT)
        )

    def _take(self, fits: Callable[[str], bool]) -> str:
        with self._lock:
            for name, left in self._left.items():
                if left > 0 and fits(name):
                    self._left[name] -= 1
                    return name
        return ""


def _fits(name: str, method: str, path: str) -> bool:
    if name in NOTICE_FAULTS:
        return False
    if name in LACKS:
        return path.startswith(LACKS[name])
    if name in BILL_FAULTS:
        return path.startswith("/v3/billdownload/" if name in DOWNLOADING else "/v3/bill/")
    if name in ENDINGS:
        return method == "POST" and (not path or path.endswith(ENDINGS[name]))
    return method == "POST" or name not in ONLY_CREATING

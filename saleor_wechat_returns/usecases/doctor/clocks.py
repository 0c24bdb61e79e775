"""How far our clock is from others', by the Date header that every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ... import clock, outgoing
from ...bounds import fetch
from .findings import Code, Finding

SECONDS = 5.0
LARGEST_PAGE = 1024 * 1024
OFF_SECONDS = 30
# WeChat Pay refuses at 300, a token of Saleor's lives as long.
WRONG_SECONDS = 240


def compare_clock(url: str, whose: str, *, shop: str) -> Iterator[Finding]:
    """Nothing if nobody answers there: another check says that. The answer may be any."""
    client = outgoing.client()
    before = clock.now()
    try:
        request = client.build_request("GET", url, timeout=SECONDS)
        answer, _ = fetch(client, request, largest=LARGEST_PAGE)
    except httpx.HTTPError:
        return
    ours = before + (clock.now() - before) / 2
    theirs = _read(answer.headers.get("Date", ""))
    if theirs is None:
        yield Finding(Code.CLOCK_UNKNOWN, shop, facts={"whose": whose})
        return
    seconds = round((ours - theirs).total_seconds())
    code = Code.CLOCK
    if abs(seconds) > WRONG_SECONDS:
        code = Code.CLOCK_WRONG
    elif abs(seconds) > OFF_SECONDS:
        code = Code.CLOCK_OFF
    yield Finding(code, shop, facts={"whose": whose, "seconds": f"{seconds:+d}"})


def _read(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

"""The service itself: its database, its broker, its settings, its public address. Reads no row."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
from django.conf import settings
from django.db import Error, connection

from ... import outgoing
from ...bounds import fetch
from ..broker import BrokerAway, reach_broker
from ..readiness import missing_migrations
from .findings import Code, Finding

OLDEST_POSTGRESQL = 14
BROKER_SECONDS = 3.0
ADDRESS_SECONDS = 5.0
LARGEST_PAGE = 64 * 1024
# As Django's own check asks of it.
SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5


def database() -> Iterator[Finding]:
    """Nothing else about rows can be asked unless both are in order."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            version = int(cursor.fetchone()[0])
        missing = missing_migrations()
    except Error as away:
        yield Finding(Code.DATABASE_AWAY, facts={"why": first_line(away)})
        return
    facts = {"version": f"{version // 10000}.{version % 10000}"}
    is_old = version // 10000 < OLDEST_POSTGRESQL
    yield Finding(Code.DATABASE_TOO_OLD if is_old else Code.DATABASE, facts=facts)
    if missing:
        yield Finding(Code.MIGRATIONS_MISSING, facts={"names": ", ".join(missing)})
    else:
        yield Finding(Code.MIGRATIONS)


def broker() -> Iterator[Finding]:
    try:
        kind = reach_broker(seconds=BROKER_SECONDS)
    except BrokerAway as away:
        yield Finding(Code.BROKER_AWAY, facts={"why": str(away)})
        return
    here = kind == "filesystem"
    yield Finding(Code.BROKER_ON_THIS_MACHINE if here else Code.BROKER, facts={"kind": kind})


def own_settings() -> Iterator[Finding]:
    """What a process would start with, and should not in production."""
    key = settings.SECRET_KEY
    found = []
    if settings.DEBUG:
        found.append(Code.DEBUG_ON)
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS:
        found.append(Code.SECRET_KEY_WEAK)
    if not settings.ALLOWED_SALEOR_API_URLS:
        found.append(Code.ANY_SALEOR_MAY_INSTALL)
    yield from (Finding(code) for code in found or [Code.SETTINGS])


def public_url() -> Iterator[Finding]:
    """Only as seen from here: that WeChat and Saleor reach it, their notices show."""
    url = settings.PUBLIC_URL
    try:
        status, content = page_at("GET", f"{url}/health/")
    except httpx.HTTPError as away:
        why = type(away).__name__
        yield Finding(Code.PUBLIC_URL_UNREACHED, facts={"url": url, "why": why})
        return
    if status == 200 and _is_our_health(content):
        yield Finding(Code.PUBLIC_URL, facts={"url": url})
    else:
        facts = {"url": url, "why": f"HTTP {status}"}
        yield Finding(Code.PUBLIC_URL_FOREIGN, facts=facts)


def no_shop() -> Finding:
    return Finding(Code.NO_SHOP, facts={"url": settings.PUBLIC_URL})


def page_at(method: str, url: str) -> tuple[int, bytes]:
    """Status and content. Raises httpx.HTTPError."""
    client = outgoing.client()
    request = client.build_request(method, url, timeout=ADDRESS_SECONDS)
    answer, content = fetch(client, request, largest=LARGEST_PAGE)
    return answer.status_code, content


def first_line(error: Exception) -> str:
    """PostgreSQL's own words; it never repeats a password."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]


def _is_our_health(content: bytes) -> bool:
    try:
        return bool(json.loads(content) == {"status": "ok"})
    except (ValueError, RecursionError):
        return False

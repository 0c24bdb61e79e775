"""The one way out: every HTTP call of this service leaves through `client()`.

Owns timeouts, the log line per call and the mounts that tests and the demo put in
place of the network. Knows no provider. Never logs a body, a header or a query string.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import structlog
from django.db import connection

from .bounds import BoundedTransport

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3.0
# For the whole call, to the last byte of the answer: bounds.py adds up.
READ_SECONDS = 15.0

_mounts: dict[str, httpx.BaseTransport | None] = {}
_client: httpx.Client | None = None


class InsideTransaction(RuntimeError):
    """A call was about to leave while a database transaction was open."""


def client() -> httpx.Client:
    """The shared client; safe to use from several threads. Redirects are never followed."""
    global _client
    if _client is None:
        _client = httpx.Client(
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(),
            headers={"User-Agent": "saleor-wechat-returns"},
            mounts=_mounts,
            event_hooks={"request": [_refuse_inside_transaction], "response": [_log_answer]},
        )
    return _client


@contextmanager
def mounted(mounts: dict[str, httpx.BaseTransport | None]) -> Iterator[None]:
    """Route URL patterns ("all://api.mch.weixin.qq.com") to transports while the block runs.

    `{"all://": transport}` catches whatever no other pattern names.
    """
    global _mounts, _client
    before, _mounts, _client = _mounts, mounts, None
    try:
        yield
    finally:
        _mounts, _client = before, None


def _refuse_inside_transaction(request: httpx.Request) -> None:
    request.extensions["started"] = time.monotonic()
    if connection.in_atomic_block:
        raise InsideTransaction(f"{request.method} {request.url.host}")


def _log_answer(response: httpx.Response) -> None:
    started = response.request.extensions["started"]
    log.info(
        "outgoing.answered",
        method=response.request.method,
        host=response.request.url.host,
        status=response.status_code,
        ms=round((time.monotonic() - started) * 1000),
    )

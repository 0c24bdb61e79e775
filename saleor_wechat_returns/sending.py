"""One request out, one answer in: which failures mean "not sent" and which mean "answer lost".

Owns nothing but that distinction. Knows no provider and never repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from .bounds import AnswerTooLarge, fetch
from .domain.errors import OutcomeUnknown, ProviderUnavailable

LARGEST_ANSWER = 1024 * 1024

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def send(http: httpx.Client, request: httpx.Request) -> tuple[httpx.Response, bytes]:
    """The answer, whatever its status, and its bytes. Follows no redirect.

    Raises ProviderUnavailable (not sent) or OutcomeUnknown (answer lost, or over 1 MB).
    """
    with _told_apart():
        return fetch(http, request, largest=LARGEST_ANSWER)


@contextmanager
def streamed(http: httpx.Client, request: httpx.Request) -> Iterator[httpx.Response]:
    """As `send`, but nothing of the answer is read yet: the block reads it, piece by piece.

    What goes wrong while the block reads ends in the same two errors.
    """
    with _told_apart():
        answer = http.send(request, stream=True, follow_redirects=False)
        try:
            yield answer
        finally:
            answer.close()


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except AnswerTooLarge as large:
        raise OutcomeUnknown("answer too large") from large
    except NOT_SENT as error:
        raise ProviderUnavailable(f"not sent: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise OutcomeUnknown(f"answer lost: {type(error).__name__}") from error

"""One request out, one answer in: which failures mean "not sent" and which mean "answer lost".

Owns nothing but that distinction. Knows no provider and never repeats.
"""

from __future__ import annotations

import httpx

from ..bounds import AnswerTooLarge, fetch
from ..domain.errors import OutcomeUnknown, ProviderUnavailable

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
    try:
        return fetch(http, request, largest=LARGEST_ANSWER)
    except AnswerTooLarge as large:
        raise OutcomeUnknown("answer too large") from large
    except NOT_SENT as error:
        raise ProviderUnavailable(f"not sent: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise OutcomeUnknown(f"answer lost: {type(error).__name__}") from error

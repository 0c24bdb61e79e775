"""What wechatpy takes for a `requests` session: it hands every request to an httpx client.

Owns the border between the two libraries, so that wechatpy has no way out of its own. Knows no
endpoint. Logs paths only: WeChat's addresses carry secrets and tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx
import structlog

from ..domain.errors import OutcomeUnknown, ProviderUnavailable
from ..sending import send

log = structlog.get_logger(__name__)

Parameters = Mapping[str, str] | Sequence[tuple[str, str]]


class ForwardedAnswer:
    """The part of a `requests` response that wechatpy looks at."""

    request = None  # wechatpy puts it into its exceptions; there it would carry secrets

    def __init__(self, content: bytes) -> None:
        self.content = content

    def raise_for_status(self) -> None:
        """Nothing: `ForwardingSession` has refused everything but 200."""


class ForwardingSession:
    """The part of a `requests` session that wechatpy uses; it never repeats a request."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Parameters = (),
        data: bytes | None = None,
        timeout: float,
    ) -> ForwardedAnswer:
        """Raises ProviderUnavailable, or OutcomeUnknown where a POST may have arrived."""
        request = self._http.build_request(
            method.upper(),
            url,
            params=dict(params),
            content=data,
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            timeout=timeout,
        )
        try:
            answer, content = send(self._http, request)
        except OutcomeUnknown as unknown:
            raise lost(request.method, str(unknown)) from unknown
        log.info(
            "wechat_mini.answered",
            method=request.method,
            path=request.url.path,
            status=answer.status_code,
        )
        # WeChat says 200 even to a refusal: anything else comes from a machine in between.
        if answer.status_code != 200:
            raise lost(request.method, f"HTTP {answer.status_code}")
        return ForwardedAnswer(content)


def lost(method: str, message: str) -> ProviderUnavailable | OutcomeUnknown:
    """What a missing answer means: a GET changes nothing there, so it may simply be repeated."""
    return ProviderUnavailable(message) if method == "GET" else OutcomeUnknown(message)

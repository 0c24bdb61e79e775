"""One signed request to WeChat Pay APIv3, one believed answer.

Owns signing on the way out and verifying on the way in. Knows no refund and no payment: what the
bytes say is read elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..domain.errors import OutcomeUnknown
from ..sending import LARGEST_ANSWER, send, streamed
from . import signing
from .errors import read_failure
from .merchant import Merchant, unusable

log = structlog.get_logger(__name__)

# For a whole file, to its last byte.
FILE_SECONDS = 60.0


class Exchange:
    """One merchant's line to WeChat Pay. Raises ProviderRejected for an unreadable private key.

    `seconds`: less patience than usual, for each answer.
    """

    def __init__(
        self,
        merchant: Merchant,
        http: httpx.Client,
        now: Callable[[], datetime],
        seconds: float | None = None,
    ) -> None:
        self.merchant = merchant
        self.now = now
        self._timeout = http.timeout
        if seconds is not None:
            self._timeout = httpx.Timeout(seconds, connect=seconds / 2)
        self._http = http
        try:
            self.key = signing.read_private_key(merchant.private_key_pem)
        except ValueError as error:
            raise unusable("private_key_pem", str(error)) from None

    def ask(self, method: str, target: str, body: bytes = b"") -> bytes:
        """The believed content of a 2xx answer; empty for 204. `target` is path and query.

        Raises ProviderRejected, ProviderUnavailable or OutcomeUnknown.
        """
        headers, content = self.ask_unbelieved(method, target, body)
        self.believe(headers, content, self.merchant.keys)
        return content

    def ask_unbelieved(
        self, method: str, target: str, body: bytes = b""
    ) -> tuple[Mapping[str, str], bytes]:
        """As `ask`, but anybody may have written it until `believe` has been called."""
        request = self._signed(method, target, body, self._timeout)
        answer, content = send(self._http, request)
        _log(request, answer)
        if answer.status_code == 202 or not answer.is_success:
            raise read_failure(answer.status_code, content)
        return answer.headers, content

    @contextmanager
    def file(self, target: str) -> Iterator[Iterator[bytes]]:
        """A file that nobody signed, in pieces as they come over the wire, for `with`.

        Whether to believe it is the caller's affair. Ends as `ask` does, also while it is read.
        """
        patience = httpx.Timeout(
            FILE_SECONDS, connect=self._timeout.connect, pool=self._timeout.pool
        )
        request = self._signed("GET", target, b"", patience)
        # Packed it may be in itself; whatever the wire adds would be unpacked without a bound.
        request.headers["Accept-Encoding"] = "identity"
        with streamed(self._http, request) as answer:
            _log(request, answer)
            if answer.status_code != 200:
                raise read_failure(answer.status_code, _beginning(answer))
            yield answer.iter_raw()

    def believe(
        self, headers: Mapping[str, str], content: bytes, keys: Mapping[str, RSAPublicKey]
    ) -> None:
        """Return only if one of the keys signed these bytes; else the outcome is unknown."""
        try:
            signing.verify(headers, content, verifiers=keys, now=self.now())
        except signing.SignatureRefused as refused:
            raise OutcomeUnknown(f"answer not believed: {refused.fault}") from None

    def _signed(
        self, method: str, target: str, body: bytes, timeout: httpx.Timeout
    ) -> httpx.Request:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "saleor-wechat-returns",
        }
        # While a merchant changes over, this header decides which key signs the answer.
        if self.merchant.public_key_id:
            headers["Wechatpay-Serial"] = self.merchant.public_key_id
        request = self._http.build_request(
            method,
            self.merchant.base_url + target,
            headers=headers,
            content=body or None,
            timeout=timeout,
        )
        request.headers["Authorization"] = signing.authorization(
            self.key,
            mchid=self.merchant.mchid,
            serial_no=self.merchant.serial_no,
            method=method,
            target=request.url.raw_path.decode("ascii"),
            body=body,
            nonce=secrets.token_hex(16),
            now=self.now(),
        )
        return request


def _log(request: httpx.Request, answer: httpx.Response) -> None:
    log.info(
        "wechat_pay.answered",
        method=request.method,
        path=request.url.path,
        status=answer.status_code,
        request_id=answer.headers.get("Request-ID", ""),
    )


def _beginning(answer: httpx.Response) -> bytes:
    """Enough of an answer to tell why it is no file."""
    content = b""
    for piece in answer.iter_raw():
        content += piece
        if len(content) > LARGEST_ANSWER:
            break
    return content

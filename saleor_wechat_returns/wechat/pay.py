"""Refunds at WeChat Pay APIv3: the calls that can move money.

Owns sending, and telling apart no / not now / nobody knows. Knows no row, no clock, no network:
all three are handed in. What may happen here: ProviderRejected, ProviderUnavailable,
OutcomeUnknown.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

import httpx
import structlog

from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable
from . import signing
from .errors import REFUND_NOT_FOUND, read_failure
from .merchant import Merchant, unusable
from .refund import RefundOrder, RefundState, RefundStatus, check_number, read_refund
from .wire import Malformed, read_object

__all__ = ["Merchant", "PayClient", "RefundOrder", "RefundState", "RefundStatus"]

log = structlog.get_logger(__name__)

REFUNDS = "/v3/refund/domestic/refunds"
LARGEST_ANSWER = 1024 * 1024

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class PayClient:
    """One merchant's calls. Safe to use from several threads; never repeats by itself."""

    def __init__(self, merchant: Merchant, http: httpx.Client, now: Callable[[], datetime]) -> None:
        self._merchant = merchant
        self._http = http
        self._now = now
        try:
            self._key = signing.read_private_key(merchant.private_key_pem)
        except ValueError as error:
            raise unusable("private_key_pem", str(error)) from None

    def create_refund(self, order: RefundOrder) -> RefundState:
        """Ask for a refund; safe to repeat unchanged, with the same out_refund_no.

        An answer means accepted, not refunded. After OutcomeUnknown: `query_refund` first.
        Not earlier than 60 s after another refund of the same payment.
        Source: WeChat Pay v3, "refund request", read 2026-11.
        """
        return self._refund("POST", REFUNDS, order.out_refund_no, order.to_json())

    def query_refund(self, out_refund_no: str) -> RefundState | None:
        """The refund's present state; None if WeChat Pay never accepted that number.

        Source: WeChat Pay v3, "query refund", read 2026-11; 404 RESOURCE_NOT_EXISTS.
        """
        check_number(out_refund_no, "out_refund_no", most=64)
        try:
            return self._refund("GET", f"{REFUNDS}/{out_refund_no}", out_refund_no)
        except ProviderRejected as rejected:
            if rejected.code == REFUND_NOT_FOUND:
                return None
            raise

    def _refund(self, method: str, path: str, out_refund_no: str, body: bytes = b"") -> RefundState:
        answer, content = self._send(self._signed(method, path, body))
        if answer.status_code == 202 or not answer.is_success:
            raise read_failure(answer.status_code, content)
        try:
            signing.verify(answer.headers, content, verifiers=self._merchant.keys, now=self._now())
            state = read_refund(read_object(content), status_field="status")
        except signing.SignatureRefused as refused:
            raise OutcomeUnknown(f"answer not believed: {refused.fault}") from None
        except Malformed as malformed:
            raise OutcomeUnknown(f"answer not understood: {malformed}") from None
        if state.out_refund_no != out_refund_no:
            raise OutcomeUnknown("answer about another refund")
        return state

    def _signed(self, method: str, path: str, body: bytes) -> httpx.Request:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "saleor-wechat-returns",
        }
        # While a merchant changes over, this header decides which key signs the answer.
        if self._merchant.public_key_id:
            headers["Wechatpay-Serial"] = self._merchant.public_key_id
        request = self._http.build_request(
            method, self._merchant.base_url + path, headers=headers, content=body or None
        )
        request.headers["Authorization"] = signing.authorization(
            self._key,
            mchid=self._merchant.mchid,
            serial_no=self._merchant.serial_no,
            method=method,
            target=request.url.raw_path.decode("ascii"),
            body=body,
            nonce=secrets.token_hex(16),
            now=self._now(),
        )
        return request

    def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        try:
            answer = self._http.send(request, stream=True, follow_redirects=False)
            try:
                content = _read(answer)
            finally:
                answer.close()
        except NOT_SENT as error:
            raise ProviderUnavailable(f"not sent: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"answer lost: {type(error).__name__}") from error
        log.info(
            "wechat_pay.answered",
            method=request.method,
            path=request.url.path,
            status=answer.status_code,
            request_id=answer.headers.get("Request-ID", ""),
        )
        return answer, content


def _read(answer: httpx.Response) -> bytes:
    content = b""
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise OutcomeUnknown("answer too large")
    return content

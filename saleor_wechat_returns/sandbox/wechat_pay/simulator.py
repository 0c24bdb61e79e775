"""WeChat Pay as one object: merchants, orders, payments, refunds, notices, faults. In memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from http.server import ThreadingHTTPServer

import httpx

from . import doors
from .certificates import PlatformCertificate
from .gateway import Call, MerchantEntry
from .hands import Hands
from .keys import read_authorization
from .notices import Notice
from .problems import Problem


class WechatPaySandbox(Hands):
    """Thread-safe. `clock` gives aware times; `http` carries notices to the shop.

    `local_http`: also take a notify_url like http://127.0.0.1:8000/… (for the demo).
    `platform_private_key_pem`: keep WeChat's key over restarts, or save making one.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        http: httpx.Client | None = None,
        *,
        local_http: bool = False,
        platform_private_key_pem: str | None = None,
    ) -> None:
        super().__init__(
            clock,
            http,
            local_http=local_http,
            platform_private_key_pem=platform_private_key_pem,
        )
        self._calls: list[Call] = []
        self.transport = doors.Transport(self._exchange)
        self.wsgi = doors.wsgi_app(self._exchange)

    @property
    def public_key_id(self) -> str:
        return self._platform.id

    @property
    def public_key_pem(self) -> str:
        return self._platform.public_pem

    def add_merchant(
        self,
        mchid: str,
        serial_no: str,
        merchant_public_key_pem: str,
        apiv3_key: str,
        *,
        appids: Iterable[str] = (),
        is_old: bool = False,
    ) -> None:
        """`appids`: the only apps bound to it. `is_old`: certificates sign what it gets."""
        with self._lock:
            if is_old and not self._gateway.certificates:
                self.rotate_certificate()
            self._gateway.merchants[mchid] = MerchantEntry(
                serial_no,
                merchant_public_key_pem,
                apiv3_key,
                frozenset(appids),
                is_old,
            )

    def set_refund_notify_url(self, mchid: str, url: str) -> None:
        """In the merchant portal: where notices go of refunds that name no address themselves."""
        with self._lock:
            entry = self._gateway.merchants[mchid]
            self._gateway.merchants[mchid] = replace(entry, refund_notify_url=url)

    def rotate_certificate(self) -> PlatformCertificate:
        """A new platform certificate signs from now on; older ones stay in the list."""
        with self._lock:
            certificate = PlatformCertificate(self._clock())
            self._gateway.certificates.append(certificate)
            return certificate

    @property
    def calls(self) -> list[Call]:
        """Everything that arrived, believed or not, in order."""
        with self._lock:
            return list(self._calls)

    @property
    def notices(self) -> list[Notice]:
        with self._lock:
            return list(self._post.notices)

    def deliver_due(self) -> int:
        """Send every due notice once, by the plan of repeats; how many were sent."""
        return self._post.deliver_due()

    def run_forever(self, stop: threading.Event, settle_after_seconds: float) -> None:
        while not stop.wait(0.5):
            self.advance(settle_after_seconds)
            self.deliver_due()

    def make_notification(
        self,
        out_refund_no: str,
        *,
        mchid: str | None = None,
        probe: bool = False,
        signed_at: datetime | None = None,
        associated_data: str = "refund",
        changes: dict[str, object] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a notice on the refund's present state, to replay or alter.

        `changes` replace fields of the plaintext; `probe` gives a SIGNTEST signature.
        """
        with self._lock:
            refund = self._refund(out_refund_no, mchid)
            body = self._post.write(refund.event(), refund.mchid, associated_data, changes)
        return self.sign(body, signed_at=signed_at, probe=probe, mchid=refund.mchid), body

    def make_payment_notification(
        self,
        number: str,
        *,
        mchid: str | None = None,
        probe: bool = False,
        signed_at: datetime | None = None,
        associated_data: str = "transaction",
        changes: dict[str, object] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """As `make_notification`, for a payment by its transaction_id or out_trade_no."""
        with self._lock:
            payment = self._payment(number, mchid)
            body = self._post.write(payment.event(), payment.mchid, associated_data, changes)
        return self.sign(body, signed_at=signed_at, probe=probe, mchid=payment.mchid), body

    def sign(
        self,
        body: bytes,
        *,
        signed_at: datetime | None = None,
        probe: bool = False,
        mchid: str = "",
    ) -> dict[str, str]:
        """Headers that make any bytes a notice of WeChat Pay, or an answer to `mchid`."""
        signer = self._gateway.signer(mchid)
        signature = signer.sign(body, signed_at or self._clock(), probe=probe)
        return signature | {"Content-Type": "application/json"}

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        return doors.serve(self._exchange, host, port)

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> doors.Answer:
        fault = self.faults.take(method, target)
        if fault == "connect_refused":
            raise doors.ConnectionRefused
        lower = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            call = Call(method, target, _claimed(lower), self._clock(), body, lower)
            self._calls.append(call)
            if fault == "timeout_before_accept":
                raise doors.AnswerLost
            answer = self._gateway.answer(call, fault)
            if fault == "timeout_after_accept":
                raise doors.AnswerLost
            return answer


def _claimed(headers: Mapping[str, str]) -> str:
    try:
        return read_authorization(headers.get("authorization", ""))["mchid"]
    except Problem:
        return ""

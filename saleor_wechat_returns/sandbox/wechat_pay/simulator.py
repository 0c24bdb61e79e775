"""WeChat Pay as one object: merchants, payments, refunds, notices, faults. In memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer

import httpx

from . import doors, notices
from .book import Book, Payment, Refund
from .faults import Faults
from .gateway import Answer, Call, Gateway, MerchantEntry
from .keys import PlatformKey, read_authorization
from .notices import Notice
from .problems import Problem


class WechatPaySandbox:
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
        self.faults = Faults()
        self._clock = clock
        self._http = http
        self._lock = threading.RLock()
        self._platform = PlatformKey(platform_private_key_pem)
        self._book = Book()
        self._gateway = Gateway(self._book, self._platform, local_http=local_http)
        self._calls: list[Call] = []
        self._notices: list[Notice] = []
        self.transport = doors.Transport(self._exchange)
        self.wsgi = doors.wsgi_app(self._exchange)

    @property
    def public_key_id(self) -> str:
        return self._platform.id

    @property
    def public_key_pem(self) -> str:
        return self._platform.public_pem

    def add_merchant(
        self, mchid: str, serial_no: str, merchant_public_key_pem: str, apiv3_key: str
    ) -> None:
        with self._lock:
            entry = MerchantEntry(serial_no, merchant_public_key_pem, apiv3_key)
            self._gateway.merchants[mchid] = entry

    def add_payment(
        self,
        mchid: str,
        transaction_id: str,
        out_trade_no: str,
        total_fen: int,
        payer_openid: str,
        paid_at: datetime,
        *,
        payer_total_fen: int | None = None,
    ) -> Payment:
        """`payer_total_fen`: what the payer paid himself, when coupons paid the rest."""
        payment = Payment(
            mchid=mchid,
            transaction_id=transaction_id,
            out_trade_no=out_trade_no,
            total_fen=total_fen,
            payer_total_fen=total_fen if payer_total_fen is None else payer_total_fen,
            payer_openid=payer_openid,
            paid_at=paid_at,
        )
        with self._lock:
            self._book.payments[transaction_id] = payment
        return payment

    @property
    def payments(self) -> dict[str, Payment]:
        """By transaction_id."""
        with self._lock:
            return dict(self._book.payments)

    @property
    def refunds(self) -> list[Refund]:
        """In the order of acceptance."""
        with self._lock:
            return list(self._book.refunds.values())

    @property
    def calls(self) -> list[Call]:
        """Everything that arrived, believed or not, in order."""
        with self._lock:
            return list(self._calls)

    @property
    def notices(self) -> list[Notice]:
        with self._lock:
            return list(self._notices)

    def refunded_fen(self, transaction_id: str) -> int:
        """Money on its way or arrived: all refunds of the payment that are not CLOSED."""
        with self._lock:
            return self._book.payments[transaction_id].refunded_fen

    def settle(
        self,
        out_refund_no: str,
        status: str = "SUCCESS",
        *,
        mchid: str | None = None,
        reversed: bool = False,
    ) -> Refund:
        """Move a refund on, and queue its notice. `mchid` where two merchants share the number."""
        with self._lock:
            refund = self._refund(out_refund_no, mchid)
            now = self._clock()
            refund.move(status, now, reversed=reversed)
            if refund.request.notify_url:
                number, body = notices.write(refund, self._apiv3_key(refund), now)
                url = refund.request.notify_url
                self._notices.append(
                    Notice(number, refund.mchid, out_refund_no, url, body, due_at=now)
                )
            return refund

    def advance(self, older_than_seconds: float = 0) -> int:
        """Settle every PROCESSING refund as SUCCESS; how many."""
        with self._lock:
            latest = self._clock() - timedelta(seconds=older_than_seconds)
            waiting = [
                refund
                for refund in self.refunds
                if refund.status == "PROCESSING" and refund.created_at <= latest
            ]
            for refund in waiting:
                self.settle(refund.out_refund_no, mchid=refund.mchid)
            return len(waiting)

    def deliver_due(self) -> int:
        """Send every due notice once, by the plan of repeats; how many were sent."""
        if self._http is None:
            raise RuntimeError("this simulator has no http client to send notices with")
        with self._lock:
            now = self._clock()
            due = [n for n in self._notices if n.due_at is not None and n.due_at <= now]
            for notice in due:
                notice.due_at = None  # claimed: another thread must not send it as well
        for notice in due:
            # Not under the lock: the shop may ask us something before it answers.
            status = notices.send(notice, self._platform, self._http, now)
            with self._lock:
                notice.record(status, now)
        return len(due)

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
            _, body = notices.write(
                refund,
                self._apiv3_key(refund),
                self._clock(),
                associated_data=associated_data,
                changes=changes,
            )
        return self.sign(body, signed_at=signed_at, probe=probe), body

    def sign(
        self, body: bytes, *, signed_at: datetime | None = None, probe: bool = False
    ) -> dict[str, str]:
        """Headers that make any bytes a notice of WeChat Pay."""
        signature = self._platform.sign(body, signed_at or self._clock(), probe=probe)
        return signature | {"Content-Type": "application/json"}

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        return doors.serve(self._exchange, host, port)

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        fault = self.faults.take(method)
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

    def _refund(self, out_refund_no: str, mchid: str | None) -> Refund:
        found = [
            refund
            for refund in self._book.refunds.values()
            if refund.out_refund_no == out_refund_no and mchid in {None, refund.mchid}
        ]
        if len(found) != 1:
            raise KeyError(f"{len(found)} refunds are numbered {out_refund_no}")
        return found[0]

    def _apiv3_key(self, refund: Refund) -> str:
        return self._gateway.merchants[refund.mchid].apiv3_key


def _claimed(headers: Mapping[str, str]) -> str:
    try:
        return read_authorization(headers.get("authorization", ""))["mchid"]
    except Problem:
        return ""

"""WeChat Pay as one object: merchants, orders, payments, refunds, notices, faults. In memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import TypeVar

import httpx

from . import doors
from .book import Book
from .certificates import PlatformCertificate
from .faults import Faults
from .gateway import Call, Gateway, MerchantEntry
from .keys import PlatformKey, fits, read_authorization
from .notices import Notice
from .payments import Order, Payment
from .post import Post
from .problems import Problem
from .refunds import Refund
from .till import Till

Thing = TypeVar("Thing", Order, Payment, Refund)


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
        self._lock = threading.RLock()
        self._platform = PlatformKey(platform_private_key_pem)
        self._book = Book()
        self._till = Till(self._book)
        self._gateway = Gateway(self._book, self._till, self._platform, local_http=local_http)
        self._post = Post(self._gateway, clock, http, self._lock)
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
                serial_no, merchant_public_key_pem, apiv3_key, frozenset(appids), is_old
            )

    def rotate_certificate(self) -> PlatformCertificate:
        """A new platform certificate signs from now on; older ones stay in the list."""
        with self._lock:
            certificate = PlatformCertificate(self._clock())
            self._gateway.certificates.append(certificate)
            return certificate

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
    def orders(self) -> list[Order]:
        """In the order of arrival, paid or not."""
        with self._lock:
            return list(self._till.orders.values())

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
            return list(self._post.notices)

    def refunded_fen(self, transaction_id: str) -> int:
        """Money on its way or arrived: all refunds of the payment that are not CLOSED."""
        with self._lock:
            return self._book.payments[transaction_id].refunded_fen

    def pay(
        self, number: str, *, mchid: str | None = None, payer_total_fen: int | None = None
    ) -> str:
        """The payer pays the order of this prepay_id or out_trade_no; the transaction_id.

        Queues the notice. ValueError when WeChat would not let him; KeyError for no such order.
        """
        with self._lock:
            order = self._order(number, mchid)
            payment = self._till.pay(order, self._clock(), payer_total_fen)
            url = order.request.notify_url
            self._post.queue(payment.event(), order.mchid, order.out_trade_no, url)
            return payment.transaction_id

    def request_payment(self, appid: str, parameters: Mapping[str, str]) -> str:
        """wx.requestPayment on the payer's phone: checks the signature, then `pay`."""
        package = parameters["package"]
        with self._lock:
            order = self._order(package.removeprefix("prepay_id="), None)
            lines = [appid, parameters["timeStamp"], parameters["nonceStr"], package]
            text = "".join(line + "\n" for line in lines).encode()
            key = self._gateway.merchants[order.mchid].public_key_pem
            is_signed = fits(parameters["paySign"], text, key)
            if not is_signed or parameters["signType"] != "RSA" or appid != order.request.appid:
                raise ValueError("支付验证签名失败")
            return self.pay(order.prepay_id)

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
            if url := refund.request.notify_url:
                self._post.queue(refund.event(), refund.mchid, out_refund_no, url)
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

    def _refund(self, out_refund_no: str, mchid: str | None) -> Refund:
        found = [it for it in self._book.refunds.values() if it.out_refund_no == out_refund_no]
        return _one(found, mchid, out_refund_no)

    def _order(self, number: str, mchid: str | None) -> Order:
        orders = self._till.orders.values()
        found = [it for it in orders if number in {it.prepay_id, it.out_trade_no}]
        return _one(found, mchid, number)

    def _payment(self, number: str, mchid: str | None) -> Payment:
        payments = self._book.payments.values()
        found = [it for it in payments if number in {it.transaction_id, it.out_trade_no}]
        return _one(found, mchid, number)


def _one(found: list[Thing], mchid: str | None, number: str) -> Thing:
    theirs = [it for it in found if mchid in {None, it.mchid}]
    if len(theirs) != 1:
        raise KeyError(f"{len(theirs)} are numbered {number}")
    return theirs[0]


def _claimed(headers: Mapping[str, str]) -> str:
    try:
        return read_authorization(headers.get("authorization", ""))["mchid"]
    except Problem:
        return ""

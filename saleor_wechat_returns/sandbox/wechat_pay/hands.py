"""What people and banks do with money at WeChat Pay: pay, settle, reverse, refund by hand."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import httpx

from .book import Book
from .faults import Faults
from .gateway import Gateway
from .keys import PlatformKey, fits
from .payments import Order, Payment
from .post import Post
from .problems import Problem
from .refund_request import RefundRequest
from .refunds import Refund
from .till import Till

Thing = TypeVar("Thing", Order, Payment, Refund)


class Hands:
    """Thread-safe. Everything that happens without a call of a shop's, and the state of it."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        http: httpx.Client | None,
        *,
        local_http: bool,
        platform_private_key_pem: str | None,
    ) -> None:
        self.faults = Faults()
        self._clock = clock
        self._lock = threading.RLock()
        self._platform = PlatformKey(platform_private_key_pem)
        self._book = Book()
        self._till = Till(self._book)
        self._gateway = Gateway(
            self._book, self._till, self._platform, local_http=local_http, pay=self._pay_if_possible
        )
        self._post = Post(self._gateway, self.faults, clock, http, self._lock)

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

    def start_paying(self, number: str, *, mchid: str | None = None) -> None:
        """The payer is typing his password: USERPAYING until he pays, or `stop_paying`."""
        with self._lock:
            self._till.start_paying(self._order(number, mchid), self._clock())

    def stop_paying(self, number: str, *, mchid: str | None = None) -> None:
        """He put the phone away."""
        with self._lock:
            self._order(number, mchid).is_being_paid = False

    def settle(
        self,
        out_refund_no: str,
        status: str = "SUCCESS",
        *,
        mchid: str | None = None,
        reversed: bool = False,
    ) -> Refund:
        """Move a refund on, and queue its notice. `mchid` where two merchants share the number.

        `reversed` leaves a final state, as when a bank sends the money back after SUCCESS: to
        ABNORMAL, or to CLOSED, which gives the money to the merchant again.
        """
        with self._lock:
            refund = self._refund(out_refund_no, mchid)
            now = self._clock()
            refund.move(status, now, reversed=reversed)
            entry = self._gateway.merchants[refund.mchid]
            if url := refund.request.notify_url or entry.refund_notify_url:
                self._post.queue(refund.event(), refund.mchid, out_refund_no, url)
            return refund

    def refund_in_console(self, transaction_id: str, refund_fen: int) -> Refund:
        """Staff refund in the merchant console: a number that no shop has ever seen.

        The rules are those of the API, ValueError for what they forbid. `settle` ends it; its
        notice goes to the address set in the portal, if any: `set_refund_notify_url`.
        """
        with self._lock:
            payment = self._book.payments[transaction_id]
            number = f"{secrets.randbelow(10**28):028d}"
            request = RefundRequest(
                out_refund_no=number,
                refund_fen=refund_fen,
                total_fen=payment.total_fen,
                transaction_id=transaction_id,
                out_trade_no=payment.out_trade_no,
                reason="",
                notify_url="",
                funds_account="",
                goods_detail="",
            )
            try:
                return self._book.refund(payment.mchid, request, self._clock())
            except Problem as problem:
                raise ValueError(f"{transaction_id}: {problem.body['message']}") from None

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

    def _pay_if_possible(self, mchid: str, out_trade_no: str) -> None:
        with suppress(KeyError, ValueError):
            self.pay(out_trade_no, mchid=mchid)

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

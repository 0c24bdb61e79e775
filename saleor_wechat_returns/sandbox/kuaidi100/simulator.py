"""Kuaidi100 as one object: accounts, orders, parcels, callbacks. In memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from ..wechat_pay import doors
from .desk import Desk
from .faults import Faults
from .orders import Order
from .parcels import Parcel
from .post import Callback, Post
from .wire import Refused, read_param

ORDERS = ("/order/borderapi.do", "/apiMock/border")


@dataclass(frozen=True)
class Call:
    """One request as it arrived; `method` as Kuaidi100 names it: bOrder, price, poll, query …"""

    method: str
    form: Mapping[str, str]
    param: Mapping[str, Any]
    at: datetime


class Kuaidi100Sandbox:
    """Thread-safe. `clock` gives aware times; `http` carries what is told to the shop.

    `time_scale`: couriers and parcels are so many times faster than real ones.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        http: httpx.Client | None = None,
        *,
        time_scale: float = 1.0,
    ) -> None:
        self.faults = Faults()
        self._clock = clock
        self._lock = threading.RLock()
        self._calls: list[Call] = []
        self._post = Post(self.faults, clock, http)
        self._desk = Desk(self.faults, clock, time_scale)
        self.transport = doors.Transport(self._exchange)
        self.wsgi = doors.wsgi_app(self._exchange)

    def add_account(self, key: str, secret: str, customer: str) -> None:
        with self._lock:
            self._desk.add_account(key, secret, customer)

    def post_parcel(
        self,
        company: str,
        number: str,
        *,
        journey: str = "delivered",
        phone: str = "",
        is_empty: bool = False,
    ) -> Parcel:
        """A parcel handed in at a counter now, known by its number only.

        `company` as Kuaidi100 has it; journeys: delivered, refused, returned, damaged, locker,
        lost, unknown.
        """
        with self._lock:
            return self._desk.post_parcel(company, number, journey, phone, is_empty=is_empty)

    def order(self, third_order_id: str) -> Order:
        """The latest one under the shop's own number. KeyError if there is none."""
        with self._lock:
            return self._desk.order_named(third_order_id)

    def parcel(self, number: str) -> Parcel:
        with self._lock:
            return self._desk.parcels[number]

    def hurry_order(self, third_order_id: str, step: str) -> None:
        """assigned, collected, in_transit, out_for_delivery, signed or settled happens now."""
        with self._lock:
            self._desk.hurry_order(third_order_id, step)

    def hurry_parcel(self, number: str, status_code: str) -> None:
        """The scan with that statusCode is made now: 103, 1002, 1001, 5, 3; 14, 6, 4 …"""
        with self._lock:
            self._desk.parcels[number].hurry(status_code, self._clock())

    def cancel_by_courier(self, third_order_id: str, why: str = "无法联系寄件人") -> None:
        with self._lock:
            self._desk.order_named(third_order_id).stop("99", self._clock(), cancelMsg=why)

    def give_up_tracking(self, number: str) -> None:
        """Push `abort`, as after three days without a record."""
        with self._lock:
            for callback in self._desk.abort(number):
                self._post.queue(callback)

    def move(self) -> None:
        """Let couriers do what is due by now, and queue what there is to tell."""
        with self._lock:
            for callback in self._desk.news():
                self._post.queue(callback)

    def deliver_due(self) -> int:
        """Move everything, then send every due callback once; how many were sent."""
        self.move()
        return self._post.deliver_due()

    def run_forever(self, stop: threading.Event) -> None:
        while not stop.wait(0.2):
            self.deliver_due()

    @property
    def calls(self) -> list[Call]:
        """Everything that arrived, in order."""
        with self._lock:
            return list(self._calls)

    @property
    def callbacks(self) -> list[Callback]:
        """Everything that was told or waits to be, in order."""
        return list(self._post.callbacks)

    @property
    def orders(self) -> list[Order]:
        with self._lock:
            return list(self._desk.orders.values())

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        return doors.serve(self._exchange, host, port)

    def _exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],  # noqa: ARG002 - Kuaidi100 looks at none of them
        body: bytes,
    ) -> doors.Answer:
        path = urlsplit(target).path
        form = dict(parse_qsl(urlsplit(target).query)) | dict(parse_qsl(body.decode()))
        name = form.get("method", "") if path in ORDERS else path.rpartition("/")[2]
        name = {"query.do": "query"}.get(name, name)
        fault = self.faults.take_for_call(name)
        if fault == "away":
            raise doors.ConnectionRefused
        with self._lock:
            param = _param_or_nothing(form)
            self._calls.append(Call(name, form, param, self._clock()))
            if fault == "lost_before":
                raise doors.AnswerLost
            if fault == "http_502":
                return doors.Answer(502, {"Content-Type": "text/html"}, b"<html>502</html>")
            answer = self._answer(method, path, name, form, fault)
        # Not under the lock: the shop may ask us something before it answers.
        if name == "bOrder" and self._desk.tells_first(form):
            self.deliver_due()
        if fault == "answer_lost":
            raise doors.AnswerLost
        if fault == "garbage":
            return doors.Answer(200, {"Content-Type": "text/html"}, b"<html>")
        body = json.dumps(answer, ensure_ascii=False).encode()
        return doors.Answer(200, {"Content-Type": "text/html;charset=UTF-8"}, body)

    def _answer(
        self, method: str, path: str, name: str, form: Mapping[str, str], fault: str
    ) -> Mapping[str, Any]:
        try:
            if fault == "server_error":
                raise Refused("500", "服务器错误")
            if fault == "balance_empty":
                raise Refused("601", "账号余额不足")
            if method != "POST":
                raise Refused("400", "请使用 POST")
            if path in ORDERS:
                return self._desk.order(name, form)
            if path == "/poll":
                return self._desk.subscribe(form)
            if path == "/poll/query.do":
                return self._desk.query(form)
            raise Refused("400", "没有这个接口")
        except Refused as refused:
            return refused.body


def _param_or_nothing(form: Mapping[str, str]) -> dict[str, Any]:
    try:
        return read_param(form.get("param", ""))
    except Refused:
        return {}

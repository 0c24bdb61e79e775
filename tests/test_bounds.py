"""A peer that takes its time, or sends without end, …"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Any

import httpcore
import httpx
import pytest

from saleor_wechat_returns.bounds import AnswerTooLarge, BoundedTransport, fetch
from saleor_wechat_returns.domain.errors import OutcomeUnknown, ProviderUnavailable
from saleor_wechat_returns.saleor.client import Saleor
from saleor_wechat_returns.sending import send

ENDLESS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
}


def without_end(part: str = "body") -> Iterable[bytes]:
    return chain([ENDLESS[part]], repeat(b"x"))


class Trickle(httpcore.NetworkBackend, httpcore.NetworkStream):
    """Sends what it has piece by piece, each a second after the one before; no second is real."""

    def __init__(self, pieces: Iterable[bytes], *, connects_in: float = 0) -> None:
        self._pieces = iter(pieces)
        self._connects_in = connects_in
        self.clock = 100.0
        self.is_closed = False

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any
    ) -> httpcore.NetworkStream:
        self._pass(self._connects_in, timeout, httpcore.ConnectTimeout)
        return self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._pass(1.0, timeout, httpcore.ReadTimeout)
        return next(self._pieces)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    def _pass(self, seconds: float, timeout: float | None, over: Callable[[], Exception]) -> None:
        assert timeout is not None
        self.clock += min(seconds, timeout)
        if timeout < seconds:
            raise over()


def line(trickle: Trickle, seconds: float = 4.0) -> httpx.Client:
    transport = BoundedTransport(trickle, lambda: trickle.clock)
    return httpx.Client(transport=transport, timeout=seconds, trust_env=False)


def shop_at(http: httpx.Client) -> Saleor:
    return Saleor("http://slow.example/graphql/", "a-token", http)


@pytest.mark.parametrize("part", ENDLESS)
def test_is_left_when_the_whole_call_has_taken_its_time(part: str) -> None:
    trickle = Trickle(without_end(part))

    with line(trickle) as http, pytest.raises(httpx.ReadTimeout):
        http.get("http://slow.example/")

    assert trickle.clock == 104.0
    assert trickle.is_closed


def test_has_what_connecting_left() -> None:
    trickle = Trickle(without_end(), connects_in=2.5)

    with line(trickle) as http, pytest.raises(httpx.ReadTimeout):
        http.get("http://slow.example/")

    assert trickle.clock == 104.0


def test_that_is_in_time_is_heard() -> None:
    trickle = Trickle([b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"o", b"k"])

    with line(trickle, seconds=4.5) as http:
        answer = http.get("http://slow.example/")

    assert (answer.status_code, answer.content, trickle.clock) == (200, b"ok", 104.0)


def test_begins_anew_with_every_call() -> None:
    trickle = Trickle([b"HTTP/1.1 204 No Content\r\n", b"\r\n"] * 5)

    with line(trickle, seconds=2.5) as http:
        statuses = [http.get("http://slow.example/").status_code for _ in range(5)]

    assert (statuses, trickle.clock) == ([204] * 5, 110.0)


@pytest.mark.parametrize("part", ENDLESS)
def test_leaves_a_change_at_saleor_open(part: str) -> None:
    with line(Trickle(without_end(part))) as http, pytest.raises(OutcomeUnknown):
        shop_at(http).change("RequestRefund", {"grant": "R3JhbnQ6MQ=="})


@pytest.mark.parametrize("part", ENDLESS)
def test_takes_no_more_than_the_patience_of_one_question(part: str) -> None:
    trickle = Trickle(without_end(part))

    with line(trickle) as http, pytest.raises(ProviderUnavailable):
        shop_at(http).read("OwnApp", seconds=2.0)

    assert trickle.clock == 102.0


def test_leaves_a_call_of_wechat_pay_open() -> None:
    trickle = Trickle(without_end())

    with line(trickle) as http, pytest.raises(OutcomeUnknown):
        send(http, http.build_request("POST", "http://slow.example/v3/refund"))

    assert trickle.clock == 104.0


def test_never_reached_is_known_to_have_done_nothing() -> None:
    trickle = Trickle([], connects_in=60)

    with line(trickle) as http, pytest.raises(ProviderUnavailable):
        send(http, http.build_request("POST", "http://slow.example/v3/refund"))

    assert trickle.clock == 104.0


def test_is_not_listened_to_beyond_what_we_want_to_hold() -> None:
    sent: list[int] = []

    def endless() -> Iterable[bytes]:
        for n in range(1_000_000):
            sent.append(n)
            yield b"x" * 1024

    there = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    with httpx.Client(transport=there) as http, pytest.raises(AnswerTooLarge):
        fetch(http, http.build_request("GET", "http://large.example/"), largest=64 * 1024)

    assert len(sent) == 65

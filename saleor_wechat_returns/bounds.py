"""What a peer may take from us in one call: seconds and bytes.

httpx limits each wait, so that a peer which sends a byte now and then would hold a thread for
ever; and it keeps whatever it is sent. Owns both sums. Knows no provider.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

MOST_CONNECTIONS = 100
MOST_IDLE_CONNECTIONS = 20
IDLE_SECONDS = 5.0


class AnswerTooLarge(httpx.TransportError):
    """More than the caller wants to hold; the rest was not read."""


def fetch(
    http: httpx.Client, request: httpx.Request, *, largest: int
) -> tuple[httpx.Response, bytes]:
    """The answer, whatever its status, and its bytes. Follows no redirect.

    Raises httpx.HTTPError, also AnswerTooLarge.
    """
    answer = http.send(request, stream=True, follow_redirects=False)
    try:
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > largest:
                raise AnswerTooLarge("answer too large", request=request)
        return answer, bytes(content)
    finally:
        answer.close()


@cache  # reading the certificates takes 20 ms
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class BoundedTransport(httpx.HTTPTransport):
    """Ends each call within its `read` timeout, from connecting to the answer's last byte.

    What runs out of time is an httpx timeout of the kind that says where the call stood. Only
    resolving a name takes as long as the system lets it.
    """

    def __init__(
        self,
        network: httpcore.NetworkBackend | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        context = _trusted()
        super().__init__(verify=context)
        self._deadline = _Deadline(monotonic)
        # httpx hands no network through to its pool.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Network(network or httpcore.SyncBackend(), self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._deadline.begin(request.extensions["timeout"]["read"])
        return super().handle_request(request)


class _Deadline(threading.local):
    """When the call that this thread makes must be over; a call is made and read by one thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at = float("inf")

    def begin(self, seconds: float | None) -> None:
        self._ends_at = self._monotonic() + (float("inf") if seconds is None else seconds)

    def left(self, timeout: float | None, over: type[httpcore.TimeoutException]) -> float | None:
        """What the next wait may take. Raises `over`."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise over("the call took too long")
        if left == float("inf"):
            return timeout
        return left if timeout is None else min(timeout, left)


class _Network(httpcore.NetworkBackend):
    def __init__(self, network: httpcore.NetworkBackend, deadline: _Deadline) -> None:
        self._network, self._deadline = network, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        stream = self._network.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left(timeout, httpcore.ReadTimeout)
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

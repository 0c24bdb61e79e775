"""Three ways into a simulator: an httpx transport, WSGI, and a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


Exchange = Callable[[str, str, Mapping[str, str], bytes], Answer]


class ConnectionRefused(Exception):
    """Nothing arrived."""


class AnswerLost(Exception):
    """It arrived; whether it was done, only the book knows."""


class Transport(httpx.BaseTransport):
    """For `httpx.Client(transport=…)` or its mounts."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        try:
            answer = self._exchange(request.method, target, request.headers, request.read())
        except ConnectionRefused:
            raise httpx.ConnectError("connection refused", request=request) from None
        except AnswerLost:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        stream = httpx.ByteStream(answer.body)  # read by whoever asked, as from a wire
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=stream)


def wsgi_app(exchange: Exchange) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            answer = exchange(environ["REQUEST_METHOD"], _target(environ), headers, body)
        except (ConnectionRefused, AnswerLost):
            answer = Answer(504, {}, b"")
        start_response(f"{answer.status} -", list(answer.headers.items()))
        return [answer.body]

    return app


def _target(environ: Mapping[str, Any]) -> str:
    """Path and query as on the wire; WSGI itself hands over the path decoded."""
    if "RAW_URI" in environ:
        return str(environ["RAW_URI"])
    query = environ.get("QUERY_STRING", "")
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/-_.~|*@")
    return path + (f"?{query}" if query else "")


def serve(exchange: Exchange, host: str, port: int) -> ThreadingHTTPServer:
    """Listen in a thread of its own until `.shutdown()`; port 0 picks a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                answer = exchange(self.command, self.path, dict(self.headers.items()), body)
            except (ConnectionRefused, AnswerLost):
                self.close_connection = True
                return
            self.send_response_only(answer.status)  # the answer brings its own Date
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _answer  # noqa: N815 - names given by http.server

        def log_message(self, *args: object) -> None:
            """Quiet: calls are counted by the simulator."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server

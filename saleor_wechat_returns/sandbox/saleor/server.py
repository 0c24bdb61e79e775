"""The HTTP face of a shop: as WSGI application, as httpx transport, and as a real server."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from .faults import ConnectionLost

if TYPE_CHECKING:
    from .sandbox import SaleorSandbox

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
_JSON = [("Content-Type", "application/json")]

Response = tuple[int, bytes]


def handle(
    sandbox: "SaleorSandbox", method: str, path: str, authorization: str | None, body: bytes
) -> Response:
    """Status and JSON body for one request; raises ConnectionLost when a fault says so."""
    if path == "/.well-known/jwks.json" and method in ("GET", "HEAD"):
        return 200, json.dumps(sandbox.keys.jwks()).encode()
    if path != urlsplit(sandbox.world.api_url).path:
        return 404, b"{}"
    if method != "POST":
        return (200, b"") if method in ("HEAD", "OPTIONS") else (405, b"{}")
    return sandbox.answer(authorization, body)


def wsgi_application(sandbox: "SaleorSandbox") -> Callable[..., Iterable[bytes]]:
    """A WSGI application; ConnectionLost passes through it for the transport to translate."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        authorization = environ.get("HTTP_AUTHORIZATION_BEARER") or environ.get(
            "HTTP_AUTHORIZATION"
        )
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        method = environ["REQUEST_METHOD"]
        status, content = handle(sandbox, method, environ["PATH_INFO"], authorization, body)
        date = format_datetime(sandbox.world.clock().astimezone(UTC), usegmt=True)
        reason = _REASONS.get(status, "Internal Server Error")
        start_response(f"{status} {reason}", [*_JSON, ("Date", date)])
        return [b"" if method == "HEAD" else content]

    return application


class SandboxTransport(httpx.BaseTransport):
    """Mount this on an `httpx.Client` in place of the network."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._wsgi = httpx.WSGITransport(app=application)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._wsgi.handle_request(request)
        except ConnectionLost as lost:
            if lost.was_accepted:
                raise httpx.ReadTimeout(str(lost), request=request) from None
            raise httpx.ConnectError(str(lost), request=request) from None


class RunningServer:
    """A real HTTP server in a thread of its own; `url` is where it listens."""

    def __init__(self, sandbox: "SaleorSandbox", host: str, port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler_for(sandbox))
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_for(sandbox: "SaleorSandbox") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            headers = self.headers
            authorization = headers.get("Authorization-Bearer") or headers.get("Authorization")
            body = self.rfile.read(int(headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            try:
                status, content = handle(sandbox, self.command, path, authorization, body)
            except ConnectionLost:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_OPTIONS = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return None

    return Handler

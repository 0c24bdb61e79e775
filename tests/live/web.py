"""Our service, or another, behind a real socket, so that others can call it; it can be away."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from saleor_wechat_returns.wsgi import application

HOST = "127.0.0.1"


class Web:
    """Listens on a port of its own; each call has a thread and a database connection of its own."""

    def __init__(self) -> None:
        self.app: Any = application  # what answers, from the next start on
        self._port = 0  # the system chooses one; coming back, it is the same one
        self.unanswered: set[str] = set()  # paths whose next answer gets lost
        self.answered: list[tuple[str, str]] = []  # path and status of every call

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        self._server = _Server((HOST, self._port), self)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        """Close the port, when everything that came in has been answered."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens at our address while the block runs."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def lose_next_answer(self, path: str) -> None:
        """Do what the next call of this path asks, and hang up without an answer."""
        self.unanswered.add(path)


class _Server(ThreadedWSGIServer):
    daemon_threads = False  # stopping waits for the threads, so the test database is free after

    def __init__(self, address: tuple[str, int], web: Web) -> None:
        self.web = web
        super().__init__(address, _Handler)
        self.set_app(web.app)


class _Handler(WSGIRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.0"  # one call per connection: nothing stays open
    timeout = 10

    def parse_request(self) -> bool:
        was_read = super().parse_request()
        if was_read and self.path in self.server.web.unanswered:
            self.server.web.unanswered.remove(self.path)
            self.wfile = io.BytesIO()
        return was_read

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.server.web.answered.append((self.path, str(code)))

"""An end for a body that comes too slowly, or stops: gunicorn itself waits for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.http import HttpRequest

# wx.uploadFile gives up after 60 s unless told otherwise.
UPLOAD_SECONDS = 120.0


@contextmanager
def ends_in_time(request: HttpRequest, *, seconds: float = UPLOAD_SECONDS) -> Iterator[None]:
    """What has not come by then is not waited for: to whoever reads, the body ends there.

    Behind a proxy that buffers, as nginx does, bodies come at once and this never strikes.
    """
    peer: socket.socket | None = request.META.get("gunicorn.socket")
    if peer is None:  # another server, with limits of its own
        yield
        return

    def cut() -> None:
        with suppress(OSError):  # it has gone by itself
            peer.shutdown(socket.SHUT_RD)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

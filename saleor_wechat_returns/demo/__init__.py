"""A shop on this machine: the real service beside simulated Saleor and WeChat Pay.

`make demo` plays one return aloud and stays up; ONCE=1 plays it and ends, with exit code 0 only
if the money arrived exactly once on both sides.
"""

from __future__ import annotations

import os
import signal
import threading

from . import voice
from .stack import Stack, StackFailed
from .story import play


def main() -> int:
    """Run the demo; answer the exit code."""
    once = os.environ.get("ONCE") == "1"
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Stack() as stack:
            arrived_once = play(stack, stop)
            if not once and not stop.is_set():
                voice.addresses(stack)
                stop.wait()
    except StackFailed as failed:
        voice.failed(str(failed))
        return 1
    return 0 if arrived_once else 1

"""A shop on this machine: the real service beside simulated Saleor and WeChat.

`make demo` plays one purchase and its return aloud and stays up; ONCE=1 plays it and ends, with
exit code 0 only if the money arrived exactly once on both sides.
"""

from __future__ import annotations

import os
import signal
import threading

from . import voice
from .invitation import invite
from .processes import StackFailed
from .stack import Stopped, running_stack
from .story import play


def main() -> int:
    """Run the demo; answer the exit code."""
    once = os.environ.get("ONCE") == "1"
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running_stack(stop) as stack:
            arrived_once, order = play(stack)
            if not once:
                invite(stack, order)
                stop.wait()
                voice.title("Closing.")
    except StackFailed as failed:
        voice.failed(str(failed))
        return 1
    except Stopped:
        return 128 + signal.SIGINT
    return 0 if arrived_once else 1

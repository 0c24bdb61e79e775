"""Children that end when their owner ends, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def tied_to_this_process(how: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for subprocess.Popen: the child gets the signal `how` when its owner dies.

    On Linux only, and counted from the thread that starts the child; elsewhere it does nothing.
    """
    owner = os.getpid()

    def tie() -> None:
        # Runs after a change of account, which would undo it.
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, how)
            if os.getppid() != owner:  # died in between
                os._exit(1)

    return tie

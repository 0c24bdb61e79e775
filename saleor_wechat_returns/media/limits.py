"""What one file may cost. Set before any decoder is loaded."""

from __future__ import annotations

import resource
import signal

# Of address space: a picture of 100 million pixels is decoded in less, a bomb in more.
MEMORY_BYTES = 2 * 1024**3
LARGEST_FILE_BYTES = 512 * 1024**2


def limit_this_process(seconds: int) -> None:
    """From now on this process is killed rather than take more memory, disk or time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_BYTES, LARGEST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whoever started us may be gone by then.
    signal.alarm(seconds)

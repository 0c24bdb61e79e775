"""Run a command beside a throwaway PostgreSQL: `python -m saleor_wechat_returns.embedded`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from . import EmbeddedError, environment, sweep

USAGE = """usage: python -m saleor_wechat_returns.embedded -- COMMAND [ARGUMENT…]
       python -m saleor_wechat_returns.embedded --clean

Runs COMMAND with DATABASE_URL naming a fresh PostgreSQL that ends with it. When DATABASE_URL is
set already, just runs COMMAND. --clean removes what killed runs left behind.
"""
NOT_FOUND = 127  # as shells answer
FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def main(arguments: list[str]) -> int:
    """Answer the command's exit code; 128 + n when signal n ended it."""
    if arguments == ["--clean"]:
        for home in sweep():
            sys.stderr.write(f"removed {home}\n")
        return 0
    if arguments[:1] != ["--"] or len(arguments) == 1:
        sys.stderr.write(USAGE)
        return 2
    try:
        with environment():
            return _run(arguments[1:])
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(command: list[str]) -> int:
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return NOT_FOUND

    def forward(number: int, _frame: object) -> None:
        # Ctrl-C reaches the whole foreground group: forwarding it would interrupt twice.
        if number != signal.SIGINT or not _in_foreground():
            child.send_signal(number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _in_foreground() -> bool:
    with suppress(OSError), open("/dev/tty") as terminal:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

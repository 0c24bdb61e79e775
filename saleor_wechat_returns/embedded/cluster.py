"""One PostgreSQL cluster in a folder: how it starts, and that it ends."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .binaries import EmbeddedError, programs
from .tether import tied_to_this_process

PORT = 5432  # only names the socket file: nothing listens on TCP
START_SECONDS = 30.0
STOP_SECONDS = 10.0

INITDB = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"),
    *("--no-sync", "--no-instructions"),
)
# Nothing here outlives its owner, so nothing is made durable. Shared memory of parallel queries
# stays in the folder ("mmap"), so that a killed server leaves nothing elsewhere.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "150",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "dynamic_shared_memory_type": "mmap",
}


def data_folder(home: Path) -> Path:
    """Where the cluster of this home keeps its data and its socket."""
    return home / "data"


@contextmanager
def running(home: Path, account: pwd.struct_passwd | None) -> Iterator[None]:
    """Create a cluster in `home` and keep its server up, as `account`, while the block runs."""
    data = data_folder(home)
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
    folder = programs(home, account)
    settings = {**SETTINGS, "unix_socket_directories": str(data)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with tempfile.TemporaryFile() as output, _terminated_as_interrupted():
        initdb = _spawn([folder / "initdb", *INITDB, "-D", data], account, home, output)
        if initdb.wait() != 0:
            raise EmbeddedError(f"PostgreSQL could not create its files:\n{_tail(output)}\n")
        server = _spawn([folder / "postgres", "-D", data, *options], account, home, output)
        owner = os.getpid()
        try:
            _await_ready(server, data, output)
            yield
        finally:
            if os.getpid() == owner:  # not in a forked child that unwinds
                _stop(server)


def _spawn(
    command: Sequence[str | Path],
    account: pwd.struct_passwd | None,
    folder: Path,
    output: IO[bytes],
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=tied_to_this_process(signal.SIGQUIT),
        start_new_session=True,  # Ctrl-C is for the owner, which still needs the server to end well
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},  # no PG* variables of the user
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )


def _await_ready(server: subprocess.Popen[bytes], data: Path, output: IO[bytes]) -> None:
    """Wait as pg_ctl does: the last line of postmaster.pid says how far the server is."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise EmbeddedError(f"PostgreSQL ended as it started:\n{_tail(output)}\n")
        try:
            if (data / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready":
                return
        except (FileNotFoundError, IndexError):
            pass
        time.sleep(0.01)
    raise EmbeddedError(f"PostgreSQL was not ready after {START_SECONDS:.0f} s:\n{_tail(output)}\n")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)  # "immediate": there is nothing to save
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")[-2000:].strip()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the program as Ctrl-C does, where it did not decide itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in ours:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is signal.default_int_handler:
                signal.signal(number, signal.SIG_DFL)

"""A throwaway PostgreSQL for demo, tests and development, gone when its owner is gone.

Used only while DATABASE_URL is unset: production names its own server. Needs the standard
library and the binaries of the `embedded` extra; knows nothing of Django.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from . import binaries, cluster, homes
from .binaries import EmbeddedError

__all__ = ["EmbeddedError", "environment", "server", "sweep"]

sweep = homes.sweep


@contextmanager
def server() -> Iterator[str]:
    """Start a fresh, empty server; yield its URL; stop it and remove every file of it at the end.

    SIGTERM and SIGHUP end the block as Ctrl-C does, unless the program handles them itself.
    On Linux the server also dies with the thread that entered the block, however that ends.
    Raises EmbeddedError with a sentence that says what to do.
    """
    with _home() as home:
        yield _url(home)


@contextmanager
def environment() -> Iterator[bool]:
    """Make sure that DATABASE_URL is set for this process and its children while the block runs.

    Yields whether a server of ours was started for it. Its broker folder lies beside it, so that
    two runs on one machine never take each other's messages.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        yield False
        return
    with _home() as home:
        before = dict(os.environ)
        os.environ["DATABASE_URL"] = _url(home)
        os.environ.setdefault("BROKER_DIR", str(home / "broker"))
        try:
            yield True
        finally:
            for name in ("DATABASE_URL", "BROKER_DIR"):
                os.environ.pop(name, None)
                os.environ.update({name: before[name]} if name in before else {})


@contextmanager
def _home() -> Iterator[Path]:
    sweep()
    account = binaries.account()
    with homes.fresh(shared=account is not None) as home, cluster.running(home, account):
        yield home


def _url(home: Path) -> str:
    socket_folder = quote(str(cluster.data_folder(home)), safe="")
    return f"postgresql://postgres@:{cluster.PORT}/postgres?host={socket_folder}"

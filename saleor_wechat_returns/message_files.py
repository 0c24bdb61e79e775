"""Celery's broker where none is set: kombu's messages in files, read without dying of an empty one.

kombu makes a message's file first and writes it then, so a reader may see it empty; its transport
(5.x) lets that end the worker. Such a message is dropped: it only says "look", which the clock
says again within two seconds.
"""

from __future__ import annotations

from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem


class Channel(filesystem.Channel):
    def _get(self, queue: Any, timeout: Any = None) -> Any:  # noqa: ARG002 - kombu asks so
        """The next message. Raises Empty, also for one that was not written yet."""
        try:
            return super()._get(queue)
        except ValueError as unread:
            raise Empty from unread


class Transport(filesystem.Transport):
    Channel = Channel


def use() -> None:
    """Let `filesystem://` mean this transport, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"

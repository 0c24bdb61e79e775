"""Whether Celery's broker can be reached. Nothing that must not be lost depends on it."""

from __future__ import annotations

import os

from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import OperationalError


class BrokerAway(Exception):
    """It cannot be reached; the text says why and holds no password."""


def reach_broker(*, seconds: float) -> str:
    """The kind of broker ("redis", "amqp", "filesystem" …), once it answers. Raises BrokerAway."""
    # Redis takes its limits from elsewhere than the others.
    limits = {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    try:
        with current_app.connection_for_write(
            connect_timeout=seconds, transport_options=limits
        ) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=seconds)
            folder = connection.transport_options.get("data_folder_out")
            kind: str = connection.transport_cls
    except (OperationalError, OSError, ImproperlyConfigured, ImportError) as away:
        raise BrokerAway(_why(away)) from away
    except ValueError:  # its words may hold a part of the password
        raise BrokerAway("its address cannot be read") from None
    # kombu opens a folder only when it writes.
    if kind == "filesystem" and not os.access(folder, os.W_OK | os.X_OK):
        raise BrokerAway("its folder cannot be written")
    return kind


def _why(away: Exception) -> str:
    if isinstance(away, ImproperlyConfigured):
        return str(away)
    cause = away.__cause__ or away
    return f"{type(cause).__name__}: {cause}"[:200]

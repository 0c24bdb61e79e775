"""May this process receive traffic? Cheap, bounded in time, and it calls nobody outside.

Without its database, or with a migration missing, it may not. Without broker or worker it may: what
customers and staff ask for is written down and done later, so taking all web processes out would
only turn a delay into an outage.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from .broker import BrokerAway, reach_broker
from .heartbeat import LATE_AFTER, latest_beat, outbox_lag

STATEMENT_SECONDS = 2
BROKER_SECONDS = 1.0
# Anybody may ask us, and however often: the broker is asked no more than this.
BROKER_KEPT_SECONDS = 5.0
OK = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """`checks`: a word for each by name; `outbox_lag_seconds` only if the database told it."""

    checks: dict[str, str]
    outbox_lag_seconds: int | None

    @property
    def is_ready(self) -> bool:
        return self.checks["database"] == OK and self.checks["migrations"] == OK

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "unready"
        return "ready" if set(self.checks.values()) == {OK} else "degraded"


def readiness(*, now: datetime) -> Readiness:
    """What an orchestrator may know; nothing personal, no shop, no address."""
    checks = {"database": "away", "migrations": "unknown", "worker": "unknown"}
    lag = None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            missing = missing_migrations()
            checks |= {"database": OK, "migrations": "missing" if missing else OK}
            if not missing:
                checks["worker"] = _worker(now)
                lag = round(outbox_lag(now=now).total_seconds())
    except Error:
        checks["database"] = "away"
    return Readiness(checks | {"broker": broker.says()}, lag)


def missing_migrations() -> list[str]:
    """Names that this version needs and the database lacks; newer ones there do no harm."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return sorted(name for app, name in _own_migrations() if (app, name) not in applied)


@cache
def _own_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _worker(now: datetime) -> str:
    at = latest_beat()
    if at is None:
        return "never"
    return "late" if now - at > LATE_AFTER else OK


class _Broker:
    """What the broker said a moment ago, for all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said, self._until = "", float("-inf")

    def says(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                self._said = self._ask()
                self._until = time.monotonic() + BROKER_KEPT_SECONDS
            return self._said

    def forget(self) -> None:
        with self._lock:
            self._until = float("-inf")

    def _ask(self) -> str:
        try:
            reach_broker(seconds=BROKER_SECONDS)
        except BrokerAway:
            return "away"
        return OK


broker = _Broker()

"""What surrounds the service, gone for a while: its database, a migration, its broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery, current_app
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from saleor_wechat_returns.usecases import readiness

APP = "saleor_wechat_returns"


@contextmanager
def database_away() -> Iterator[None]:
    """Nobody listens where the database was."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def cut_off_at(words: str) -> Iterator[None]:
    """PostgreSQL is there until it is asked something with these words."""

    def ask(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if words in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask):
        yield


@contextmanager
def migration_missing() -> Iterator[str]:
    """As before `manage.py migrate` of the version that brought the newest one, which it names."""
    ((_, name),) = MigrationLoader(connection).graph.leaf_nodes(APP)
    MigrationRecorder(connection).record_unapplied(APP, name)
    try:
        yield name
    finally:
        MigrationRecorder(connection).record_applied(APP, name)


@contextmanager
def migrated_further(name: str) -> Iterator[None]:
    """As while a later version is being rolled out."""
    MigrationRecorder(connection).record_applied(APP, name)
    try:
        yield
    finally:
        MigrationRecorder(connection).record_unapplied(APP, name)


@contextmanager
def broker_at(url: str, **transport_options: object) -> Iterator[None]:
    """Celery's messages go there."""
    ours = current_app._get_current_object()
    other = Celery("other")
    other.conf.broker_write_url = url
    other.conf.broker_transport_options = transport_options
    other.set_current()
    readiness.broker.forget()
    try:
        yield
    finally:
        ours.set_current()
        readiness.broker.forget()

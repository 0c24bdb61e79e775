"""Sealing every secret in the rows anew, with the first key of SECRETS_KEYS.

Knows columns by their names, so that a new one cannot be forgotten: a binary column is sealed and
is called `<what>_sealed`; the key's id stands in `<what>_key_id`, or in `sealed_key_id` where
several columns of a row are sealed together. May be killed at any time, and run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.apps import apps
from django.conf import settings
from django.db import models

from ..models import InboxMessage
from ..secretbox import UnreadableSecretError, current_key_id, open_sealed, seal

log = structlog.get_logger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedColumns:
    """Columns of a model that are sealed with one key, and the column that names it."""

    model: type[models.Model]
    names: tuple[str, ...]
    key_id: str

    def __str__(self) -> str:
        return f"{self.model.__name__} ({', '.join(self.names)})"


@dataclass(slots=True)
class Rotation:
    """What was done, and which keys still seal something now."""

    sealed: Counter[str] = field(default_factory=Counter)  # rows, by columns
    unreadable: Counter[str] = field(default_factory=Counter)  # rows, by the message
    in_use: Counter[str] = field(default_factory=Counter)  # rows, by key id

    @property
    def is_complete(self) -> bool:
        return set(self.in_use) <= {current_key_id()}

    @property
    def removable(self) -> list[str]:
        """Keys that we have and that seal nothing."""
        return [it for it in settings.SECRETS_KEYS if it not in self.in_use | {current_key_id(): 1}]


def sealed_columns() -> list[SealedColumns]:
    """Every sealed column of every model. Raises LookupError for a name out of the rule."""
    found: dict[tuple[type[models.Model], str], list[str]] = {}
    for model in apps.get_app_config("saleor_wechat_returns").get_models():
        names = {column.name for column in model._meta.concrete_fields}
        for column in model._meta.concrete_fields:
            if isinstance(column, models.BinaryField):
                found.setdefault((model, _key_id_of(column.name, names)), []).append(column.name)
    return [SealedColumns(model, tuple(names), key) for (model, key), names in found.items()]


def rotate_keys() -> Rotation:
    """Seal anew what other keys have sealed. What somebody writes meanwhile is left as written."""
    done = Rotation()
    every = sealed_columns()
    for columns in every:
        for row in _rows_of_other_keys(columns):
            try:
                done.sealed[str(columns)] += _seal_anew(columns, row)
            except UnreadableSecretError as why:
                done.unreadable[f"{columns}: {why}"] += 1
    for columns in every:
        rows = columns.model._default_manager.values_list(columns.key_id)
        done.in_use.update(dict(rows.annotate(models.Count("pk")).order_by(columns.key_id)))
    done.in_use.update(_waiting_to_be_heard())
    log.info("keys.rotated", rows=done.sealed.total(), unreadable=done.unreadable.total())
    return done


def _waiting_to_be_heard() -> Counter[str]:
    """What couriers told is sealed, too, until it is heard: in minutes, as a rule."""
    waiting = InboxMessage.objects.filter(handled_at=None, payload__has_key="key_id")
    return Counter(waiting.values_list("payload__key_id", flat=True))


def _key_id_of(name: str, names: set[str]) -> str:
    own = f"{name.removesuffix('_sealed')}_key_id"
    for key_id in (own, "sealed_key_id"):
        if name.endswith("_sealed") and key_id in names:
            return key_id
    raise LookupError(f"{name}: a binary column is called *_sealed, and has a *_key_id beside it")


def _rows_of_other_keys(columns: SealedColumns) -> Iterator[dict[str, Any]]:
    """By primary key, in batches: an old row that stays unreadable is met once."""
    others = columns.model._default_manager.exclude(**{columns.key_id: current_key_id()})
    rows = others.order_by("pk").values("pk", columns.key_id, *columns.names)
    batch = list(rows[:BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1]["pk"])[:BATCH])


def _seal_anew(columns: SealedColumns, row: dict[str, Any]) -> int:
    """1, or 0 if somebody wrote the row since it was read. Raises UnreadableSecretError."""
    before = {name: bytes(row[name]) for name in columns.names if row[name]}
    after: dict[str, Any] = {
        name: seal(open_sealed(sealed, row[columns.key_id]))[0] for name, sealed in before.items()
    }
    after[columns.key_id] = current_key_id()
    same = {"pk": row["pk"], columns.key_id: row[columns.key_id], **before}
    return columns.model._default_manager.filter(**same).update(**after)

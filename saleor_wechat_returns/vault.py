"""The storage of pictures and videos: a private folder, or a bucket that speaks S3.

Keys are opaque and given by whoever keeps the rows. Files are streamed; none is held in memory.
Every function raises ProviderUnavailable when the storage is away, full, or lost its answer: each
may be repeated, since a key is written once and deleted for good.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from .domain.errors import ProviderUnavailable

CHUNK_BYTES = 64 * 1024


def save(key: str, file: IO[bytes]) -> None:
    """Store what the file has from its beginning on."""
    with _away():
        file.seek(0)
        stored = _storage().save(key, File(file))
    if stored != key:
        raise ProviderUnavailable(f"the storage already has {key}")


def delete(key: str) -> None:
    """Delete the file; a missing one is deleted already."""
    with _away():
        _storage().delete(key)


def fetch(key: str, into: IO[bytes]) -> None:
    """Copy the whole file into another, which is opened for writing."""
    with _away():
        if settings.EVIDENCE_BUCKET:
            _storage().bucket.download_fileobj(key, into, Config=_storage().transfer_config)
        else:
            with _storage().open(key) as stored:
                shutil.copyfileobj(stored, into, CHUNK_BYTES)


def read(key: str, *, first: int, length: int) -> Iterator[bytes]:
    """`length` bytes from byte `first` on, in chunks. Opens before it returns the first."""
    with _away():
        stored = _open_at(key, first, length)
    return _chunks(stored, length)


def _chunks(stored: Any, length: int) -> Iterator[bytes]:
    try:
        while length > 0:
            with _away():
                chunk = stored.read(min(CHUNK_BYTES, length))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk
    finally:
        stored.close()


def _open_at(key: str, first: int, length: int) -> Any:
    if settings.EVIDENCE_BUCKET:
        # The storage's own file would copy all of it to disk for every piece that a player wants.
        wanted = f"bytes={first}-{first + length - 1}"
        return _storage().bucket.Object(key).get(Range=wanted)["Body"]
    stored = _storage().open(key)
    stored.seek(first)
    return stored


def _storage() -> Any:
    return storages["evidence"]


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except _faults() as trouble:
        raise ProviderUnavailable(f"storage: {type(trouble).__name__}: {trouble}") from trouble


@cache
def _faults() -> tuple[type[Exception], ...]:
    if not settings.EVIDENCE_BUCKET:
        return (OSError,)
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)

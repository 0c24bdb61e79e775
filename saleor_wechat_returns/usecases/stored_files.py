"""Every file in the storage has a row before it is there, and loses it after it is gone.

So a process killed at any moment leaves no file that nobody knows: what no row has taken within an
hour, and what none wants any more, is deleted by the clock. Deleting may be repeated.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import IO

import structlog

from .. import vault
from ..domain.errors import ProviderUnavailable
from ..models import Shop, StoredFile

log = structlog.get_logger(__name__)

TO_BE_TAKEN_WITHIN = timedelta(hours=1)
# Whoever takes a file and the clock never mean the same moment.
MARGIN = timedelta(minutes=10)
# Within MARGIN, so nobody takes it meanwhile.
NEXT_TRY = timedelta(minutes=5)
MOST_AT_ONCE = 200


def store(shop: Shop, file: IO[bytes], *, now: datetime) -> str:
    """Store a file under a new key, which a row must `take` within fifty minutes.

    No transaction may be open. Raises ProviderUnavailable.
    """
    key = f"{shop.pk.hex}/{secrets.token_hex(20)}"
    StoredFile.objects.create(shop=shop, key=key, delete_after=now + TO_BE_TAKEN_WITHIN)
    vault.save(key, file)
    return key


def take(*keys: str, now: datetime) -> None:
    """Keep these files from now on, in the transaction of the row that names them."""
    waiting = StoredFile.objects.filter(key__in=keys, delete_after__gt=now + MARGIN)
    if waiting.update(delete_after=None) != len(keys):
        raise ProviderUnavailable("a stored file was not taken in time")


def give_up(*keys: str, now: datetime) -> None:
    """Delete these files soon, in the transaction of the row that named them. Blanks are none."""
    StoredFile.objects.filter(key__in=filter(None, keys)).update(delete_after=now)


def delete_unwanted(*, now: datetime) -> int:
    """Delete what no row wants, oldest first; how many. A storage that is away is tried again.

    What cannot be deleted goes behind the others, so that one file does not keep them all.
    """
    unwanted = StoredFile.objects.filter(delete_after__lte=now).order_by("delete_after", "id")
    deleted = 0
    for stored in unwanted[:MOST_AT_ONCE]:
        try:
            vault.delete(stored.key)
        except ProviderUnavailable as trouble:
            log.warning("stored_files.kept", why=str(trouble))
            StoredFile.objects.filter(pk=stored.pk).update(delete_after=now + NEXT_TRY)
            break
        stored.delete()
        deleted += 1
    return deleted

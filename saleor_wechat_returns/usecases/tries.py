"""Guessing is slowed down by counting: a row for each try, against all that it is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count

from ..domain.errors import ErrorCode, refuse
from ..models import CountedTry, Shop
from ..secretbox import blind_index

WINDOW = timedelta(hours=1)


def count_try(shop: Shop, against: Mapping[str, int], *, now: datetime) -> None:
    """Write a try against every text before anything is tried. Raises Refusal(RATE_LIMITED).

    `against`: most tries in an hour, by what is counted. A try that is refused counts for
    nothing, so nobody is kept out for longer by being hammered at. Each try is committed before
    it counts, so that of many at the same moment never more than the most go on.
    """
    most = {blind_index(f"lookup:{text}"): limit for text, limit in against.items()}
    tries = CountedTry.objects.bulk_create(
        CountedTry(shop=shop, key=key, created_at=now) for key in most
    )
    found = CountedTry.objects.filter(shop=shop, key__in=most, created_at__gt=now - WINDOW)
    counts = dict(found.order_by("key").values_list("key").annotate(Count("pk")))
    if any(counts[key] > limit for key, limit in most.items()):
        CountedTry.objects.filter(pk__in=[row.pk for row in tries]).delete()
        raise refuse(ErrorCode.RATE_LIMITED)


def forget_tries(*, now: datetime) -> int:
    """Delete what no longer counts."""
    deleted, _ = CountedTry.objects.filter(created_at__lte=now - WINDOW).delete()
    return deleted

"""Finding returns by what stands on a parcel: a return number or a waybill number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import DeliveryDirection, DeliveryStatus
from ..domain.numbers import read_return_number
from ..models import Evidence, ReturnRequest, ReverseDelivery, UnmatchedParcel
from ..secretbox import blind_index
from .access import Viewer
from .parcel_rows import tidy_number

# What one look shows at most; nobody puts more returns into one box.
MOST_FOUND = 20
LONGEST_CODE = 64

# One column: primary keys of returns.
Ids = QuerySet[ReturnRequest, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first. One box may hold two returns, so there may be several."""

    returns: list[ReturnRequest]
    unmatched: list[UnmatchedParcel]


def find_by_code(handler: Viewer, code: str) -> Found:
    """Whatever of the shop the code may mean, as it was scanned or typed.

    A return's number; the number of a parcel on its way back or out; with each return those that
    were split from it. Raises Refusal.
    """
    number = tidy_number(code)
    if not number:
        raise refuse(ErrorCode.REQUIRED, "code")
    if len(number) > LONGEST_CODE or not number.isprintable():
        raise refuse(ErrorCode.MALFORMED, "code")
    index = blind_index(number)
    found = _with_splits(handler, _meant(handler, read_return_number(code), index))
    returns = for_handlers(handler).filter(pk__in=found)
    parcels = unmatched_of(handler).filter(waybill_index=index, ended_at=None)
    return Found(list(returns[:MOST_FOUND]), list(parcels[:MOST_FOUND]))


def returns_in(handler: Viewer, waybill_index: str) -> list[ReturnRequest]:
    """The returns that wait for this parcel, newest first; none without a number."""
    return waiting_for(handler, {waybill_index}).get(waybill_index, [])


def waiting_for(handler: Viewer, indexes: Collection[str]) -> dict[str, list[ReturnRequest]]:
    """`returns_in` of many parcels at once, by their numbers' indexes."""
    there = (DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED, DeliveryStatus.LOST)
    named = ReverseDelivery.objects.filter(
        shop=handler.shop,
        parcel__waybill_index__in=[index for index in indexes if index],
        direction=DeliveryDirection.BACK,
        status__in=there,
    )
    pairs = named.order_by("-request_id").values_list("parcel__waybill_index", "request_id")
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for index, pk in pairs.distinct():
        if len(wanted[index]) < MOST_FOUND:
            wanted[index].append(pk)
    pks = {pk for some in wanted.values() for pk in some}
    rows = {row.pk: row for row in for_handlers(handler).filter(pk__in=pks)} if pks else {}
    return {index: [rows[pk] for pk in some] for index, some in wanted.items()}


def for_handlers(handler: Viewer) -> QuerySet[ReturnRequest]:
    """The shop's returns, newest first, with all that whoever handles a parcel is shown."""
    return (
        ReturnRequest.objects.filter(shop=handler.shop)
        .select_related("order", "policy")
        .prefetch_related(
            "lines__line",
            "lines__inspected",
            "deliveries__parcel",
            Prefetch("evidence", Evidence.objects.select_related("shop", "line")),
            "appeals",
            "deadlines",
            "offers",
            "events",
        )
        .order_by("-id")
    )


def unmatched_of(handler: Viewer) -> QuerySet[UnmatchedParcel]:
    """The shop's parcels of nobody, newest first."""
    photos = Prefetch("evidence", Evidence.objects.select_related("shop", "line").order_by("id"))
    rows = UnmatchedParcel.objects.filter(shop=handler.shop).select_related("request")
    return rows.prefetch_related(photos).order_by("-received_at", "-id")


def _meant(handler: Viewer, number: str | None, index: str) -> Ids:
    """Also by a number that was corrected since: it may be the one on the parcel.

    A union: of an OR over two joins PostgreSQL reads every return of the shop.
    """
    mine = ReturnRequest.objects.filter(shop=handler.shop)
    return (
        mine.filter(number=number or "")
        .values("pk")
        .union(
            mine.filter(deliveries__parcel__waybill_index=index).values("pk"),
            mine.filter(order__outbound__parcel__waybill_index=index).values("pk"),
        )
    )


def _with_splits(handler: Viewer, found: Ids) -> Ids:
    """These, what they were split from, and what was split from them."""
    mine = ReturnRequest.objects.filter(shop=handler.shop)
    return (
        mine.filter(pk__in=found)
        .values("pk")
        .union(
            mine.filter(pk__in=found).values("split_from"),
            mine.filter(split_from__in=found).values("pk"),
        )
    )

"""What a viewer may see: staff their shop's returns, a customer only their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Status
from ..domain.numbers import read_return_number
from ..models import (
    Evidence,
    Refund,
    ReturnAppeal,
    ReturnDeadline,
    ReturnRequest,
    StaffTask,
    TrackingEvent,
)
from .access import Viewer
from .booking_rows import with_courier
from .ownership import is_payer_of, returns_of
from .talk import newest_messages, unread_of
from .texts import is_global_id
from .whose_parcel import with_owners

MOST_ROWS = 100
SOMEBODYS_CARD = "原支付账户"


@dataclass(frozen=True, slots=True)
class Filter:
    statuses: tuple[Status, ...] = ()
    order_id: str = ""


def visible(viewer: Viewer) -> QuerySet[ReturnRequest]:
    """Newest first, with everything a page shows, in a fixed number of statements."""
    return (
        returns_of(viewer)
        .select_related("shop", "order", "policy", "return_address", "split_from")
        .prefetch_related(
            "lines__line",
            "lines__inspected",
            "splits",
            Prefetch("deliveries", with_owners()),
            "deliveries__parcel",
            Prefetch("deliveries__parcel__tracking", TrackingEvent.objects.defer("raw_sealed")),
            "deliveries__booking",
            Prefetch("evidence", Evidence.objects.select_related("shop", "line")),
            Prefetch("deadlines", ReturnDeadline.objects.select_related("extension_message")),
            "events",
            "tasks",
            "refunds__wechat_refunds",
            "order__refunds__wechat_refunds",
            "offers__lines__line",
            Prefetch("appeals", ReturnAppeal.objects.select_related("decision").order_by("id")),
            "appeals__evidence__line",
            newest_messages(),
        )
        .annotate(unread=unread_of(viewer), has_courier=Exists(with_courier(OuterRef("shop_id"))))
        .order_by("-id")
    )


def find_return(viewer: Viewer, *, id: UUID | None, number: str | None) -> ReturnRequest | None:
    """By id, or by the number as a person writes it. None: no such return, or not theirs."""
    if id is not None:
        return visible(viewer).filter(pk=id).first()
    read = read_return_number(number) if number else None
    return visible(viewer).filter(number=read).first() if read else None


def find_returns(viewer: Viewer, pks: Collection[UUID]) -> dict[UUID, ReturnRequest]:
    """Those of them that are the viewer's to see, by id."""
    return {request.pk: request for request in visible(viewer).filter(pk__in=pks)}


def find_refund(staff: Viewer, pk: UUID) -> Refund:
    """A refund of the staff's shop that is known to exist."""
    refunds = Refund.objects.filter(shop=staff.shop).prefetch_related("wechat_refunds")
    return refunds.get(pk=pk)


def received_account(viewer: Viewer, refund: Refund) -> str:
    """Where WeChat Pay sent the money, in its words; blank while it has not.

    A card's bank and digits are the payer's affair, also where somebody else may ask for the
    return: the receiver of a gift, a guest with the order's phone.
    """
    account = next((w.received_account for w in refund.wechat_refunds.all()), "")
    is_card = any(character.isdigit() for character in account)
    if is_card and not viewer.is_staff and not is_payer_of(viewer, refund):
        return SOMEBODYS_CARD
    return account


def list_returns(
    viewer: Viewer, wanted: Filter, *, first: int, after: UUID | None
) -> tuple[list[ReturnRequest], bool]:
    """A page, and whether there is another. Raises Refusal."""
    check_rows(first)
    if wanted.order_id and not is_global_id(wanted.order_id):
        raise refuse(ErrorCode.MALFORMED, "filter.orderId")
    found = visible(viewer)
    if wanted.statuses:
        found = found.filter(status__in=wanted.statuses)
    if wanted.order_id:
        found = found.filter(order__order_id=wanted.order_id)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found[: first + 1])
    return rows[:first], len(rows) > first


def list_tasks(staff: Viewer, *, first: int) -> list[StaffTask]:
    """What waits for a person, oldest first. Raises Refusal."""
    check_rows(first)
    waiting = StaffTask.objects.filter(shop=staff.shop, closed_at=None)
    related = ("request", "refund__request", "payment")
    waiting = waiting.select_related(*related).prefetch_related("refund__wechat_refunds")
    return list(waiting.order_by("id")[:first])


def check_rows(first: int) -> None:
    if first < 1:
        raise refuse(ErrorCode.MALFORMED, "first")
    if first > MOST_ROWS:
        raise refuse(ErrorCode.TOO_MANY, "first")

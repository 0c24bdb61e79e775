"""One number on several returns: one box of one person, or somebody else's parcel (EC42).

Staff are told of what may be somebody else's, until nothing is left that could be mixed up. Whose
it is, whoever named it is never told: whose_parcel.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from ..domain.lifecycle import DeliveryDirection, DeliveryMethod, DeliveryStatus, Status
from ..models import OutboundDelivery, ReturnRequest, ReverseDelivery, StaffTask
from ..models.staff import StaffTaskKind
from .staff_tasks import close_tasks, open_task

# A number that comes again after so long is hardly the same parcel.
LONG_AGO = timedelta(days=30)
OVER = frozenset({Status.REFUNDED, Status.CANCELED, Status.CLOSED})
UNDER_WAY = frozenset({DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED})


def look_for_others(request: ReturnRequest, *, now: datetime) -> None:
    """Tell staff of a number that somebody else's return names too, one long over, or the shop.

    Needs the order lock.
    """
    close_tasks(request, StaffTaskKind.PARCEL_SHARED, now=now)
    expected = expected_back(request)
    if found := _why(expected, _strange(request, expected, now)):
        open_task(request, StaffTaskKind.PARCEL_SHARED, "; ".join(found))


def look_again(request: ReturnRequest, *, now: datetime) -> None:
    """This return ended, has its parcel, or names another: is anything left to mix up?

    Closes its own task and those of returns that share its numbers. A parcel that was received for
    one is still named by the other: that stays. Needs the order lock; takes those of the tasks.
    """
    numbers = ReverseDelivery.objects.filter(request=request).exclude(parcel__waybill_index="")
    sharing = ReverseDelivery.objects.filter(
        shop=request.shop_id, parcel__waybill_index__in=numbers.values("parcel__waybill_index")
    )
    about = Q(request=request) | Q(request__in=sharing.values("request"))
    tasks = StaffTask.objects.filter(about, kind=StaffTaskKind.PARCEL_SHARED, closed_at=None)
    for task in tasks.select_for_update(of=("self",)).select_related("request").order_by("id"):
        if task.request is not None and not _is_unclear(task.request, now):
            task.closed_at = now
            task.save(update_fields=["closed_at"])


def naming(shop_id: UUID, index: str) -> QuerySet[ReverseDelivery]:
    """Deliveries to the shop under this number, oldest first; corrected ones are not."""
    found = ReverseDelivery.objects.filter(shop=shop_id, parcel__waybill_index=index)
    return _back(found).select_related("request").order_by("id")


def expected_back(request: ReturnRequest) -> list[ReverseDelivery]:
    """Parcels that come, or came, for this return; oldest first."""
    return list(_back(request.deliveries.select_related("parcel")).order_by("id"))


def _back(found: QuerySet[ReverseDelivery]) -> QuerySet[ReverseDelivery]:
    back = found.filter(direction=DeliveryDirection.BACK)
    return back.exclude(status=DeliveryStatus.CANCELED)


def _is_unclear(request: ReturnRequest, now: datetime) -> bool:
    expected = expected_back(request)
    if request.status in OVER or not any(it.status in UNDER_WAY for it in expected):
        return False
    strange = _strange(request, expected, now)
    return bool(_why(expected, [it for it in strange if not _is_out_of_it(it, now)]))


def _is_out_of_it(delivery: ReverseDelivery, now: datetime) -> bool:
    """Its return ended meanwhile, and did not get the parcel."""
    other = delivery.request
    is_ended = other.status in OVER and now - other.updated_at <= LONG_AGO
    return is_ended and delivery.status != DeliveryStatus.RECEIVED


def _strange(
    request: ReturnRequest, expected: Sequence[ReverseDelivery], now: datetime
) -> list[ReverseDelivery]:
    """Those of other returns under its numbers that are hardly of the same box."""
    return [
        other
        for index in filter(None, (it.parcel.waybill_index for it in expected))
        for other in naming(request.shop_id, index).exclude(request=request)
        if not _may_share(request, other.request, now)
    ]


def _why(expected: Sequence[ReverseDelivery], strange: Sequence[ReverseDelivery]) -> list[str]:
    numbers = sorted({other.request.number for other in strange})
    found = [f"also named by {', '.join(numbers)}"] if numbers else []
    if _is_outbound(expected):
        found.append("the shop sent this parcel itself")
    return found


def _is_outbound(expected: Sequence[ReverseDelivery]) -> bool:
    """Does the customer name a parcel in which the shop sent something? It shows as signed for."""
    named = [it.parcel_id for it in expected if it.method == DeliveryMethod.SELF_SHIP]
    return OutboundDelivery.objects.filter(parcel__in=named).exists()


def _may_share(request: ReturnRequest, other: ReturnRequest, now: datetime) -> bool:
    """One box of one person, packed at about the same time."""
    same = (
        (request.order_id, other.order_id),
        (request.customer_id, other.customer_id),
        (request.openid_index, other.openid_index),
    )
    is_same_person = any(mine and mine == theirs for mine, theirs in same)
    is_over = other.status in OVER and now - other.updated_at > LONG_AGO
    return is_same_person and not is_over

"""A parcel that never comes: staff give it up, and the return goes on without it (EC43)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import DELIVERY_ARROWS, DeliveryDirection, DeliveryStatus
from ..models import ReturnRequest, ReverseDelivery
from .access import Viewer
from .locks import lock_own_request
from .move import move_delivery, note
from .review import need_version
from .send_back import lose
from .tracking import close_trouble

LOST = "parcel_lost"


def mark_lost(
    staff: Viewer, delivery_pk: UUID | None, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Nobody waits for this parcel any more; the others of the return go on. It may come after all.

    Where it went to the customer, its pieces are to be paid: send_back.py.

    `expected_version`: the return's. Takes the order lock. Raises Refusal.
    """
    mine = ReverseDelivery.objects.filter(shop=staff.shop)
    found = mine.filter(pk=delivery_pk).first() if delivery_pk else None
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "id")
    with transaction.atomic():
        request = lock_own_request(staff, str(found.request_id))
        need_version(request, expected_version)
        delivery = ReverseDelivery.objects.select_related("parcel").get(pk=found.pk)
        if (DeliveryStatus(delivery.status), DeliveryStatus.LOST) not in DELIVERY_ARROWS:
            raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
        if delivery.direction == DeliveryDirection.TO_CUSTOMER:
            lose(request, delivery, by=staff.by, now=now)
        else:
            move_delivery(delivery, DeliveryStatus.LOST, now=now)
            data = {"delivery": str(delivery.pk), "carrier": delivery.parcel.carrier}
            note(request, LOST, now=now, by=staff.by, data=data)
        close_trouble(request, now=now)
        return request

"""The parcel is in the warehouse."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ..domain.lifecycle import DeliveryStatus, Move
from ..models import ReturnRequest
from .access import Viewer
from .locks import lock_own_request
from .move import move, move_delivery
from .review import need_version


def receive(staff: Viewer, id: str, *, expected_version: int, now: datetime) -> ReturnRequest:
    """The parcel is in the warehouse. Takes the order lock. Raises Refusal."""
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        move(request, Move.RECEIVE, by=staff.by, now=now)
        for delivery in request.deliveries.filter(status=DeliveryStatus.SUBMITTED):
            move_delivery(delivery, DeliveryStatus.RECEIVED, now=now)
        return request

"""Staff tell when a customer had a parcel that no courier tells us of.

A customer cannot: his word would only shorten, or stretch, the time in which he may return it.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, refuse
from ..models import OutboundDelivery
from .access import Viewer
from .ledger import lock_order
from .refused_parcels import read_order_for

log = structlog.get_logger(__name__)


def report_signed(
    staff: Viewer, *, order_id: str, fulfillment_id: str, signed_at: datetime, now: datetime
) -> OutboundDelivery:
    """The days to return it count from then; a courier's own word goes before it, also a later one.

    Reads the order from Saleor before any transaction. Takes the order lock. Raises Refusal.
    """
    read = read_order_for(staff, order_id)
    sent = read.facts.fulfillment(fulfillment_id)
    if sent is None:
        raise refuse(ErrorCode.NOT_FOUND, "fulfillmentId")
    if not sent.created_at <= signed_at <= now:
        raise refuse(ErrorCode.SIGNED_TIME_OUT_OF_RANGE, "signedAt")
    with transaction.atomic():
        order = lock_order(staff.shop, read)
        row, _ = OutboundDelivery.objects.get_or_create(
            shop=staff.shop, fulfillment_id=fulfillment_id, defaults={"order": order}
        )
        if row.signed_at is not None and not row.reported_by:
            raise refuse(ErrorCode.SIGNED_TIME_KNOWN, "signedAt")
        row.signed_at, row.reported_by = signed_at, staff.user_id
        row.save(update_fields=["signed_at", "reported_by"])
    log.info("outbound.reported", fulfillment=fulfillment_id, by=staff.user_id)
    return row

"""Keeping the ledger true: a webhook is only a hint to read, and the clock reads as well."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from .. import clock
from ..domain.lifecycle import Status
from ..models import InboxMessage, OutboxMessage, Refund, ReturnableOrder, ReturnRequest
from ..outbox import Later, put
from .following import is_tracking
from .ledger import lock_order, read_order
from .shipping_looks import order_went_out

log = structlog.get_logger(__name__)

READ = "order.read"
SHIPPED = "order.shipped"
UPDATED = "saleor.order_updated"
# Where nothing moves any more, Saleor's news change nothing of ours.
OVER = frozenset({Status.REFUNDED, Status.REJECTED, Status.CANCELED, Status.CLOSED})
MOST_AT_ONCE = 500


def order_key(order_pk: UUID) -> str:
    """The outbox key of everything that is done outside for an order."""
    return f"order:{order_pk}"


def order_updated(message: InboxMessage) -> None:
    """Saleor says an order changed: a hint to read it, if it has returns of ours.

    And if something of it went out: WeChat may have to hear of it, and shops that are told where
    parcels are want to know of this one.
    """
    order_id = message.payload["order_id"]
    order_went_out(message.shop, message.payload.get("transaction_ids", ()), now=clock.now())
    known = ReturnableOrder.objects.filter(shop=message.shop, order_id=order_id).first()
    if known is not None:
        _put_read(known, now=clock.now())
    elif message.payload.get("is_shipped") and is_tracking(message.shop):
        key = f"shipped:{message.pk}"
        put(SHIPPED, message.pk, shop=message.shop, key=key, due_at=clock.now())


def read_open_orders(*, now: datetime) -> int:
    """Queue a read of orders with an open return or refund: lost webhooks are healed here.

    The longest not read first. What is queued already stays as it is.
    """
    still_open = [status for status in Status if status not in OVER]
    open_ones = ReturnRequest.objects.filter(status__in=still_open).values("order")
    open_ones = open_ones.union(Refund.objects.filter(running=True).values("order"))
    queued = OutboxMessage.objects.filter(topic=READ, subject=OuterRef("pk"), done_at=None)
    orders = ReturnableOrder.objects.filter(~Exists(queued), pk__in=open_ones)
    found = list(orders.select_related("shop").order_by("facts_read_at", "id")[:MOST_AT_ONCE])
    with transaction.atomic():
        for order in found:
            _put_read(order, now=now)
    return len(found)


def read_again(order_pk: UUID) -> Later | None:
    """Effect: bring one order's ledger up to what Saleor says now."""
    order = ReturnableOrder.objects.select_related("shop").get(pk=order_pk)
    asked_at = clock.now()
    read = read_order(order.shop, order.order_id, with_parcels=is_tracking(order.shop))
    if read is None:  # gone from Saleor: asked for again, but in its turn
        ReturnableOrder.objects.filter(pk=order_pk).update(facts_read_at=asked_at)
        log.warning("order.gone", shop=order.shop.key, order=order.order_id)
        return None
    with transaction.atomic():
        lock_order(order.shop, read)
    return None


def read_shipped(message_pk: UUID) -> Later | None:
    """Effect: read an order that we hear of for the first time, to follow its parcels."""
    message = InboxMessage.objects.select_related("shop").get(pk=message_pk)
    shop, order_id = message.shop, message.payload["order_id"]
    if ReturnableOrder.objects.filter(shop=shop, order_id=order_id).exists():
        return None  # read meanwhile, and its parcels with it
    read = read_order(shop, order_id, with_parcels=True)
    if read is not None and read.facts.currency == "CNY":
        with transaction.atomic():
            lock_order(shop, read)
    return None


def _put_read(order: ReturnableOrder, *, now: datetime) -> None:
    put(READ, order.pk, shop=order.shop, key=order_key(order.pk), due_at=now)

"""Saleor's order shows its returns: a note when one begins and ends, and a status for other tools.

The clock finds what moved, so no move waits for it. Saleor has no idempotency for notes: what the
order shows is read before anything is written, and a note's text is of one return and one event.
Nothing of people or money is shown: whoever knows an order's id may read its metadata.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from .. import outbox
from ..domain.event_words import EVENT_LABELS
from ..domain.lifecycle import LABELS, Status
from ..models import OutboxMessage, ReturnableOrder, ReturnRequest
from ..outbox import Later
from ..saleor.order_shown import METADATA_KEY, order_shown, returns_value
from .shops import saleor_of

log = structlog.get_logger(__name__)

SHOW = "order.show"
MOST_AT_ONCE = 500
MOST_RETURNS = 20
ENDS = (Status.REFUNDED, Status.CANCELED, Status.CLOSED)


def show_moved_returns(*, now: datetime) -> int:
    """Queue every order that shows less than its returns are by now; how many."""
    moved = ReturnRequest.objects.filter(order=OuterRef("pk")).exclude(shown_status=F("status"))
    waiting = OutboxMessage.objects.filter(topic=SHOW, subject=OuterRef("pk"), done_at=None)
    orders = ReturnableOrder.objects.filter(Exists(moved)).exclude(Exists(waiting))
    found = list(orders.select_related("shop").order_by("id")[:MOST_AT_ONCE])
    with transaction.atomic():
        for order in found:
            outbox.put(SHOW, order.pk, shop=order.shop, key=f"shown:{order.pk}", due_at=now)
    return len(found)


def show(order_pk: UUID) -> Later | None:
    """Effect: write into one order what it does not show yet. Repeats write nothing."""
    order = ReturnableOrder.objects.select_related("shop").get(pk=order_pk)
    requests = list(order.requests.order_by("-id"))
    saleor = saleor_of(order.shop)
    shown = order_shown(saleor.read("OrderShown", {"id": order.order_id}))
    if shown is None:
        log.warning("order.not_shown", order=order.order_id)
    else:
        for text in _notes(requests):
            if text not in shown.notes:
                saleor.change("AddOrderNote", {"order": order.order_id, "input": {"message": text}})
        value = returns_value((it.number, it.status) for it in requests[:MOST_RETURNS])
        if value != shown.returns:
            entry = {"key": METADATA_KEY, "value": value}
            saleor.change("ShowReturns", {"id": order.order_id, "input": [entry]})
    for request in requests:
        # As it was shown: it may have moved since.
        ReturnRequest.objects.filter(pk=request.pk).update(shown_status=request.status)
    return None


def _notes(requests: list[ReturnRequest]) -> list[str]:
    """Oldest first; the words never change, or an old note would be written again."""
    texts = []
    for request in reversed(requests):
        texts.append(_text(request.number, EVENT_LABELS["create"]))
        if request.status in ENDS:
            texts.append(_text(request.number, LABELS[Status(request.status)]))
    return texts


def _text(number: str, words: tuple[str, str]) -> str:
    zh, en = words
    return f"售后单 {number}:{zh} ({en})"

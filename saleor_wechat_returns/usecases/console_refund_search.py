"""A refund by hand of an order that nobody looked at here: Saleor knows which order was paid.

Refused: repeated, and put before staff when it goes on. Away, or answer lost: repeated; a question
changes nothing.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction

from .. import clock
from ..models import InboxMessage, Shop
from ..outbox import Later
from .console_refund import payment_of, record_console_refund
from .ledger import lock_order, read_order
from .shops import saleor_of
from .wechat_notices import refund_state

log = structlog.get_logger(__name__)

# A checkout that is paid may become an order yet.
NO_ORDER_PAUSE_SECONDS = 3600.0


def search_order(message_id: UUID) -> Later | None:
    """Effect: bring the order into the ledger, and keep the refund that its notice told of."""
    message = InboxMessage.objects.select_related("shop").get(pk=message_id)
    shop, state = message.shop, refund_state(message)
    if record_console_refund(shop, state, now=clock.now()):
        return None
    order_id = _order_of(shop, state.transaction_id)
    read = read_order(shop, order_id) if order_id else None
    if read is None:
        log.warning("refund.by_hand_without_order", shop=shop.key, number=state.out_refund_no)
        return Later(NO_ORDER_PAUSE_SECONDS, "the payment has no order in Saleor")
    with transaction.atomic():
        lock_order(shop, read)
    record_console_refund(shop, state, now=clock.now())
    return None


def _order_of(shop: Shop, wechat_transaction_id: str) -> str:
    """Saleor's order id; blank while the payment is of a checkout, or not to be seen."""
    payment = payment_of(shop, wechat_transaction_id)
    if payment is None:
        return ""
    asked = {"id": payment.transaction_id}
    there = saleor_of(shop).read("TransactionOrder", asked)["transaction"]
    order = there["order"] if there else None
    return str(order["id"]) if order else ""

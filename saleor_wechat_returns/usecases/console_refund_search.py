"""A refund by hand of an order that nobody looked at here: Saleor knows which order was paid.

Refused: repeated, and put before staff when it goes on. Away, or answer lost: repeated; a question
changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from .. import clock
from ..domain.errors import ProviderUnavailable
from ..models import InboxMessage, WechatPayment
from ..outbox import Later
from ..wechat.pay import RefundState
from .console_refund import (
    payment_of,
    record_console_refund,
    record_console_refund_without_order,
)
from .ledger import lock_order, read_order
from .payment_sources import paid_for
from .wechat_notices import refund_state

ORDERS_MAY_COME = timedelta(hours=1)


def search_order(message_id: UUID) -> Later | None:
    """Effect: bring the order into the ledger, and keep the refund that its notice told of."""
    message = InboxMessage.objects.select_related("shop").get(pk=message_id)
    shop, state, now = message.shop, refund_state(message), clock.now()
    payment = payment_of(shop, state.transaction_id)
    if record_console_refund(shop, state, now=now) or payment is None:
        return None
    order_id = paid_for(payment).order_id
    if not order_id:
        return _without_order(message, payment, state)
    read = read_order(shop, order_id)
    if read is None:
        raise ProviderUnavailable("Saleor does not show the order")
    with transaction.atomic():
        lock_order(shop, read)
    record_console_refund(shop, state, now=clock.now())
    return None


def _without_order(
    message: InboxMessage, payment: WechatPayment, state: RefundState
) -> Later | None:
    """A checkout that is paid may become an order yet, but its refund does not wait for long."""
    now = clock.now()
    if now - (message.handled_at or now) < ORDERS_MAY_COME:
        return Later(ORDERS_MAY_COME.total_seconds(), "the payment has no order in Saleor")
    record_console_refund_without_order(payment, state, now=now)
    return None

"""When the parcels of a payment are looked at, so that WeChat is told of them (发货信息管理).

Once Saleor says that something went out, and by the clock: a lost webhook costs some hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from .. import outbox
from ..domain.shipping_info import LOOK_FOR, next_look
from ..models import OutboxMessage, ShippingInfo, Shop, WechatMiniProgram, WechatPayment
from ..models.payments import WechatPaymentStatus
from ..wechat.mini_shipping import OrderState

TELL = "shipping.tell"
LOOK = "shipping.look"
MOST_AT_ONCE = 200


def order_went_out(shop: Shop, transaction_ids: Iterable[str], *, now: datetime) -> None:
    """Something of the order that these Saleor transactions pay has gone out: look, a little later.

    Several edits within that time are one telling. In the caller's transaction.
    """
    if not shop.tells_shipping:
        return
    soon = now + timedelta(minutes=settings.SHIPPING_INFO_AFTER_MINUTES)
    paid = WechatPayment.objects.filter(shop=shop, status=WechatPaymentStatus.PAID)
    for payment in paid.filter(transaction_id__in=list(transaction_ids)).order_by("id"):
        put(TELL, payment, due_at=soon)


def expect_shipping(payment: WechatPayment, *, now: datetime) -> None:
    """It is paid: the clock looks whether it went out. In the caller's transaction."""
    row = row_of(payment)
    look_again(row, now=now)


def look_at_shipping(*, now: datetime) -> int:
    """Queue a look at what is not told whole, or was lately: lost webhooks are healed here.

    The longest due first. What is queued already stays as it is.
    """
    appid = OuterRef("payment__appid")
    programs = WechatMiniProgram.objects.filter(shop=OuterRef("shop"), appid=appid)
    queued = OutboxMessage.objects.filter(topic=TELL, subject=OuterRef("payment"), done_at=None)
    due = ShippingInfo.objects.filter(
        Exists(programs),
        ~Exists(queued),
        shop__tells_shipping=True,
        next_look_at__gt=now - LOOK_FOR,
        next_look_at__lte=now,
    ).order_by("next_look_at", "id")
    found = list(due.select_related("payment__shop")[:MOST_AT_ONCE])
    with transaction.atomic():
        for row in found:
            put(TELL, row.payment, due_at=now)
    return len(found)


def put(topic: str, payment: WechatPayment, *, due_at: datetime) -> None:
    """Apart from the payment's own steps: WeChat's slowness here holds up no money."""
    key = f"shipping:{payment.pk}"
    outbox.put(topic, payment.pk, shop=payment.shop, key=key, due_at=due_at)


def row_of(payment: WechatPayment) -> ShippingInfo:
    """Written if it is missing."""
    row, _ = ShippingInfo.objects.get_or_create(payment=payment, defaults={"shop": payment.shop})
    row.payment = payment
    return row


def look_again(row: ShippingInfo, *, now: datetime) -> None:
    """Write when the clock looks again, now that it was looked at."""
    told_at = row.uploaded_at if _can_be_corrected(row) else None
    row.next_look_at = next_look(row.status, paid_at=paid_at(row), told_at=told_at, now=now)
    row.save(update_fields=["next_look_at"])


def paid_at(row: ShippingInfo) -> datetime:
    return row.payment.success_at or row.created_at


def _can_be_corrected(row: ShippingInfo) -> bool:
    """As WeChat last said: told once, and the customer has not confirmed."""
    return row.order_state == OrderState.SHIPPED and row.times_finished == 1

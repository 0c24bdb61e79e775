"""What WeChat pushes about a payment's order: that nothing was told of it, or that it settles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from .. import clock
from ..models import InboxMessage, WechatPayment
from ..wechat.wire import JsonObject, Malformed, read_text
from .shipping_looks import LOOK, TELL, put, row_of

log = structlog.get_logger(__name__)

TRADE = "wechat_mini.trade"
REMINDED = "trade_manage_remind_shipping"
SETTLING = "trade_manage_order_settlement"


@dataclass(frozen=True, slots=True)
class Told:
    """`key`: what makes it the same event again, one of the mini-program's own."""

    key: str
    payload: dict[str, object]


def read_trade(message: JsonObject) -> Told | None:
    """An event of 发货信息管理, None: it is another. Raises Malformed."""
    event = message.get("Event")
    if event not in (REMINDED, SETTLING):
        return None
    number = read_text(message, "transaction_id")
    if len(number) > 32 or not number.isalnum():
        raise Malformed("transaction_id is no number of theirs")
    payload: dict[str, object] = {
        "event": event,
        "transaction_id": number,
        "settles_at": _moment(message, "estimated_settlement_time"),
        "settled_at": _moment(message, "settlement_time"),
    }
    made_at = _moment(message, "CreateTime")
    return Told(f"{event} {number} {made_at}", payload)


def trade_told(message: InboxMessage) -> None:
    """Handler: look at the payment again, or at what became of its order."""
    told = message.payload
    appid = message.key.partition(" ")[0]
    found = WechatPayment.objects.filter(wechat_transaction_id=told["transaction_id"])
    payment = found.filter(appid=appid).select_related("shop").first()
    if payment is None or not payment.shop.tells_shipping:
        log.info("shipping_info.of_no_use", event_name=told["event"])
        return
    now = clock.now()
    row = row_of(payment)
    if told["event"] == REMINDED:
        row.reminded_at = now
        put(TELL, payment, due_at=now)
    else:
        row.settles_at = _at(told["settles_at"]) or row.settles_at
        row.settled_at = _at(told["settled_at"]) or row.settled_at
        put(LOOK, payment, due_at=now)
    row.save(update_fields=["reminded_at", "settles_at", "settled_at"])


def _moment(message: JsonObject, name: str) -> int | None:
    """In seconds since 1970; 0 stands for none."""
    try:
        value = message.get(name)
        seconds = int(value) if isinstance(value, str | int) else 0
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None  # a date never holds up what the event says
    return seconds or None


def _at(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None

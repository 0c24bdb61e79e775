"""What WeChat Pay tells us by itself: verified at the door, kept, settled by a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog

from .. import clock, inbox
from ..domain.errors import ProviderRejected
from ..domain.money import Fen
from ..models import InboxMessage, Shop, WechatMerchant, WechatPayment, WechatRefund
from ..wechat.notify import (
    NotificationRefused,
    parse_payment_notification,
    parse_refund_notification,
)
from ..wechat.pay import Merchant, PaymentState, RefundState, RefundStatus, TradeState
from ..wechat.signing import SignatureFault
from . import settle_payment
from .console_refund import payment_of, put_search, record_console_refund
from .refund_at_wechat import settle
from .shops import credentials_of

log = structlog.get_logger(__name__)

SOURCE = "wechat_pay.refund"
PAYMENTS = "wechat_pay.payment"
# Begins the key of what WeChat Pay answered because of a bill: no notice told it.
BY_BILL = "bill:"

Notice = TypeVar("Notice")


def hear_refund_notice(
    shop: Shop, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> None:
    """Check a refund notice against the shop's merchants and keep it. Raises NotificationRefused.

    A repeat of the same notice (same id) changes nothing.
    """
    notice = _first_believed(shop, headers, body, now, parse_refund_notification)
    inbox.receive(shop, SOURCE, notice.id, refund_payload(notice.state))


def refund_payload(state: RefundState) -> dict[str, Any]:
    """What is kept of WeChat Pay's word on a refund; `refund_state` reads it."""
    return {
        "out_refund_no": state.out_refund_no,
        "refund_id": state.refund_id,
        "transaction_id": state.transaction_id,
        "status": state.status,
        "refund_fen": state.refund_fen,
        "total_fen": state.total_fen,
        "payer_refund_fen": state.payer_refund_fen,
        "success_at": state.success_at.isoformat() if state.success_at else None,
        "received_account": state.received_account,
    }


def refund_notice(message: InboxMessage) -> None:
    """Handler: settle what the notice says, if the refund or its payment is this shop's."""
    shop, state = message.shop, refund_state(message)
    if WechatRefund.objects.filter(shop=shop, out_refund_no=state.out_refund_no).exists():
        settle(state.out_refund_no, state, now=clock.now())
    elif record_console_refund(shop, state, now=clock.now()):
        return
    elif payment := payment_of(shop, state.transaction_id):
        put_search(message, payment, now=clock.now())
    else:
        log.warning("refund.notice_for_unknown", shop=shop.key)


def refund_state(message: InboxMessage) -> RefundState:
    """What a kept refund notice says."""
    kept = message.payload
    success_at = kept["success_at"]
    return RefundState(
        out_refund_no=kept["out_refund_no"],
        refund_id=kept["refund_id"],
        transaction_id=kept["transaction_id"],
        status=RefundStatus(kept["status"]),
        refund_fen=Fen(kept["refund_fen"]),
        total_fen=Fen(kept["total_fen"]),
        payer_refund_fen=Fen(kept["payer_refund_fen"]),
        success_at=datetime.fromisoformat(success_at) if success_at else None,
        received_account=kept["received_account"],
    )


def hear_payment_notice(
    shop: Shop, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> None:
    """As `hear_refund_notice`, for payments. Who paid is not kept: our row knows."""
    notice = _first_believed(shop, headers, body, now, parse_payment_notification)
    state = notice.state
    inbox.receive(
        shop,
        PAYMENTS,
        notice.id,
        {
            "mchid": notice.mchid,
            "out_trade_no": state.out_trade_no,
            "transaction_id": state.transaction_id,
            "trade_state": state.trade_state,
            "total_fen": state.total_fen,
            "payer_total_fen": state.payer_total_fen,
            "appid": state.appid,
            "success_at": state.success_at.isoformat() if state.success_at else None,
        },
    )


def payment_notice(message: InboxMessage) -> None:
    """Handler: settle what the notice says, if the payment is this shop's."""
    kept = message.payload
    number = kept["out_trade_no"]
    payment = WechatPayment.objects.filter(shop=message.shop, out_trade_no=number).first()
    if payment is None:
        log.warning("payment.notice_for_unknown", shop=message.shop.key)
        return
    success_at = kept["success_at"]
    state = PaymentState(
        out_trade_no=number,
        transaction_id=kept["transaction_id"],
        trade_state=TradeState(kept["trade_state"]),
        total_fen=Fen(kept["total_fen"]),
        payer_total_fen=Fen(kept["payer_total_fen"]),
        payer_openid="",
        appid=kept["appid"],
        success_at=datetime.fromisoformat(success_at) if success_at else None,
    )
    settle_payment.settle(payment.pk, state, mchid=kept["mchid"], now=clock.now())


def _first_believed(
    shop: Shop,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    parse: Callable[[Mapping[str, str], bytes, Merchant, datetime], Notice],
) -> Notice:
    """A shop may have a merchant per channel; a notice fits the key of one of them."""
    refused: NotificationRefused | None = None
    for merchant in WechatMerchant.objects.filter(shop=shop).order_by("channel"):
        try:
            return parse(headers, body, credentials_of(merchant), now)
        except NotificationRefused as no:
            refused = no
        except ProviderRejected as unusable:
            log.error("merchant.unusable", shop=shop.key, error=str(unusable))
    if refused is None:
        log.warning("wechat_pay.notice_without_merchant", shop=shop.key)
        raise NotificationRefused(SignatureFault.UNKNOWN_SERIAL)
    raise refused

"""Payment webhooks from Saleor: what is asked, in our words; the answer is the use case's."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from .. import clock
from ..domain.money import FEN_PER_YUAN, Fen
from ..models import Shop
from ..usecases.payment_sessions import (
    answer_cancel_request,
    answer_charge_request,
    answer_gateway,
    answer_session,
)
from ..usecases.payment_sources import SeenTransaction, Source
from ..usecases.start_payment import PaymentAsked
from .signed_calls import Event, Unreadable, fen_of, id_of, object_of, signed_by_saleor

TAKES = ("authorizedAmount", "authorizePendingAmount", "chargedAmount", "chargePendingAmount")
GONE = ("refundedAmount", "refundPendingAmount")


def payment_gateway(shop: Shop, event: Event, _body: bytes) -> dict[str, Any]:
    source = object_of(event["sourceObject"])
    channel = _text(object_of(source["channel"])["slug"])
    currency = _text(object_of(_total(source))["currency"])
    return answer_gateway(shop, channel, currency)


def payment_begun(shop: Shop, event: Event, _body: bytes) -> dict[str, Any]:
    return answer_session(shop, _asked(event), look_first=False, now=clock.now())


def payment_carried_on(shop: Shop, event: Event, _body: bytes) -> dict[str, Any]:
    return answer_session(shop, _asked(event), look_first=True, now=clock.now())


def charge_requested(shop: Shop, event: Event, _body: bytes) -> dict[str, Any]:
    return answer_charge_request(shop, id_of(event["transaction"]), now=clock.now())


def cancelation_requested(shop: Shop, event: Event, _body: bytes) -> dict[str, Any]:
    return answer_cancel_request(shop, id_of(event["transaction"]), now=clock.now())


def _asked(event: Event) -> PaymentAsked:
    action = object_of(event["action"])
    return PaymentAsked(
        transaction_id=id_of(event["transaction"]),
        action=_text(action["actionType"]),
        currency=_text(action["currency"]),
        amount_fen=fen_of(action),
        code=_code(event["data"]),
        source=_source(object_of(event["sourceObject"])),
    )


def _code(data: Any) -> str:
    """What the mini-program sent along is the customer's: anything but a code counts as none."""
    code = data.get("code") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


def _source(node: Event) -> Source:
    is_order = node["__typename"] == "Order"
    made_of = node["checkoutId"] if is_order else node["id"]
    transactions = node["orderTransactions"] if is_order else node["transactions"]
    return Source(
        id=id_of(node),
        checkout_id=made_of if isinstance(made_of, str) else "",
        order_number=_text(node["number"]) if is_order else "",
        channel=_text(object_of(node["channel"])["slug"]),
        total_fen=fen_of(_total(node)),
        transactions=tuple(_seen(object_of(each)) for each in _list(transactions)),
    )


def _total(node: Event) -> Any:
    total = node["total"] if "total" in node else node["totalPrice"]
    return object_of(total)["gross"]


def _seen(node: Event) -> SeenTransaction:
    takes = sum(_yuan(node[name]) for name in TAKES)
    gone = sum(_yuan(node[name]) for name in GONE)
    return SeenTransaction(
        id=id_of(node),
        takes_fen=Fen(math.ceil(takes * FEN_PER_YUAN)),
        gone_fen=Fen(math.floor(gone * FEN_PER_YUAN)),
    )


def _yuan(money: Any) -> Decimal:
    amount = object_of(money)["amount"]
    if not isinstance(amount, int | Decimal) or not Decimal(amount).is_finite():
        raise Unreadable("no amount")
    return Decimal(amount)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable("no list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("no text")
    return value


payment_gateway_view = signed_by_saleor(payment_gateway, failure="CHARGE_FAILURE", for_owner=True)
payment_begun_view = signed_by_saleor(payment_begun, failure="CHARGE_FAILURE", for_owner=True)
payment_carried_on_view = signed_by_saleor(
    payment_carried_on, failure="CHARGE_FAILURE", for_owner=True
)
charge_requested_view = signed_by_saleor(charge_requested, failure="CHARGE_FAILURE", for_owner=True)
cancelation_requested_view = signed_by_saleor(
    cancelation_requested, failure="CANCEL_FAILURE", for_owner=True
)

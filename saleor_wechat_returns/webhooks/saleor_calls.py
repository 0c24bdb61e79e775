"""Webhooks from Saleor: signature first, then one call inward.

A 4xx ends Saleor's delivery for good, so it is the answer only to what no repeat can mend;
whatever we cannot decide (keys unreachable, database away) is 5xx, and Saleor comes again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import clock, inbox, outgoing
from ..domain.errors import ProviderError, ProviderUnavailable
from ..domain.money import Fen, fen_of_yuan
from ..models import Shop
from ..saleor.tokens import Forged, verify_webhook
from ..usecases.orders import UPDATED
from ..usecases.refund_answers import RefundRequested
from ..usecases.refund_requested import answer_refund_request, digest_of
from ..usecases.shops import app_ids_of
from ..usecases.texts import is_global_id

log = structlog.get_logger(__name__)

# Saleor repeats the identical body for over five minutes; its clock and ours may differ.
OLDEST = timedelta(minutes=30)
LARGEST_BODY = 256 * 1024

Event = dict[str, Any]
Answering = Callable[[Shop, Event, str], JsonResponse]


def refund_requested(shop: Shop, event: Event, digest: str) -> JsonResponse:
    # Saleor signs for all its apps with one key.
    if _id(event["recipient"]) not in app_ids_of(shop):
        log.warning("webhook.for_another_app", shop=shop.key)
        return _no("meant for another app", 403)
    grant, order = event["grantedRefund"], event["transaction"]["order"]
    asked = RefundRequested(
        order_id=_id(order) if order else "",
        transaction_id=_id(event["transaction"]),
        grant_id=_id(grant) if grant else "",
        amount_fen=_fen(event["action"]),
        granted_fen=_fen(grant["amount"]) if grant else None,
        body_digest=digest,
    )
    try:
        return JsonResponse(answer_refund_request(shop, asked, now=clock.now()))
    except ProviderError as trouble:
        log.warning("refund.undecided", shop=shop.key, error=str(trouble))
        return _no("the order cannot be read just now", 503)


def order_updated(shop: Shop, event: Event, digest: str) -> JsonResponse:
    inbox.receive(shop, UPDATED, digest, {"order_id": _id(event["order"])})
    return JsonResponse({})


def signed_by_saleor(answering: Answering) -> Callable[[HttpRequest], JsonResponse]:
    """A view that lets only true, fresh deliveries of an installed shop through."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> JsonResponse:
        shop = Shop.objects.filter(api_url=request.headers.get("Saleor-Api-Url", "")).first()
        if shop is None:
            return _no("unknown shop", 404)
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return _no("too large", 413)
        body = request.body
        signature = request.headers.get("Saleor-Signature", "")
        try:
            verify_webhook(signature, body, api_url=shop.api_url, http=outgoing.client())
        except Forged as why:
            log.warning("webhook.forged", shop=shop.key, why=str(why))
            return _no("bad signature", 401)
        except ProviderUnavailable:
            return _no("keys unreachable", 503)
        try:
            return _answer(shop, body, answering)
        except Unreadable as why:
            log.exception("webhook.unreadable", shop=shop.key)
            return _no(f"unreadable: {why}", 400)

    return view


class Unreadable(Exception):
    """Truly Saleor's, and not what our subscription asks for: no repeat of it can help."""


def _answer(shop: Shop, body: bytes, answering: Answering) -> JsonResponse:
    event = _read(body)
    if abs(clock.now() - _moment(event["issuedAt"])) >= OLDEST:
        return _no("out of date", 400)
    return answering(shop, event, digest_of(body))


def _no(message: str, status: int) -> JsonResponse:
    """Below 500 Saleor reads the body whatever the status is, and shows the message to staff."""
    answer = {"result": "REFUND_FAILURE", "message": f"Nothing was paid: {message}."}
    return JsonResponse(answer, status=status)


class _Object(dict[str, Any]):
    """A JSON object in which a missing name is Unreadable."""

    def __missing__(self, name: str) -> Any:
        raise Unreadable(f"no {name}")


def _read(body: bytes) -> Event:
    try:
        event = json.loads(body, parse_float=Decimal, object_hook=_Object)
    except (ValueError, RecursionError) as garbled:
        raise Unreadable("no JSON") from garbled
    return _object(event)


def _object(value: Any) -> Event:
    if not isinstance(value, dict):
        raise Unreadable("no object")
    return value


def _id(node: Any) -> str:
    found = _object(node)["id"]
    if not isinstance(found, str) or not is_global_id(found):
        raise Unreadable("no id")
    return found


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as wrong:
        raise Unreadable("no time") from wrong
    if moment.tzinfo is None:
        raise Unreadable("no time zone")
    return moment


def _fen(action: Any) -> Fen | None:
    """None: not a whole number of fen in CNY."""
    amount = _object(action)["amount"]
    if not isinstance(amount, int | Decimal) or action["currency"] != "CNY":
        return None
    try:
        return fen_of_yuan(Decimal(amount))
    except (ValueError, ArithmeticError):
        return None


refund_requested_view = signed_by_saleor(refund_requested)
order_updated_view = signed_by_saleor(order_updated)

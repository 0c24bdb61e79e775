"""Webhooks from Saleor: signature first, then one call inward.

A 4xx ends Saleor's delivery for good, so it is the answer only to what is surely not Saleor's;
whatever we cannot decide (keys unreachable, database away) is 5xx, and Saleor comes again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import clock, inbox, outgoing
from ..domain.errors import ProviderUnavailable
from ..domain.money import Fen, fen_of_yuan
from ..models import Shop
from ..saleor.tokens import Forged, verify_webhook
from ..usecases.orders import UPDATED
from ..usecases.refund_requested import RefundRequested, answer_refund_request, digest_of

log = structlog.get_logger(__name__)

# Saleor repeats the identical body for over five minutes; its clock and ours may differ.
OLDEST = timedelta(minutes=30)
LARGEST_BODY = 256 * 1024

Event = dict[str, Any]
Answering = Callable[[Shop, Event, str], HttpResponse]


def refund_requested(shop: Shop, event: Event, digest: str) -> HttpResponse:
    transaction = event["transaction"]
    asked = RefundRequested(
        transaction_id=transaction["id"],
        grant_id=(event["grantedRefund"] or {}).get("id", ""),
        amount_fen=_fen(event["action"]),
        body_digest=digest,
    )
    return JsonResponse(answer_refund_request(shop, asked, now=clock.now()))


def order_updated(shop: Shop, event: Event, digest: str) -> HttpResponse:
    inbox.receive(shop, UPDATED, digest, {"order_id": event["order"]["id"]})
    return JsonResponse({})


def signed_by_saleor(answering: Answering) -> Callable[[HttpRequest], HttpResponse]:
    """A view that lets only true, fresh deliveries of an installed shop through."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        shop = Shop.objects.filter(api_url=request.headers.get("Saleor-Api-Url", "")).first()
        if shop is None:
            return HttpResponse("unknown shop", status=404)
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return HttpResponse("too large", status=413)
        body = request.body
        try:
            signature = request.headers.get("Saleor-Signature", "")
            verify_webhook(signature, body, api_url=shop.api_url, http=outgoing.client())
            event = json.loads(body, parse_float=Decimal)
            fresh = clock.now() - datetime.fromisoformat(event["issuedAt"]) < OLDEST
        except Forged as why:
            log.warning("webhook.forged", shop=shop.key, why=str(why))
            return HttpResponse("bad signature", status=401)
        except ProviderUnavailable:
            return HttpResponse("keys unreachable", status=503)
        if not fresh:
            return HttpResponse("too old", status=400)
        return answering(shop, event, digest_of(body))

    return view


def _fen(action: Event) -> Fen | None:
    if action["currency"] != "CNY":
        return None
    try:
        return fen_of_yuan(Decimal(action["amount"]))
    except ValueError:
        return None


refund_requested_view = signed_by_saleor(refund_requested)
order_updated_view = signed_by_saleor(order_updated)

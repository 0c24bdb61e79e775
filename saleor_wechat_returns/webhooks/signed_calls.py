"""What all calls of Saleor share: signature first, then age, then reading what stands in them.

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

from .. import clock, outgoing
from ..domain.errors import ProviderError, ProviderUnavailable
from ..domain.money import Fen, fen_of_yuan
from ..models import Shop
from ..saleor.tokens import Forged, verify_webhook
from ..usecases.refused_action import refused
from ..usecases.shops import app_ids_of
from ..usecases.texts import is_global_id

log = structlog.get_logger(__name__)

# Saleor repeats an asynchronous event, with the identical body, for over five minutes; its clock
# and ours may differ.
OLDEST = timedelta(minutes=30)
LARGEST_BODY = 256 * 1024

Event = dict[str, Any]
Answering = Callable[[Shop, Event, bytes], dict[str, Any]]


class Unreadable(Exception):
    """Truly Saleor's, and not what our subscription asks for: no repeat of it can help."""


class _TurnedAway(Exception):
    """Not heard; the text says why."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


def signed_by_saleor(
    answering: Answering, *, failure: str = "REFUND_FAILURE", for_owner: bool = False
) -> Callable[[HttpRequest], JsonResponse]:
    """A view that lets only true, fresh deliveries of an installed shop through.

    `for_owner`: the event is meant for the app that takes the payment, and Saleor signs for all
    its apps with one key. `failure`: the result that a refusal says; below 500 Saleor reads the
    body of such an answer whatever its status is, and shows the message to staff.
    """

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> JsonResponse:
        try:
            shop, event, body = _believed(request)
            if for_owner and id_of(event["recipient"]) not in app_ids_of(shop):
                log.warning("webhook.for_another_app", shop=shop.key)
                raise _TurnedAway("meant for another app", 403)
            return JsonResponse(answering(shop, event, body))
        except _TurnedAway as no:
            why, status = str(no), no.status
        except Unreadable as garbled:
            log.exception("webhook.unreadable")
            why, status = f"unreadable: {garbled}", 400
        except ProviderError as open_question:
            log.warning("webhook.undecided", why=str(open_question))
            why, status = "not decided yet", 503
        return JsonResponse(refused(failure, f"Nothing was paid: {why}."), status=status)

    return view


def _believed(request: HttpRequest) -> tuple[Shop, Event, bytes]:
    """Raises _TurnedAway or Unreadable."""
    shop = Shop.objects.filter(api_url=request.headers.get("Saleor-Api-Url", "")).first()
    if shop is None:
        raise _TurnedAway("unknown shop", 404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise _TurnedAway("too large", 413)
    body = request.body
    signature = request.headers.get("Saleor-Signature", "")
    try:
        verify_webhook(signature, body, api_url=shop.api_url, http=outgoing.client())
    except Forged as why:
        log.warning("webhook.forged", shop=shop.key, why=str(why))
        raise _TurnedAway("bad signature", 401) from why
    except ProviderUnavailable as away:
        raise _TurnedAway("keys unreachable", 503) from away
    if not body:
        # So Saleor 3.22 and 3.23 repeat a request for a refund after a 5xx: nothing to go by.
        log.warning("webhook.without_content", shop=shop.key)
        raise _TurnedAway("a repeat without its content", 400)
    event = _read(body)
    if abs(clock.now() - _moment(event["issuedAt"])) >= OLDEST:
        raise _TurnedAway("out of date", 400)
    return shop, event, body


class _Object(dict[str, Any]):
    """A JSON object in which a missing name is Unreadable."""

    def __missing__(self, name: str) -> Any:
        raise Unreadable(f"no {name}")


def _read(body: bytes) -> Event:
    try:
        event = json.loads(body, parse_float=Decimal, object_hook=_Object)
    except (ValueError, RecursionError) as garbled:
        raise Unreadable("no JSON") from garbled
    return object_of(event)


def object_of(value: Any) -> Event:
    """Raises Unreadable for anything but a JSON object."""
    if not isinstance(value, dict):
        raise Unreadable("no object")
    return value


def id_of(node: Any) -> str:
    """The global id of an object. Raises Unreadable."""
    found = object_of(node)["id"]
    if not isinstance(found, str) or not is_global_id(found):
        raise Unreadable("no id")
    return found


def fen_of(money: Any) -> Fen | None:
    """Of an object with amount and currency; None: not a whole number of fen in CNY."""
    amount = object_of(money)["amount"]
    if not isinstance(amount, int | Decimal) or money["currency"] != "CNY":
        return None
    try:
        return fen_of_yuan(Decimal(amount))
    except (ValueError, ArithmeticError):
        return None


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as wrong:
        raise Unreadable("no time") from wrong
    if moment.tzinfo is None:
        raise Unreadable("no time zone")
    return moment

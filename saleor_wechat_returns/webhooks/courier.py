"""Callbacks of courier providers: about a booking, or about a parcel on its way."""

from __future__ import annotations

import re

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..models import Shop
from ..usecases.courier_door import (
    LARGEST_BODY,
    CallFault,
    CallRefused,
    Hear,
    hear_booking_call,
    hear_parcel_call,
)

log = structlog.get_logger(__name__)

STATUSES = {
    CallFault.UNKNOWN: 404,
    CallFault.TOO_LARGE: 413,
    CallFault.FORGED: 403,
    CallFault.MALFORMED: 400,
    CallFault.KEYS: 503,
}


@csrf_exempt  # authorised by the provider's signature
@require_POST
def booking_call_view(
    request: HttpRequest, shop_key: str, provider: str, booking_id: str
) -> HttpResponse:
    """POST /s/<shop key>/couriers/<provider>/bookings/<booking id>."""
    return _heard(request, shop_key, provider, booking_id, hear_booking_call)


@csrf_exempt
@require_POST
def parcel_call_view(
    request: HttpRequest, shop_key: str, provider: str, parcel_id: str
) -> HttpResponse:
    """POST /s/<shop key>/couriers/<provider>/parcels/<parcel id>."""
    return _heard(request, shop_key, provider, parcel_id, hear_parcel_call)


def _heard(request: HttpRequest, shop_key: str, provider: str, id: str, hear: Hear) -> HttpResponse:
    """The provider's own words as soon as the call is kept, which is all that is done."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    if shop is None:
        log.warning("courier.call_refused", shop="", reason=CallFault.UNKNOWN)
        return _text("unknown shop", 404)
    try:
        content_type, words = hear(shop, provider, id, _body(request))
    except CallRefused as no:
        log.warning("courier.call_refused", shop=shop.key, reason=no.reason)
        return _text("refused", STATUSES[no.reason])
    return HttpResponse(words, content_type=content_type)


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > LARGEST_BODY:
        raise CallRefused(CallFault.TOO_LARGE)
    try:
        return request.body
    except RequestDataTooBig:
        raise CallRefused(CallFault.TOO_LARGE) from None


def _text(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

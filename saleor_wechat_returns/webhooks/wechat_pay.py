"""Notices of WeChat Pay: of refunds and of payments, each at an address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import clock
from ..models import Shop
from ..usecases.wechat_notices import hear_payment_notice, hear_refund_notice
from ..wechat.notify import LARGEST_BODY, NotificationRefused
from ..wechat.signing import SignatureFault

log = structlog.get_logger(__name__)


class Hear(Protocol):
    """Believes and keeps a notice, or raises NotificationRefused."""

    def __call__(
        self, shop: Shop, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None: ...


@csrf_exempt  # authorised by WeChat Pay's signature
@require_POST
def refund_notice_view(request: HttpRequest, shop_key: str) -> JsonResponse:
    """POST /s/<shop key>/wechat-pay/refund/."""
    return _heard(request, shop_key, hear_refund_notice)


@csrf_exempt
@require_POST
def payment_notice_view(request: HttpRequest, shop_key: str) -> JsonResponse:
    """POST /s/<shop key>/wechat-pay/payment/."""
    return _heard(request, shop_key, hear_payment_notice)


def _heard(request: HttpRequest, shop_key: str, hear: Hear) -> JsonResponse:
    """200 as soon as the notice is kept; anything else, and WeChat Pay repeats for a day."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    if shop is None:
        return _fail("unknown shop", 404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return _fail("too large", 413)
    try:
        hear(shop, request.headers, request.body, now=clock.now())
    except NotificationRefused as no:
        # WeChat Pay's own probes carry wrong signatures on purpose: no alarm.
        if no.reason is not SignatureFault.PROBE:
            log.warning("wechat_pay.notice_refused", shop=shop.key, reason=no.reason)
        return _fail("refused", 401)
    return JsonResponse({"code": "SUCCESS", "message": "成功"})


def _fail(message: str, status: int) -> JsonResponse:
    return JsonResponse({"code": "FAIL", "message": message}, status=status)

"""WeChat's message push: its check of our address, and what it tells of a mini-program."""

from __future__ import annotations

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .. import clock
from ..models import Shop
from ..usecases.wechat_pushes import echo, hear_push
from ..wechat.push import LARGEST_BODY, PushFault, PushRefused

log = structlog.get_logger(__name__)

# What WeChat wants to read; anything else, and it repeats.
TAKEN = "success"


@csrf_exempt  # authorised by WeChat's signature
@require_http_methods(["GET", "POST"])
def message_push_view(request: HttpRequest, shop_key: str) -> HttpResponse:
    """/s/<shop key>/wechat-push/: 200 as soon as the message is kept, which is all that is done."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    if shop is None:
        return _text("unknown shop", 404)
    query = request.GET.dict()
    try:
        if request.method == "GET":
            return _text(echo(shop, query, now=clock.now()), 200)
        hear_push(shop, query, _body(request), now=clock.now())
    except PushRefused as no:
        log.warning("wechat_push.refused", shop=shop.key, reason=no.reason)
        return _text("refused", 413 if no.reason is PushFault.TOO_LARGE else 403)
    return _text(TAKEN, 200)


def _body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise PushRefused(PushFault.TOO_LARGE)
    try:
        return request.body
    except RequestDataTooBig:
        raise PushRefused(PushFault.TOO_LARGE) from None


def _text(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

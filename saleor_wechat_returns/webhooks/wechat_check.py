"""The picture that WeChat looks at: GET /s/<shop key>/wechat-check/<token>/."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock, vault
from ..domain.errors import ProviderUnavailable
from ..models import SafetyCheck, Shop
from ..usecases.checker_links import check_behind

log = structlog.get_logger(__name__)


@require_safe
def checked_picture_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """The JPEG; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    check = check_behind(shop, token, now=clock.now()) if shop is not None else None
    if check is None:
        return _guarded(HttpResponse(status=404))
    try:
        return _guarded(_stream(request, check))
    except ProviderUnavailable as trouble:
        log.warning("safety.picture_unreadable", why=str(trouble))
        return _guarded(HttpResponse(status=503))


def _stream(request: HttpRequest, check: SafetyCheck) -> HttpResponseBase:
    size = check.media_size
    is_read = request.method == "GET"
    chunks = vault.read(check.media_key, first=0, length=size) if is_read else ()
    answer = StreamingHttpResponse(chunks, content_type="image/jpeg")
    answer["Content-Length"] = str(size)
    return answer


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

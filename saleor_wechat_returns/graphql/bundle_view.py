"""GET /s/<shop key>/bundles/<token>: one evidence bundle, streamed."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock, vault
from ..domain.errors import ProviderUnavailable
from ..models import Shop
from ..usecases.bundles import BundleFile, open_bundle_link

log = structlog.get_logger(__name__)


@require_safe
def bundle_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """200; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    file = open_bundle_link(shop, token, now=clock.now()) if shop is not None else None
    if file is None:
        return _guarded(HttpResponse(status=404))
    try:
        return _guarded(_stream(request, file))
    except ProviderUnavailable as trouble:
        log.warning("bundle.unreadable", why=str(trouble))
        return _guarded(HttpResponse(status=503))


def _stream(request: HttpRequest, file: BundleFile) -> HttpResponseBase:
    is_read = request.method == "GET"
    chunks = vault.read(file.key, first=0, length=file.size) if is_read else ()
    answer = StreamingHttpResponse(chunks, content_type="application/zip")
    answer["Content-Length"] = str(file.size)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

"""Stored files for whoever holds a link: streamed, and kept by nobody on the way.

Knows no rows but the shop's: what a link is good for is decided by whoever calls.
"""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from . import vault
from .domain.errors import ProviderUnavailable
from .models import Shop

log = structlog.get_logger(__name__)


def shop_of_link(shop_key: str) -> Shop | None:
    """Any text may stand in an address."""
    return Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None


def nothing(status: int) -> HttpResponseBase:
    """An answer without a file: 404 for whatever is no good link, without saying why."""
    return kept_by_nobody(HttpResponse(status=status))


def streamed(
    request: HttpRequest, key: str, content_type: str, *, length: int, first: int = 0
) -> HttpResponseBase:
    """`length` bytes of the file from byte `first` on, none for HEAD; 503: the storage is away."""
    try:
        is_read = request.method == "GET"
        chunks = vault.read(key, first=first, length=length) if is_read else ()
    except ProviderUnavailable as trouble:
        log.warning("file.unreadable", why=str(trouble))
        return nothing(503)
    answer = StreamingHttpResponse(chunks, content_type=content_type)
    answer["Content-Length"] = str(length)
    return kept_by_nobody(answer)


def kept_by_nobody(answer: HttpResponseBase) -> HttpResponseBase:
    """Not by a proxy, a browser or the next page's log."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

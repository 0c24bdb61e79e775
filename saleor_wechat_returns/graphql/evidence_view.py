"""GET /s/<shop key>/evidence/<token>: one picture or video, whole or the part a player asks for."""

from __future__ import annotations

import re

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock, vault
from ..domain.errors import ProviderUnavailable
from ..models import Shop
from ..usecases.show_evidence import ShownFile, open_link

log = structlog.get_logger(__name__)


@require_safe
def evidence_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """200 or 206; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    file = open_link(shop, token, now=clock.now()) if shop is not None else None
    if file is None:
        return _guarded(HttpResponse(status=404))
    part = _part_of(request.headers.get("Range", ""), file.size)
    if part is None:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{file.size}"
        return _guarded(answer)
    try:
        return _guarded(_stream(request, file, *part))
    except ProviderUnavailable as trouble:
        log.warning("evidence.unreadable", why=str(trouble))
        return _guarded(HttpResponse(status=503))


def _stream(request: HttpRequest, file: ShownFile, first: int, length: int) -> HttpResponseBase:
    is_part = length < file.size
    chunks = vault.read(file.key, first=first, length=length) if request.method == "GET" else ()
    answer = StreamingHttpResponse(
        chunks, content_type=file.content_type, status=206 if is_part else 200
    )
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    if is_part:
        answer["Content-Range"] = f"bytes {first}-{first + length - 1}/{file.size}"
    return answer


def _part_of(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and length of what is asked for; None if there is none of it.

    Several parts, or what cannot be read, is answered whole, as RFC 9110 section 14.2 allows.
    """
    one = re.fullmatch(r"bytes=(\d{0,19})-(\d{0,19})", asked.strip())
    if one is None or not (one[1] or one[2]):
        return 0, size
    if not one[1]:
        length = min(int(one[2]), size)
        return (size - length, length) if length else None
    first = int(one[1])
    last = min(int(one[2]), size - 1) if one[2] else size - 1
    if one[2] and int(one[2]) < first:
        return 0, size
    return (first, last - first + 1) if first < size else None


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    """It is shown and nothing else: not run, not kept, not framed."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

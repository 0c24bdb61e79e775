"""GET /s/<shop key>/evidence/<token>: one picture or video, whole or the part a player asks for."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock
from ..private_files import nothing, shop_of_link, streamed
from ..usecases.show_evidence import ShownFile, open_link


@require_safe
def evidence_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """200 or 206; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = shop_of_link(shop_key)
    file = open_link(shop, token, now=clock.now()) if shop is not None else None
    return _only_shown(nothing(404) if file is None else _asked_for(request, file))


def _asked_for(request: HttpRequest, file: ShownFile) -> HttpResponseBase:
    part = _part_of(request.headers.get("Range", ""), file.size)
    if part is None:
        answer = nothing(416)
        answer["Content-Range"] = f"bytes */{file.size}"
        return answer
    first, length = part
    answer = streamed(request, file.key, file.content_type, first=first, length=length)
    if answer.status_code == 200:
        answer["Accept-Ranges"] = "bytes"
        if length < file.size:
            answer.status_code = 206
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


def _only_shown(answer: HttpResponseBase) -> HttpResponseBase:
    """Not run, not framed."""
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer

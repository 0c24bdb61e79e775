"""The picture that WeChat looks at: GET /s/<shop key>/wechat-check/<token>/."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock
from ..private_files import nothing, shop_of_link, streamed
from ..usecases.checker_links import check_behind


@require_safe
def checked_picture_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """The JPEG; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = shop_of_link(shop_key)
    check = check_behind(shop, token, now=clock.now()) if shop is not None else None
    if check is None:
        return nothing(404)
    return streamed(request, check.media_key, "image/jpeg", length=check.media_size)

"""GET /s/<shop key>/bundles/<token>: one evidence bundle, streamed."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import clock
from ..private_files import nothing, shop_of_link, streamed
from ..usecases.bundles import open_bundle_link


@require_safe
def bundle_view(request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """200; 404 for whatever is no good link now, without saying why; 503: storage away."""
    shop = shop_of_link(shop_key)
    file = open_bundle_link(shop, token, now=clock.now()) if shop is not None else None
    if file is None:
        return nothing(404)
    answer = streamed(request, file.key, "application/zip", length=file.size)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer

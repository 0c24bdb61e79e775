"""GET /s/<shop key>/slips/<token>: the slip of one return, to print or to show."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from .. import clock
from ..private_files import kept_by_nobody, nothing, shop_of_link
from ..usecases.slips import open_slip

# The picture of the number is part of the page, and nothing runs.
ALLOWED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@require_safe
def slip_view(_request: HttpRequest, shop_key: str, token: str) -> HttpResponseBase:
    """200; 404 for whatever is no good link now, without saying why."""
    shop = shop_of_link(shop_key)
    slip = open_slip(shop, token, now=clock.now()) if shop is not None else None
    if slip is None:
        return nothing(404)
    answer = HttpResponse(render_to_string("slip/slip.html", {"it": slip}))
    answer["Content-Security-Policy"] = ALLOWED
    return kept_by_nobody(answer)

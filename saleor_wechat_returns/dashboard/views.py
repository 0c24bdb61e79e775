"""Shells, their content, and the two files they load.

A shell holds nothing of a shop. Its script asks for the content with the Dashboard's token, which
is checked on every request. Frames of other sites are refused by CSP, not by X-Frame-Options.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

from ..domain.errors import ProviderError
from ..domain.money import Fen, yuan_of_fen
from ..models import ReturnRequest
from ..usecases.access import Viewer, identify_in_dashboard
from ..usecases.viewing import Filter, list_returns
from .words import words_of

log = structlog.get_logger(__name__)

STATIC = {"bridge.js": "text/javascript", "app.css": "text/css"}
ROWS = 50


@require_GET
def list_shell(request: HttpRequest) -> HttpResponse:
    """The list of returns, as a page of the Dashboard."""
    return _shell(request, "/dashboard/content/returns/")


@require_GET
def order_shell(request: HttpRequest) -> HttpResponse:
    """The returns of one order, as a widget or a popup on the order page."""
    return _shell(request, "/dashboard/content/order/")


@require_GET
def list_content(request: HttpRequest) -> HttpResponse:
    return _content(request, Filter())


@require_GET
def order_content(request: HttpRequest) -> HttpResponse:
    """`orderId` is the Dashboard's own parameter; a missing one shows nothing."""
    order_id = request.GET.get("orderId", "")
    if not order_id:
        raise Http404
    return _content(request, Filter(order_id=order_id))


@require_GET
def static_file(_request: HttpRequest, name: str) -> HttpResponse:
    if name not in STATIC:
        raise Http404
    content = (files(__package__) / "static" / name).read_bytes()
    response = HttpResponse(content, content_type=f"{STATIC[name]}; charset=utf-8")
    patch_cache_control(response, public=True, max_age=300)
    return response


def _shell(request: HttpRequest, content: str) -> HttpResponse:
    response = render(request, "dashboard/shell.html", {"content": content})
    return _framed(response)


def _content(request: HttpRequest, wanted: Filter) -> HttpResponse:
    words = words_of(request.GET.get("locale", ""))
    try:
        viewer = _staff(request)
    except ProviderError as trouble:
        log.warning("dashboard.keys_unreachable", error=str(trouble))
        return _message(request, words["unavailable"], 503)
    if viewer is None:
        return _message(request, words["not_allowed"], 401)
    rows, more = list_returns(viewer, wanted, first=ROWS, after=None)
    page = {"rows": [_row(row, words) for row in rows], "more": more, "words": words}
    return _framed(render(request, "dashboard/returns.html", page))


def _staff(request: HttpRequest) -> Viewer | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return identify_in_dashboard(token.strip())


def _row(request: ReturnRequest, words: dict[str, str]) -> dict[str, Any]:
    # Not by a template filter, which would turn it into the server's zone.
    created = request.created_at.astimezone(request.shop.zone)
    return {
        "number": request.number,
        "date": f"{created:%Y-%m-%d}",
        "time": f"{created:%H:%M}",
        "order_number": request.order.number,
        "pieces": [
            f"{part.line} × {part.quantity + (part.refused_quantity or 0)}"
            for part in sorted(request.lines.all(), key=lambda part: part.line_id)
        ],
        "status": request.status,
        "status_label": words[f"status.{request.status}"],
        "amount": yuan_of_fen(Fen(request.promised_fen)),
        "tasks": [task.kind for task in request.tasks.all() if task.closed_at is None],
    }


def _message(request: HttpRequest, text: str, status: int) -> HttpResponse:
    return _framed(render(request, "dashboard/message.html", {"text": text}, status=status))


def _framed(response: HttpResponse) -> HttpResponse:
    """Only Dashboards may frame us, and nothing but our two files runs."""
    ancestors = " ".join(settings.DASHBOARD_ORIGINS)
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        f" base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
    response["Cache-Control"] = "no-store"
    return response

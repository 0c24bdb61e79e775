"""GraphiQL: a page to try the API by hand, served from the package; nothing comes from elsewhere.

The page holds nothing of a shop: whoever asks puts a token into it.
"""

from __future__ import annotations

import secrets
from importlib.resources import files
from string import Template

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

FOLDER = files(__package__) / "static" / "graphiql"
STATIC = {
    "react.production.min.js": "text/javascript",
    "react-dom.production.min.js": "text/javascript",
    "graphiql.min.js": "text/javascript",
    "graphiql.min.css": "text/css",
    "page.js": "text/javascript",
    "page.css": "text/css",
}


def is_wanted(request: HttpRequest) -> bool:
    """Does a browser, not a client, come by?"""
    accepts = request.headers.get("Accept", "")
    return bool(settings.GRAPHIQL) and request.method == "GET" and "text/html" in accepts


def page() -> HttpResponse:
    """Runs its own files only. Dialogs bring styles of their own, by the nonce of this answer."""
    nonce = secrets.token_urlsafe(16)
    content = Template((FOLDER / "index.html").read_text("utf-8")).substitute(nonce=nonce)
    response = HttpResponse(content)
    response["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}';"
        " connect-src 'self'; font-src data:; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    return response


@require_GET
def static_file(_request: HttpRequest, name: str) -> HttpResponse:
    """One of the files the page names, and no other; none where the page is off."""
    if not settings.GRAPHIQL or name not in STATIC:
        raise Http404
    response = HttpResponse(
        (FOLDER / name).read_bytes(), content_type=f"{STATIC[name]}; charset=utf-8"
    )
    patch_cache_control(response, public=True, max_age=300)
    return response

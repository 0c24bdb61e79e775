"""The manifest Saleor reads once, the registration it then makes, and our sign in its Dashboard.

Source: Saleor 3.21-3.23 as measured, 2026-11: the manifest cannot vary by shop; addresses are
built from PUBLIC_URL, since Saleor's client drops the port from the Host header. One word that a
version does not know fails the whole installation.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from .. import __version__
from ..saleor.subscriptions import SUBSCRIPTIONS, Subscription, webhook_input
from ..usecases.install import IDENTIFIER, PERMISSIONS, InstallRefused, Registration, register

LARGEST_BODY = 4096
OLDEST = (3, 21)


@require_GET
def manifest_view(request: HttpRequest) -> JsonResponse:
    """Saleor says its version, and nothing that names the shop."""
    return JsonResponse(_manifest(_version(request.headers.get("Saleor-Schema-Version", ""))))


@csrf_exempt  # Saleor's server calls; nothing here is authorised by a cookie
@require_POST
def register_view(request: HttpRequest) -> JsonResponse:
    """Saleor shows `error.message` to the merchant when the answer is not 2xx."""
    try:
        shop = register(_registration(request))
    except InstallRefused as no:
        return JsonResponse({"error": {"code": no.fault.name, "message": no.fault}}, status=400)
    return JsonResponse({"ok": True, "shopKey": shop.key})


def _registration(request: HttpRequest) -> Registration:
    body: Any = None
    if int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST_BODY:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
    token = body.get("auth_token") if isinstance(body, dict) else None
    return Registration(
        api_url=request.headers.get("Saleor-Api-Url", ""),
        token=token if isinstance(token, str) else "",
        schema_version=request.headers.get("Saleor-Schema-Version", ""),
    )


@require_GET
def logo_view(_request: HttpRequest) -> HttpResponse:
    """Square and 256 px, as Saleor asks; anything else and it shows a placeholder, silently."""
    logo = (files(__package__) / "logo.png").read_bytes()
    response = HttpResponse(logo, content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _version(text: str) -> tuple[int, int]:
    """(3, 22) of "3.22"; what cannot be read counts as the oldest, which takes least."""
    found = re.match(r"([0-9]{1,4})\.([0-9]{1,4})(?![0-9])", text)
    return (int(found[1]), int(found[2])) if found else OLDEST


def _extensions(version: tuple[int, int]) -> list[dict[str, Any]]:
    """Where our pages hang in the Dashboard: 3.21 takes no widget, 3.23 gives extensions names.

    One widget per page: frames of one app on one page hear each other's messages.
    """
    found: list[dict[str, Any]] = [
        {
            "label": "售后 Returns",
            "mount": "NAVIGATION_ORDERS",
            "target": "APP_PAGE",
            "url": "/dashboard/returns/",
            "permissions": ["MANAGE_ORDERS"],
            "identifier": "returns",
        },
        {
            "label": "此订单的售后 Returns of this order",
            "mount": "ORDER_DETAILS_MORE_ACTIONS",
            "target": "POPUP",
            "url": "/dashboard/order/",
            "permissions": ["MANAGE_ORDERS"],
            "identifier": "order-popup",
        },
    ]
    if version >= (3, 22):
        found.append(
            {
                "label": "售后 Returns",
                "mount": "ORDER_DETAILS_WIDGETS",
                "target": "WIDGET",
                "url": "/dashboard/order/",
                "permissions": ["MANAGE_ORDERS"],
                "identifier": "order-widget",
                "options": {"widgetTarget": {"method": "GET"}},
            }
        )
    if version < (3, 23):
        found = [{k: v for k, v in entry.items() if k != "identifier"} for entry in found]
    return found


def _webhook(entry: Subscription) -> dict[str, Any]:
    wanted = webhook_input(entry, settings.PUBLIC_URL)
    return {name: value for name, value in wanted.items() if value}


def _manifest(version: tuple[int, int]) -> dict[str, Any]:
    url = settings.PUBLIC_URL
    return {
        "id": IDENTIFIER,
        "version": __version__,
        "name": "微信售后 WeChat Returns",
        "about": "小程序售后:申请、审核、寄回、验货、微信原路退款。 "
        "Returns and WeChat Pay refunds for shops in WeChat mini-programs.",
        "author": "saleor_wechat_returns",
        "permissions": list(PERMISSIONS),
        # A bare origin: each kind of extension joins it with its path in another way.
        "appUrl": url,
        "tokenTargetUrl": f"{url}/saleor/register/",
        "requiredSaleorVersion": ">=3.21 <4",
        "brand": {"logo": {"default": f"{url}/saleor/logo.png"}},
        # No `audience`: a token already names our App id, which is this shop's and ours alone,
        # while an audience would be known to shops that were installed after it was added only.
        "webhooks": [_webhook(entry) for entry in SUBSCRIPTIONS],
        "extensions": _extensions(version),
    }

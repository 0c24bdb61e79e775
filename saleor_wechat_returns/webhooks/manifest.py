"""The manifest Saleor reads once, and the registration it then makes.

Source: Saleor 3.21-3.23 as measured, 2026-11: the manifest cannot vary by shop; addresses are
built from PUBLIC_URL, since Saleor's client drops the port from the Host header.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
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


def _version(text: str) -> tuple[int, ...]:
    """(3, 22) of "3.22"; what cannot be read counts as the oldest we support."""
    parts = text.split(".")[:2]
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else OLDEST


def _extensions(version: tuple[int, ...]) -> list[dict[str, Any]]:
    """Where our pages hang in the Dashboard. 3.21 refuses the whole install for a widget.

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
    return found


def _webhook(entry: Subscription) -> dict[str, Any]:
    wanted = webhook_input(entry, settings.PUBLIC_URL)
    return {name: value for name, value in wanted.items() if value}


def _manifest(version: tuple[int, ...]) -> dict[str, Any]:
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
        "webhooks": [_webhook(entry) for entry in SUBSCRIPTIONS],
        "extensions": _extensions(version),
    }

"""Installing into a Saleor: it hands us a token, and we believe only what the token can do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock, outbox, outgoing
from ..domain.errors import ProviderError
from ..models import Shop, ShopApp
from ..saleor.client import Saleor
from ..secretbox import seal
from .texts import is_global_id

log = structlog.get_logger(__name__)

IDENTIFIER = "saleor-wechat-returns"
PERMISSIONS = ("MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_PRODUCTS", "MANAGE_CHECKOUTS")
LONGEST_API_URL = 500
LONGEST_TOKEN = 256
PROOF_SECONDS = 4.0
# Where a token may travel in clear: not beyond this machine.
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
# Scheme, host, port, path: what an HTTP client takes without complaint.
API_URL = re.compile(
    r"https?://[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*(:(?P<port>[0-9]{1,5}))?/[0-9A-Za-z/._~-]*"
)
LARGEST_PORT = 65535


class InstallFault(StrEnum):
    """Why an installation is turned away; shown to the merchant by the Dashboard."""

    MALFORMED = "The registration is malformed."
    NOT_ALLOWED = "This Saleor is not on the allow list of the returns app."
    UNPROVEN = "The returns app could not prove the token at this Saleor's API."
    FOREIGN = "The token belongs to another app."


class InstallRefused(Exception):
    def __init__(self, fault: InstallFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Registration:
    api_url: str
    token: str
    schema_version: str


def register(asked: Registration) -> Shop:
    """Take a token for a shop. Reinstalling keeps the shop, its rows and its former App ids.

    The call is unsigned and anybody can make it, so the API URL is asked back with the token.
    Raises InstallRefused.
    """
    _check(asked)
    app_id = _prove(asked)
    sealed, key_id = seal(asked.token)
    with transaction.atomic():
        shop, _ = Shop.objects.select_for_update().get_or_create(api_url=asked.api_url)
        shop.schema_version = asked.schema_version[:20]
        # The manifest brought them, but to another App row, and perhaps from another version of us.
        shop.webhooks_digest = ""
        shop.save(update_fields=["schema_version", "webhooks_digest"])
        ShopApp.objects.filter(shop=shop).update(is_current=False)
        ShopApp.objects.update_or_create(
            shop=shop,
            app_id=app_id,
            defaults={
                "identifier": IDENTIFIER,
                "token_sealed": sealed,
                "token_key_id": key_id,
                "is_current": True,
                "refused_at": None,
            },
        )
        outbox.resume(shop, now=clock.now())
    log.info("shop.installed", shop=shop.key, app=app_id)
    return shop


def _check(asked: Registration) -> None:
    url = API_URL.fullmatch(asked.api_url)
    if not (
        url
        and _is_private(asked.api_url)
        and int(url["port"] or 0) <= LARGEST_PORT
        and len(asked.api_url) <= LONGEST_API_URL
        and asked.token.isascii()
        and asked.token.isprintable()
        and 1 <= len(asked.token) <= LONGEST_TOKEN
    ):
        raise InstallRefused(InstallFault.MALFORMED)
    allowed = settings.ALLOWED_SALEOR_API_URLS
    if allowed and asked.api_url not in allowed:
        raise InstallRefused(InstallFault.NOT_ALLOWED)


def _is_private(api_url: str) -> bool:
    """The token that we send there gives power over orders and payments."""
    parts = urlsplit(api_url)
    return settings.DEBUG or parts.scheme == "https" or parts.hostname in LOOPBACK


def _prove(asked: Registration) -> str:
    saleor = Saleor(asked.api_url, asked.token, outgoing.client())
    try:
        app: Any = saleor.read("OwnApp", seconds=PROOF_SECONDS).get("app")
    # Whoever answers there may be anything but a Saleor, and its answer any JSON.
    except (ProviderError, LookupError, TypeError, AttributeError, RecursionError) as trouble:
        log.warning("shop.unproven", error=str(trouble))
        raise InstallRefused(InstallFault.UNPROVEN) from trouble
    if not isinstance(app, dict) or app.get("identifier") != IDENTIFIER:
        raise InstallRefused(InstallFault.FOREIGN)
    app_id = app.get("id")
    if not isinstance(app_id, str) or not is_global_id(app_id):
        raise InstallRefused(InstallFault.UNPROVEN)
    return app_id

"""Installing into a Saleor: it hands us a token, and we believe only what the token can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction

from .. import outgoing
from ..domain.errors import ProviderError
from ..models import Shop, ShopApp
from ..saleor.client import Saleor
from ..secretbox import seal

log = structlog.get_logger(__name__)

IDENTIFIER = "saleor-wechat-returns"
PERMISSIONS = ("MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_PRODUCTS", "MANAGE_CHECKOUTS")
LONGEST_API_URL = 500
LONGEST_TOKEN = 256


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
        shop.save(update_fields=["schema_version"])
        ShopApp.objects.filter(shop=shop).update(is_current=False)
        ShopApp.objects.update_or_create(
            shop=shop,
            app_id=app_id,
            defaults={
                "identifier": IDENTIFIER,
                "token_sealed": sealed,
                "token_key_id": key_id,
                "is_current": True,
            },
        )
    log.info("shop.installed", shop=shop.key, app=app_id)
    return shop


def _check(asked: Registration) -> None:
    if not (
        asked.api_url.startswith(("https://", "http://"))
        and len(asked.api_url) <= LONGEST_API_URL
        and asked.token.isascii()
        and asked.token.isprintable()
        and 1 <= len(asked.token) <= LONGEST_TOKEN
    ):
        raise InstallRefused(InstallFault.MALFORMED)
    allowed = settings.ALLOWED_SALEOR_API_URLS
    if allowed and asked.api_url not in allowed:
        raise InstallRefused(InstallFault.NOT_ALLOWED)


def _prove(asked: Registration) -> str:
    saleor = Saleor(asked.api_url, asked.token, outgoing.client())
    try:
        app = saleor.read("OwnApp")["app"]
    except ProviderError as trouble:
        log.warning("shop.unproven", error=str(trouble))
        raise InstallRefused(InstallFault.UNPROVEN) from trouble
    if not app or app["identifier"] != IDENTIFIER:
        raise InstallRefused(InstallFault.FOREIGN)
    return str(app["id"])

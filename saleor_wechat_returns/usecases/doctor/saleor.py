"""A shop's Saleor: does it know us, may we do what we must, and is it set up for it?

Only reads, also while the shop is paused, and leaves every row as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from ... import outgoing
from ...domain.errors import ProviderError, ProviderRejected, ProviderUnavailable, Rejection
from ...models import Shop, ShopApp, WechatMerchant, WechatMiniProgram
from ...saleor.client import Saleor
from ...saleor.shop_settings import AppThere, ChannelThere, Malformed, read_app, read_channels
from ...saleor.tokens import fetch_keys
from ...secretbox import UnreadableSecretError, open_sealed
from ..install import PERMISSIONS
from ..settle_payment import TIME_TO_PAY
from ..shops import merchant_for
from ..webhook_migration import pending
from ..wechat_programs import program_for
from .clocks import compare_clock
from .findings import Code, Finding
from .stock import warehouses

SECONDS = 5.0
TRIED_VERSIONS = ("3.21", "3.22", "3.23", "3.24")
MINUTES_TO_PAY = int(TIME_TO_PAY.total_seconds() // 60)


def look_at_saleor(shop: Shop) -> Iterator[Finding]:
    """Everything its API tells; what depends on a failed question is left out."""
    app = ShopApp.objects.get(shop=shop, is_current=True)
    try:
        token = open_sealed(bytes(app.token_sealed), app.token_key_id)
    except UnreadableSecretError as no:
        yield Finding(Code.APP_TOKEN_UNREADABLE, shop.api_url, facts={"why": str(no)})
        return
    saleor = Saleor(shop.api_url, token, outgoing.client())
    try:
        there = read_app(saleor.read("OwnApp", seconds=SECONDS))
    except (ProviderError, Malformed) as trouble:
        yield _unanswered(app, trouble)
        return
    if there is None or not there.is_active:
        yield _refused(app, "deactivated" if there else "nobody's token")
        return
    yield from _app(app, there)
    yield from _webhooks(shop, saleor)
    yield from channels(shop, saleor)
    yield from warehouses(shop, saleor)


def look_at_door(shop: Shop) -> Iterator[Finding]:
    """What anybody may read there: its public keys, and what time it is."""
    try:
        fetch_keys(shop.api_url, outgoing.client())
    except ProviderUnavailable:
        yield Finding(Code.KEYS_UNREADABLE, shop.api_url)
    else:
        yield Finding(Code.KEYS, shop.api_url)
    keys_url = urljoin(shop.api_url, "/.well-known/jwks.json")
    yield from compare_clock(keys_url, "Saleor", shop=shop.api_url)


def channels(shop: Shop, saleor: Saleor) -> Iterator[Finding]:
    """Settings of the channels that we serve; also asked once after an installation."""
    try:
        there = read_channels(saleor.read("ShopSettings", seconds=SECONDS))
    except (ProviderError, Malformed) as trouble:
        yield _unread(shop, "channels", trouble)
        return
    served = [it for it in there if it.is_active and it.currency == "CNY"]
    if not served:
        yield Finding(Code.NO_CNY_CHANNEL, shop.api_url)
        return
    slugs = ", ".join(it.slug for it in served)
    yield Finding(Code.CHANNELS, shop.api_url, facts={"slugs": slugs})
    for channel in served:
        yield from _channel(shop, channel)


def _app(app: ShopApp, there: AppThere) -> Iterator[Finding]:
    url, facts = app.shop.api_url, {"version": there.version}
    yield Finding(Code.APP, url, facts=facts)
    if app.refused_at is not None:
        yield Finding(Code.APP_BACK, url)
    if there.version not in TRIED_VERSIONS:
        yield Finding(Code.SALEOR_VERSION_UNTRIED, url, facts=facts)
    missing = sorted(set(PERMISSIONS) - there.permissions)
    if missing:
        yield Finding(Code.PERMISSIONS_MISSING, url, facts={"names": ", ".join(missing)})
    else:
        yield Finding(Code.PERMISSIONS, url)


def _webhooks(shop: Shop, saleor: Saleor) -> Iterator[Finding]:
    try:
        names = pending(saleor)
    except (ProviderError, LookupError, TypeError, AttributeError) as trouble:
        yield _unread(shop, "webhooks", trouble)
        return
    if names:
        yield Finding(Code.WEBHOOKS_DIFFER, shop.api_url, facts={"names": ", ".join(names)})
    else:
        yield Finding(Code.WEBHOOKS, shop.api_url)


def _channel(shop: Shop, channel: ChannelThere) -> Iterator[Finding]:
    def found(code: Code, **facts: object) -> Finding:
        return Finding(code, shop.api_url, channel.slug, facts)

    if not channel.completes_checkouts:
        yield found(Code.AUTO_COMPLETE_OFF)
    if channel.flow != "CHARGE":
        yield found(Code.FLOW_NOT_CHARGE, flow=channel.flow)
    if channel.releases_funds:
        yield found(Code.FUNDS_RELEASED, hours=channel.releases_funds_after)
    minutes = channel.expires_orders_after
    if minutes and minutes < MINUTES_TO_PAY:
        yield found(Code.ORDERS_EXPIRE_EARLY, minutes=minutes, limit=MINUTES_TO_PAY)
    # A shop that has none at all is told so once.
    if _has(WechatMerchant, shop) and merchant_for(shop, channel.slug) is None:
        yield found(Code.MERCHANT_MISSING)
    if _has(WechatMiniProgram, shop) and program_for(shop, channel.slug) is None:
        yield found(Code.PROGRAM_MISSING)


def _has(model: type[WechatMerchant | WechatMiniProgram], shop: Shop) -> bool:
    return model._default_manager.filter(shop=shop).exists()


def _unanswered(app: ShopApp, trouble: Exception) -> Finding:
    if isinstance(trouble, ProviderRejected) and trouble.kind is Rejection.CONFIGURATION:
        return _refused(app, trouble.code)
    return Finding(Code.SALEOR_AWAY, app.shop.api_url, facts={"why": str(trouble)[:200]})


def _refused(app: ShopApp, why: str) -> Finding:
    since = f"{app.refused_at:%Y-%m-%d %H:%M} UTC" if app.refused_at else "–"
    return Finding(Code.APP_REFUSED, app.shop.api_url, facts={"since": since, "why": why})


def _unread(shop: Shop, what: str, trouble: Exception) -> Finding:
    known = isinstance(trouble, (ProviderError, Malformed))
    why = str(trouble)[:200] if known else "answer not understood"
    return Finding(Code.SALEOR_UNREAD, shop.api_url, facts={"what": what, "why": why})

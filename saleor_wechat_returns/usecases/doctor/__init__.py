"""What is in order and what is not, asked of everything this service leans on.

Only reads and asks: no row is written, nothing changes at Saleor or WeChat. One thing that is away
hides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import structlog
from django.db import Error

from ... import clock
from ...models import Shop
from ..shops import installed_shop
from . import couriers, saleor, service, stock, wechat, work
from .findings import Code, Finding, Level
from .words import level_of, words_of

__all__ = ["Code", "Finding", "Level", "examine", "level_of", "words_of"]

log = structlog.get_logger(__name__)

Check = Callable[[], Iterable[Finding]]


def examine(api_url: str = "") -> Iterator[Finding]:
    """Every finding, as soon as it is known; only one shop's if `api_url` names it.

    Raises ShopUnknown. No transaction may be open.
    """
    has_rows = True
    for finding in _tried("database", service.database):
        has_rows = has_rows and finding.code in (Code.DATABASE, Code.MIGRATIONS)
        yield finding
    shops: list[Shop] = []
    if has_rows:
        try:
            shops = _shops(api_url)
        except Error as away:
            has_rows = False
            yield _database_lost(away)
    yield from _tried("broker", service.broker)
    if has_rows:
        now = clock.now()
        yield from _tried("worker", lambda: work.worker(now))
        yield from _tried("outbox", lambda: work.outbox(now))
        yield from _tried("inbox", lambda: work.inbox(now))
        yield from _tried("deadlines", lambda: work.deadlines(now))
        yield from _tried("secrets", work.secrets)
    yield from _tried("settings", service.own_settings)
    yield from _tried("public_url", service.public_url)
    if has_rows and not shops:
        yield service.no_shop()
    for shop in shops:
        yield from _shop(shop)


def _shops(api_url: str) -> list[Shop]:
    return [installed_shop(api_url)] if api_url else list(Shop.objects.order_by("pk"))


def _shop(shop: Shop) -> Iterator[Finding]:
    now, url = clock.now(), shop.api_url
    yield from _tried("refunds", lambda: work.refunds(shop, now), url)
    yield from _tried("tasks", lambda: work.tasks(shop, now), url)
    yield from _tried("reconciliations", lambda: work.reconciliations(shop, now), url)
    yield from _tried("saleor", lambda: saleor.look_at_saleor(shop), url)
    yield from _tried("saleor_door", lambda: saleor.look_at_door(shop), url)
    yield from _tried("wechat", lambda: wechat.look_at_wechat(shop), url)
    yield from _tried("addresses", lambda: couriers.look_at_addresses(shop), url)
    yield from _tried("stock", lambda: stock.look_at_addresses_for_stock(shop), url)
    yield from _tried("couriers", lambda: couriers.look_at_couriers(shop), url)


def _tried(name: str, check: Check, shop: str = "") -> Iterator[Finding]:
    """A check that breaks must not hide what the others find."""
    try:
        yield from check()
    except Error as away:
        yield _database_lost(away, shop)
    except Exception as bug:
        log.exception("doctor.check_failed", check=name)
        facts = {"check": name, "why": type(bug).__name__}
        yield Finding(Code.CHECK_FAILED, shop, facts=facts)


def _database_lost(away: Error, shop: str = "") -> Finding:
    """It was there a moment ago."""
    return Finding(Code.DATABASE_AWAY, shop, facts={"why": service.first_line(away)})

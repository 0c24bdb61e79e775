"""Bringing a shop's webhooks to what this version needs, by the app's own token.

Saleor reads a manifest once. What each shop was last brought to is remembered as a digest, so that
looking again costs nothing. Every call may be repeated: refused, the others go on and the next
look tries again; away or answer lost, the next look reads first what is there.
Source: Saleor 3.23 as measured, 2026-11: an app may create its own webhooks; that it may update
and delete them is read in the schemas of 3.21 to 3.24.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings

from ..domain.errors import ProviderError, ProviderRejected, Rejection
from ..models import Shop
from ..saleor.client import Saleor
from ..saleor.subscriptions import SUBSCRIPTIONS, webhook_input
from .shops import saleor_of

log = structlog.get_logger(__name__)

Webhook = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done in one shop, and why it is not finished; blank if it is."""

    shop: Shop
    done: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(slots=True)
class _Difference:
    """What has to be written, so that the shop has exactly the wanted webhooks of ours."""

    missing: list[Webhook] = field(default_factory=list)
    changed: list[tuple[str, Webhook]] = field(default_factory=list)
    surplus: list[Webhook] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.surplus)

    def calls(self) -> list[tuple[str, dict[str, Any], Webhook]]:
        """Operation, variables and webhook of each; new ones first: no event falls between."""
        return [
            *(("CreateWebhook", {"input": webhook}, webhook) for webhook in self.missing),
            *(("UpdateWebhook", {"id": pk, "input": new}, new) for pk, new in self.changed),
            *(("DeleteWebhook", {"id": old["id"]}, old) for old in self.surplus),
        ]


def migrate_all() -> list[Migration]:
    """Migrate every shop that is not up to date. No transaction may be open."""
    behind = Shop.objects.exclude(webhooks_digest=_digest(_wanted())).order_by("pk")
    return [migrate(shop) for shop in behind]


def migrate(shop: Shop) -> Migration:
    """Write what differs, and believe only a second look that nothing does any more."""
    wanted = _wanted()
    done: list[str] = []
    try:
        saleor = saleor_of(shop)
        difference = _difference(saleor, wanted)
        if difference:
            refused = _write(saleor, difference, done)
            if refused:
                return _unfinished(shop, done, refused)
            # Somebody may have migrated at the same time: two of a kind go at the next look.
            if _difference(saleor, wanted):
                return _unfinished(shop, done, "Saleor shows others than it was told")
    except ProviderError as trouble:
        return _unfinished(shop, done, str(trouble))
    Shop.objects.filter(pk=shop.pk).update(webhooks_digest=_digest(wanted))
    log.info("webhooks.migrated", shop=shop.key, done=done)
    return Migration(shop, tuple(done))


def pending(saleor: Saleor) -> list[str]:
    """What migrating would write, as `CreateWebhook Order updated`. Raises ProviderError."""
    difference = _difference(saleor, _wanted())
    return [f"{operation} {webhook['name']}" for operation, _, webhook in difference.calls()]


def _unfinished(shop: Shop, done: Sequence[str], why: str) -> Migration:
    # Whoever migrated at the same time may have found all well before our last call.
    Shop.objects.filter(pk=shop.pk).update(webhooks_digest="")
    log.warning("webhooks.unfinished", shop=shop.key, done=done, why=why)
    return Migration(shop, tuple(done), why)


def _wanted() -> dict[str, Webhook]:
    return {it.name: webhook_input(it, settings.PUBLIC_URL) for it in SUBSCRIPTIONS}


def _digest(wanted: Mapping[str, Webhook]) -> str:
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def _difference(saleor: Saleor, wanted: Mapping[str, Webhook]) -> _Difference:
    """A webhook is ours by its name, which survives a change of our address, or by its address."""
    difference = _Difference()
    seen: set[str] = set()
    app = saleor.read("OwnWebhooks")["app"] or {}
    for there in app.get("webhooks") or ():
        name = there["name"] or ""
        if name in wanted and name not in seen:
            seen.add(name)
            if _as_input(there) != _comparable(wanted[name]):
                difference.changed.append((there["id"], wanted[name]))
        elif there["targetUrl"].startswith(f"{settings.PUBLIC_URL}/"):
            difference.surplus.append(there)
    difference.missing = [webhook for name, webhook in wanted.items() if name not in seen]
    return difference


def _as_input(there: Webhook) -> Webhook:
    return _comparable(
        {
            "name": there["name"],
            "targetUrl": there["targetUrl"],
            "query": there["subscriptionQuery"] or "",
            "isActive": there["isActive"],
            "syncEvents": [event["eventType"] for event in there["syncEvents"]],
            "asyncEvents": [event["eventType"] for event in there["asyncEvents"]],
        }
    )


def _comparable(webhook: Webhook) -> Webhook:
    """White space means nothing in a query, nor order in a list of events."""
    return webhook | {
        "query": webhook["query"].split(),
        "syncEvents": sorted(webhook["syncEvents"]),
        "asyncEvents": sorted(webhook["asyncEvents"]),
    }


def _write(saleor: Saleor, difference: _Difference, done: list[str]) -> str:
    """What was refused; blank if nothing was."""
    refused = []
    for operation, variables, webhook in difference.calls():
        what = f"{operation} {webhook['name']}"
        try:
            saleor.change(operation, variables)
        except ProviderRejected as no:
            if no.kind is Rejection.CONFIGURATION:
                raise
            refused.append(f"{what}: {no}")
        else:
            done.append(what)
    return "; ".join(refused)

"""Every courier provider, and the adapter of one made for one shop's account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from ..domain.errors import ProviderRejected, Rejection
from . import kuaidi100, manual
from .base import Account, Courier

Make = Callable[[Account, httpx.Client, Callable[[], datetime], float | None], Courier]


@dataclass(frozen=True, slots=True)
class Provider:
    """`credentials`: what it gives a shop, by its own names; `settings`: where its servers are."""

    key: str
    zh: str
    en: str
    make: Make
    credentials: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    tracks: bool = False


PROVIDERS: Mapping[str, Provider] = {
    it.key: it
    for it in (
        Provider(
            "kuaidi100",
            "快递100",
            "Kuaidi100",
            kuaidi100.Kuaidi100,
            credentials=("key", "secret", "customer"),
            settings=("KUAIDI100_URL", "KUAIDI100_ORDER_URL"),
            tracks=True,
        ),
        Provider("manual", "人工安排取件", "Arranged by staff", manual.Manual),
    )
}


def courier_of(
    provider: str,
    account: Account,
    http: httpx.Client,
    now: Callable[[], datetime],
    *,
    seconds: float | None = None,
) -> Courier:
    """`seconds`: less patience than usual for each answer, where somebody waits.

    Raises ProviderRejected(CONFIGURATION): no such provider, or the account lacks something.
    """
    known = PROVIDERS.get(provider)
    if known is None:
        raise ProviderRejected(Rejection.CONFIGURATION, "PROVIDER_UNKNOWN", field="provider")
    for name in known.credentials:
        if not account.credentials.get(name):
            raise ProviderRejected(Rejection.CONFIGURATION, "CREDENTIAL_MISSING", field=name)
    return known.make(account, http, now, seconds)

"""A shop's return addresses, and its courier accounts: does the provider take them?

A shop without accounts needs none. Asks only who fetches in the middle of Beijing, which costs
nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...couriers.base import Place, Route
from ...domain.errors import ProviderError, ProviderRejected
from ...models import CourierAccount, Parcel, ReturnAddress, Shop
from ...secretbox import UnreadableSecretError
from ..couriers import courier_under, opened, parcel_url
from .findings import Code, Finding

SECONDS = 5.0
LONGEST_ADDRESS = 200  # bytes, at Kuaidi100
SOMEWHERE = Place("", "", "北京市", "北京市", "东城区", "东长安街")


def look_at_addresses(shop: Shop) -> Iterator[Finding]:
    """Where customers send goods to: returns are approved without, and then nobody knows."""
    in_use = ReturnAddress.objects.filter(shop=shop, archived_at=None).exists()
    yield Finding(Code.ADDRESSES if in_use else Code.ADDRESS_MISSING, shop.api_url)


def look_at_couriers(shop: Shop) -> Iterator[Finding]:
    """Every account, also one that is switched off: it may still have bookings in hand."""
    accounts = list(CourierAccount.objects.filter(shop=shop).order_by("id"))
    if not accounts:
        yield Finding(Code.COURIER_NONE, shop.api_url)
    for account in accounts:
        yield _account(shop, account)
        address = parcel_url(Parcel(shop=shop), account.provider)
        if len(address.encode()) > LONGEST_ADDRESS:
            facts = {"address": address, "most": LONGEST_ADDRESS}
            yield Finding(Code.COURIER_ADDRESS_LONG, shop.api_url, account.provider, facts)


def _account(shop: Shop, account: CourierAccount) -> Finding:
    def found(code: Code, **facts: object) -> Finding:
        return Finding(code, shop.api_url, account.provider, facts)

    try:
        opened(account)
        courier = courier_under(account, seconds=SECONDS)
    except (UnreadableSecretError, ProviderRejected) as no:
        return found(Code.COURIER_UNUSABLE, why=str(no)[:200])
    try:
        courier.serves(Route(SOMEWHERE, SOMEWHERE), account.couriers)
    except ProviderRejected as no:
        return found(Code.COURIER_REFUSED, why=str(no)[:200])
    except ProviderError as away:
        return found(Code.COURIER_AWAY, why=str(away)[:200])
    return found(Code.COURIER)

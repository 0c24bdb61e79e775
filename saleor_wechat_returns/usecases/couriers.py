"""A shop's way to courier providers: accounts opened here only, and what callbacks go by.

Adapters know no rows; this makes them of rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import structlog
from django.conf import settings

from .. import clock, outgoing
from ..couriers.base import USUAL_HOURS, Account, Courier
from ..couriers.hours import read_hours
from ..couriers.registry import PROVIDERS, courier_of
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..models import CourierAccount, Parcel, PickupBooking, Shop
from ..secretbox import UnreadableSecretError, blind_index, open_sealed

log = structlog.get_logger(__name__)


def accounts_of(shop: Shop) -> list[CourierAccount]:
    """Providers that may be asked to fetch parcels of this shop, oldest account first."""
    return list(CourierAccount.objects.filter(shop=shop, is_enabled=True).order_by("id"))


def courier_for(shop: Shop, provider: str, *, seconds: float | None = None) -> Courier:
    """The provider under the shop's account; also a disabled one, for what it still has in hand.

    `seconds`: less patience than usual for each answer, where somebody waits.
    Raises ProviderRejected(CONFIGURATION) where there is no account that could work, and
    ProviderUnavailable while its credentials cannot be opened: work waits for the key.
    """
    row = CourierAccount.objects.filter(shop=shop, provider=provider).select_related("shop").first()
    if row is None:
        raise ProviderRejected(Rejection.CONFIGURATION, "NO_ACCOUNT", field="provider")
    return courier_under(row, seconds=seconds)


def courier_under(account: CourierAccount, *, seconds: float | None = None) -> Courier:
    """As `courier_for`, of an account at hand."""
    try:
        credentials = opened(account)
    except UnreadableSecretError as why:
        log.error("courier_account.unreadable", shop=account.shop.key, why=str(why))
        raise ProviderUnavailable("the account's credentials cannot be opened") from why
    return courier_of(account.provider, credentials, outgoing.client(), clock.now, seconds=seconds)


def tracker_of(shop: Shop) -> Courier | None:
    """Who tells this shop where parcels are, whoever carries them; None: nobody."""
    for account in accounts_of(shop):
        if PROVIDERS[account.provider].tracks:
            return courier_under(account)
    return None


def opened(account: CourierAccount) -> Account:
    """Raises UnreadableSecretError."""
    sealed = open_sealed(account.credentials_sealed, account.sealed_key_id)
    known = PROVIDERS.get(account.provider)
    return Account(
        zone=account.shop.zone,
        credentials=json.loads(sealed),
        urls={name: getattr(settings, name) for name in known.settings} if known else {},
        hours=read_hours(account.hours) or USUAL_HOURS,
    )


def salt_of(row: PickupBooking | Parcel) -> str:
    """What callbacks about it are to be signed with.

    A booked parcel's tracking is ordered with its booking, so it has the booking's. A parcel
    without a booking has one that follows from its id: nothing to store, and nobody can guess it.
    """
    return next(salts_of(row))


def salts_of(row: PickupBooking | Parcel) -> Iterator[str]:
    """All that callbacks about it may be signed with.

    A parcel may have been followed before it turned out to be a booked one.
    """
    if isinstance(row, PickupBooking):
        yield open_sealed(row.salt_sealed, row.sealed_key_id)
        return
    for booking in PickupBooking.objects.filter(delivery__parcel=row).order_by("-id"):
        yield from salts_of(booking)
    yield blind_index(f"salt of parcel {row.pk}")[:32]


def booking_url(booking: PickupBooking) -> str:
    """Where its provider is to call about it."""
    return f"{_door(booking.shop, booking.provider)}/bookings/{booking.pk}"


def parcel_url(parcel: Parcel, provider: str) -> str:
    """Where the provider is to call about the parcel's tracking."""
    return f"{_door(parcel.shop, provider)}/parcels/{parcel.pk}"


def _door(shop: Shop, provider: str) -> str:
    return f"{settings.COURIER_CALLBACK_URL}/s/{shop.key}/couriers/{provider}"

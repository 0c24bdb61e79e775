"""A shop's accounts with courier providers: entered by staff or an operator, sealed in the row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import transaction

from ..couriers.carriers import carriers
from ..couriers.hours import read_hours
from ..couriers.registry import PROVIDERS
from ..domain.errors import ErrorCode, Fault, Refusal
from ..models import CourierAccount, Shop
from ..secretbox import seal
from .access import Viewer, need_settings
from .following import follow_earlier_ones, is_tracking
from .texts import fault_of_text

log = structlog.get_logger(__name__)

LONGEST_CREDENTIAL = 200
MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class WantedAccount:
    """As models.CourierAccount says. `credentials` None: those that are stored stay."""

    provider: str
    couriers: tuple[str, ...]
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    hours: tuple[str, ...] = ()
    is_enabled: bool = True


def set_account(staff: Viewer, wanted: WantedAccount, *, now: datetime) -> CourierAccount:
    """As `keep_account`, by staff who may change settings."""
    return keep_account(need_settings(staff).shop, wanted, now=now)


def list_accounts(staff: Viewer) -> list[CourierAccount]:
    """All, oldest first; for staff who may change settings."""
    return list(CourierAccount.objects.filter(shop=need_settings(staff).shop).order_by("id"))


def keep_account(shop: Shop, wanted: WantedAccount, *, now: datetime) -> CourierAccount:
    """Store or replace the shop's account at a provider. Calls nobody.

    What was booked under it goes on under the new credentials. Where it is the first that tells of
    parcels, those already on their way are followed from now on. Raises Refusal with every reason.
    """
    with transaction.atomic():
        rows = CourierAccount.objects.select_for_update()
        before = rows.filter(shop=shop, provider=wanted.provider).first()
        faults = tuple(_faults(wanted, is_new=before is None))
        if faults:
            raise Refusal(*faults)
        was_told = is_tracking(shop)
        row, _ = CourierAccount.objects.update_or_create(
            shop=shop, provider=wanted.provider, defaults=_columns(wanted, before)
        )
        if is_tracking(shop) and not was_told:
            follow_earlier_ones(shop, now=now)
    log.info("courier_account.kept", shop=shop.key, provider=row.provider, enabled=row.is_enabled)
    return row


def _columns(wanted: WantedAccount, before: CourierAccount | None) -> dict[str, object]:
    columns: dict[str, object] = {
        "couriers": list(wanted.couriers),
        "hours": list(wanted.hours),
        "is_enabled": wanted.is_enabled,
    }
    if wanted.credentials is not None or before is None:
        sealed, key_id = seal(json.dumps(dict(wanted.credentials or {})))
        columns |= {"credentials_sealed": sealed, "sealed_key_id": key_id}
    return columns


def _faults(wanted: WantedAccount, *, is_new: bool) -> Iterator[Fault]:
    provider = PROVIDERS.get(wanted.provider)
    if provider is None:
        yield Fault(ErrorCode.NOT_FOUND, "provider", f"One of {', '.join(PROVIDERS)}.")
        return
    if wanted.credentials is not None or is_new:
        yield from _faults_of_credentials(wanted.credentials or {}, provider.credentials)
    if not wanted.couriers:
        yield Fault(ErrorCode.REQUIRED, "couriers")
    for position, courier in enumerate(wanted.couriers):
        if courier not in carriers():
            yield Fault(ErrorCode.NOT_FOUND, f"couriers.{position}")
        elif courier in wanted.couriers[:position]:
            yield Fault(ErrorCode.MALFORMED, f"couriers.{position}", "Named twice.")
    if len(wanted.hours) > MOST_HOURS:
        yield Fault(ErrorCode.TOO_MANY, "hours")
        return
    for position, hours in enumerate(wanted.hours):
        try:
            read_hours([hours])
        except ValueError:
            yield Fault(ErrorCode.MALFORMED, f"hours.{position}", "As 09:00-11:00.")


def _faults_of_credentials(given: Mapping[str, str], needed: tuple[str, ...]) -> Iterator[Fault]:
    for name in needed:
        text = given.get(name, "")
        if not text:
            yield Fault(ErrorCode.REQUIRED, f"credentials.{name}")
        elif fault := fault_of_text(text, f"credentials.{name}", longest=LONGEST_CREDENTIAL):
            yield fault
        elif not text.isascii() or not text.isprintable() or " " in text:
            yield Fault(ErrorCode.MALFORMED, f"credentials.{name}")
    if given.keys() - set(needed):
        yield Fault(ErrorCode.MALFORMED, "credentials", f"Only {', '.join(needed) or 'none'}.")

"""What WeChat must be told of a payment's parcels: from Saleor's fulfilments, in WeChat's terms."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from ..couriers import carriers
from ..domain.phones import normal_phone
from ..saleor.shipments import ParcelFacts, ShipmentFacts
from ..secretbox import blind_index
from ..wechat.mini_shipping import (
    LONGEST_NUMBER,
    MOST_PARCELS,
    NEEDS_CONTACT,
    Logistics,
    ShippingInfo,
    ToldParcel,
)
from .parcel_rows import tidy_number

OPEN_DIGITS = 4
CHINA_MOBILE = 11


@dataclass(frozen=True, slots=True)
class Wanted:
    """`marks`: what stands in rows for each parcel."""

    info: ShippingInfo
    marks: frozenset[str]


class Untellable(Exception):
    """Nothing can be told of this parcel; the text says why, in English."""


def wanted_of(facts: ShipmentFacts) -> tuple[Wanted | None, str]:
    """What to tell, None for nothing; and why a parcel cannot be told of, blank if all can."""
    if facts.is_picked_up:
        return _without_courier(facts, Logistics.PICKED_UP), ""
    if not facts.needs_shipping:
        return _without_courier(facts, Logistics.VIRTUAL), ""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    why = ""
    for parcel in facts.parcels:
        try:
            # One number may stand on the fulfilments of several warehouses.
            found.setdefault(_numbered(parcel, facts.phone), []).extend(parcel.items)
        except Untellable as no:
            why = f"fulfillment {parcel.fulfillment_id}: {no}"
    if not found:
        return None, why
    told = dict(list(found.items())[:MOST_PARCELS])
    is_complete = facts.is_all_out and not why
    info = ShippingInfo(
        logistics=Logistics.COURIER,
        parcels=tuple(
            ToldParcel(_described(items), number, company, _contact(company, facts.phone))
            for (company, number), items in told.items()
        ),
        is_split=len(told) > 1 or not is_complete,
        is_complete=is_complete,
    )
    return Wanted(info, frozenset(blind_index(" ".join(parcel)) for parcel in told)), why


def _without_courier(facts: ShipmentFacts, logistics: Logistics) -> Wanted | None:
    """WeChat takes no part of such an order: it is told once all of it is done."""
    if not facts.parcels or not facts.is_all_out:
        return None
    items = [item for parcel in facts.parcels for item in parcel.items]
    info = ShippingInfo(
        logistics, (ToldParcel(_described(items)),), is_split=False, is_complete=True
    )
    return Wanted(info, frozenset([blind_index(logistics.name)]))


def _numbered(parcel: ParcelFacts, phone: str) -> tuple[str, str]:
    """WeChat's id of the carrier, and the number. Raises Untellable."""
    number = tidy_number(parcel.tracking_no)
    if not number:
        raise Untellable("it has no tracking number")
    if len(number) > LONGEST_NUMBER:
        raise Untellable("its tracking number is too long for WeChat")
    company = _company(parcel.metadata.get(settings.FULFILLMENT_CARRIER_KEY, ""), number)
    if company == NEEDS_CONTACT and not normal_phone(phone):
        raise Untellable("WeChat wants the receiver's phone for SF, and the order has none")
    return company, number


def _company(written: str, number: str) -> str:
    """By metadata, or by a number that tells it beyond doubt: an error costs the one correction.

    Raises Untellable.
    """
    key = settings.FULFILLMENT_CARRIER_KEY
    if written:
        carrier = carriers.named(written)
        if carrier is None or not carrier.wechat:
            raise Untellable(f"WeChat has no id for the carrier in its metadata {key}")
        return carrier.wechat
    carrier = carriers.surely(number)
    if carrier is None or not carrier.wechat:
        raise Untellable(f"its number does not tell the carrier: write it to its metadata {key}")
    return carrier.wechat


def _contact(company: str, phone: str) -> str:
    """138****0000, as WeChat wants it of SF's parcels and of no others."""
    if company != NEEDS_CONTACT:
        return ""
    digits = normal_phone(phone)
    shown = digits[:3] if len(digits) == CHINA_MOBILE else ""
    return f"{shown}****{digits[-OPEN_DIGITS:]}"


def _described(items: list[tuple[str, int]]) -> str:
    return ";".join(f"{name}*{quantity}" for name, quantity in items)

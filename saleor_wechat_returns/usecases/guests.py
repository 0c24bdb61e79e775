"""Guests: who knows an order's number and its phone may ask about that one order."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings

from ..domain.errors import ErrorCode, Fault, ProviderError, Refusal, refuse
from ..domain.phones import normal_phone
from ..models import Shop
from ..saleor.payloads import GuestOrder, guest_orders
from .sessions import Proved, Session, begin_session
from .shops import saleor_of
from .texts import fault_of_text
from .tries import count_try

log = structlog.get_logger(__name__)

LONGEST = 64
# Somebody is waiting for the answer.
SALEOR_SECONDS = 4.0
TRIES_PER_ORDER = 5
TRIES_PER_PHONE = 5
TRIES_PER_ADDRESS = 20
TRIES_PER_OPENID = 20


@dataclass(frozen=True, slots=True)
class Guest:
    """Who tries: what he says, and where he is. `openid_index` if he logged in with WeChat."""

    order_number: str
    phone: str
    address: str
    openid_index: str = ""


def open_guest_order(shop: Shop, guest: Guest, *, now: datetime) -> Session:
    """A session for the one order with this number and phone, if it belongs to no account.

    A wrong number, a wrong phone and an account's order are the same NOT_FOUND. Every try is
    counted before Saleor is asked. No transaction may be open. Raises Refusal.
    """
    number, phone = _read(guest)
    count_try(shop, _counted_against(guest, number, phone), now=now)
    orders = _ask(shop, number)
    if len(orders) != 1 or not _is_guest_of(orders[0], phone):
        log.info("guest.refused", shop=shop.key)
        raise refuse(ErrorCode.NOT_FOUND)
    log.info("guest.session_begun", shop=shop.key)
    return begin_session(shop, Proved(order_id=orders[0].order_id), now=now)


def _counted_against(guest: Guest, number: str, phone: str) -> dict[str, int]:
    """An order and a phone are guarded from however many addresses they are guessed.

    A WeChat log-in cannot be invented by the thousand, so whoever brings one is counted apart:
    guessing by strangers without one never keeps a guest in the mini-program out.
    """
    if guest.openid_index:
        who, most = "openid", {f"openid:{guest.openid_index}": TRIES_PER_OPENID}
    else:
        who, most = "anybody", {"shop": settings.GUEST_TRIES_PER_HOUR}
    return {
        f"address:{guest.address}": TRIES_PER_ADDRESS,
        f"{who} order:{number}": TRIES_PER_ORDER,
        f"{who} phone:{phone}": TRIES_PER_PHONE,
        **most,
    }


def _read(guest: Guest) -> tuple[str, str]:
    number = guest.order_number.strip().removeprefix("#").strip()
    phone = normal_phone(guest.phone[:LONGEST])
    faults = []
    if not number:
        faults.append(Fault(ErrorCode.REQUIRED, "orderNumber"))
    elif fault := fault_of_text(number, "orderNumber", longest=LONGEST):
        faults.append(fault)
    if not phone:
        faults.append(Fault(ErrorCode.MALFORMED, "phone"))
    if faults:
        raise Refusal(*faults)
    return number, phone


def _ask(shop: Shop, number: str) -> tuple[GuestOrder, ...]:
    try:
        answer = saleor_of(shop).read("GuestOrder", {"numbers": [number]}, seconds=SALEOR_SECONDS)
    except ProviderError as trouble:
        log.warning("guest.order_unreadable", shop=shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    return guest_orders(answer)


def _is_guest_of(order: GuestOrder, phone: str) -> bool:
    """Compares every phone in constant time, also of an order that is refused anyway."""
    matches = [
        hmac.compare_digest(normal_phone(known).encode(), phone.encode()) for known in order.phones
    ]
    return any(matches) and not order.customer_id

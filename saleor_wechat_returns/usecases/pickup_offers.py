"""Pickups that can be booked for a return: who comes, when, and about what it costs.

Asks the courier while the customer waits, in all for five seconds at most; writes nothing but
that it was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import structlog

from ..couriers.base import Goods, Place, Route, Window
from ..couriers.carriers import carriers
from ..couriers.registry import PROVIDERS
from ..domain.errors import (
    ErrorCode,
    Fault,
    ProviderError,
    ProviderRejected,
    Refusal,
    Rejection,
    refuse,
)
from ..domain.lifecycle import Actor, Move, Status, moves_open_to
from ..domain.phones import normal_phone
from ..domain.pickups import Consent, consent_to
from ..domain.policy import Party
from ..models import CourierAccount, ReturnRequest
from .access import Viewer, need_open_move
from .booking_rows import is_pickup_offered
from .budget import Budget
from .couriers import accounts_of, courier_under
from .limits import count_pickup_question
from .locks import own_request
from .policies import reason_of
from .texts import fault_of_text

log = structlog.get_logger(__name__)

SECONDS = 5.0
SECONDS_A_CALL = 3.0
MOST_COURIERS = 3  # each costs a call
MUST_BE_GIVEN = ("name", "phone", "province", "city", "street_address")
LONGEST = 64
# What couriers print on a label.
LONGEST_ADDRESS_BYTES = 300
# An account of the shop that does not work is no fault of the address.
SHOPS_TROUBLE = (Rejection.CONFIGURATION, Rejection.BALANCE)


@dataclass(frozen=True, slots=True)
class PickupOffer:
    """`estimate_fen`: None where the courier does not say."""

    courier: str
    windows: Sequence[Window]
    estimate_fen: int | None


@dataclass(frozen=True, slots=True)
class PickupOffers:
    offers: Sequence[PickupOffer]
    payer: Party
    consent: Consent


def pickup_offers(
    customer: Viewer, request_id: str, sender: Place, *, now: datetime
) -> PickupOffers:
    """What can be booked from this address, the shop's favourite courier first.

    No transaction may be open. Raises Refusal: PICKUP_NOT_OFFERED, COURIER_UNAVAILABLE,
    TOO_MANY_PICKUP_QUESTIONS.
    """
    budget = Budget(SECONDS)
    if faults := faults_of_sender(sender, "sender"):
        raise Refusal(*faults)
    request = own_request(customer, request_id)
    need_pickup(customer, request)
    count_pickup_question(customer, request, now=now)
    route, goods = route_of(request, sender), goods_of(request)
    is_away = False
    for account in accounts_of(customer.shop):
        try:
            offers = _offers(account, route, goods, budget, now)
        except ProviderError as trouble:
            log.warning("pickup.not_offered", number=request.number, why=code_of(trouble))
            is_away = is_away or _is_away(trouble)
            continue
        if offers:
            return PickupOffers(offers, payer_of(request), consent_for(account))
    code = ErrorCode.COURIER_UNAVAILABLE if is_away else ErrorCode.PICKUP_NOT_OFFERED
    raise refuse(code)


def need_pickup(customer: Viewer, request: ReturnRequest) -> None:
    """Raises Refusal: MOVE_NOT_ALLOWED, or PICKUP_NOT_OFFERED by this shop."""
    is_time = Move.BOOK_PICKUP in moves_open_to(Actor.CUSTOMER, Status(request.status))
    if is_time and not is_pickup_offered(request):
        raise refuse(ErrorCode.PICKUP_NOT_OFFERED, "id")
    need_open_move(customer, request, Move.BOOK_PICKUP)


def faults_of_sender(sender: Place, field: str) -> list[Fault]:
    """What is wrong with who sends it. Whether anybody comes there, its courier says."""
    faults = []
    for it in fields(sender):
        text, path = getattr(sender, it.name), f"{field}.{_camel(it.name)}"
        longest = LONGEST_ADDRESS_BYTES if it.name == "street_address" else LONGEST
        if it.name in MUST_BE_GIVEN and not text:
            faults.append(Fault(ErrorCode.REQUIRED, path))
        elif fault := fault_of_text(text, path, longest=longest):
            faults.append(fault)
        elif not text.isprintable() or (it.name == "phone" and not normal_phone(text)):
            faults.append(Fault(ErrorCode.MALFORMED, path))
    address = f"{sender.province}{sender.city}{sender.area}{sender.street_address}"
    if not faults and len(address.encode()) > LONGEST_ADDRESS_BYTES:
        faults.append(Fault(ErrorCode.TOO_LONG, f"{field}.streetAddress"))
    return faults


def couriers_of(account: CourierAccount) -> list[str]:
    """Who may be sent, by key; where the shop has named none, all who fetch for anybody."""
    return account.couriers or [it.key for it in carriers().values() if it.pickup == "yes"]


def consent_for(account: CourierAccount) -> Consent:
    provider = PROVIDERS[account.provider]
    return consent_to(provider.key, provider.zh, provider.en)


def payer_of(request: ReturnRequest) -> Party:
    """Of the way back, by the rules the return was made under."""
    return reason_of(request).freight


def route_of(request: ReturnRequest, sender: Place) -> Route:
    """From the sender to the return's address, which must be there."""
    to = request.return_address
    if to is None:
        raise LookupError(f"{request.number} has no return address")
    receiver = Place(to.contact_name, to.phone, to.province, to.city, to.area, to.street_address)
    return Route(sender, receiver)


def goods_of(request: ReturnRequest) -> Goods:
    parts = list(request.lines.select_related("line").order_by("line_id"))
    name = parts[0].line.product_name if parts else "商品"
    return Goods(name[:20], pieces=sum(part.quantity for part in parts) or 1)


def _offers(
    account: CourierAccount, route: Route, goods: Goods, budget: Budget, now: datetime
) -> list[PickupOffer]:
    provider = courier_under(account, seconds=budget.spend(SECONDS_A_CALL))
    there = list(provider.serves(route, couriers_of(account)))[:MOST_COURIERS]
    found = []
    for courier in there:
        windows = provider.windows(route, courier, now=now)
        if windows:
            found.append(
                PickupOffer(courier, windows, _estimate(account, route, goods, courier, budget))
            )
    return found


def _estimate(
    account: CourierAccount, route: Route, goods: Goods, courier: str, budget: Budget
) -> int | None:
    """A pickup can be booked although nobody says what it costs."""
    try:
        provider = courier_under(account, seconds=budget.spend(SECONDS_A_CALL))
        quote = provider.quote(route, goods, courier)
    except ProviderError as trouble:
        log.warning("pickup.not_quoted", courier=courier, why=code_of(trouble))
        return None
    return quote.fen if quote else None


def code_of(trouble: ProviderError) -> str:
    """For the log: a provider's words may repeat the address."""
    return trouble.code if isinstance(trouble, ProviderRejected) else type(trouble).__name__


def _is_away(trouble: ProviderError) -> bool:
    """May it be otherwise in a while, for this address?"""
    return not isinstance(trouble, ProviderRejected) or trouble.kind in SHOPS_TROUBLE


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""Who is asking, and what they may do with a return. Whose a return is: ownership.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings

from .. import clock, outgoing
from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Actor, Kind, Move, Status, moves_open_to
from ..models import ReturnRequest, Shop, ShopApp
from ..saleor.tokens import Forged, Person, TokenType, issuer_of, verify_person
from .booking_rows import is_pickup_offered, was_booked
from .move import By
from .open_offers import live_offer
from .parcel_rows import sent_back
from .rejection import appeal_until, is_lowered
from .sessions import is_session, read_session, user_id_of
from .staff_permissions import SETTINGS_PERMISSION, STAFF_PERMISSION, permissions_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Staff who may manage orders, or a customer: known to Saleor, to WeChat, or by an order.

    `openid_index`: blind index of the WeChat log-in. `order_id`: the one order of a guest who
    proved its number and phone. Blank where it does not apply. `may_set_up`: staff who may also
    change the shop's settings. `is_warehouse`: staff who only handle parcels; whatever is not
    theirs by `need_handler` is refused.
    """

    shop: Shop
    actor: Actor
    user_id: str
    openid_index: str = ""
    order_id: str = ""
    may_set_up: bool = False
    is_warehouse: bool = False

    @property
    def is_staff(self) -> bool:
        return self.actor is Actor.STAFF

    @property
    def by(self) -> By:
        return By(self.actor, self.user_id)

    @property
    def key(self) -> str:
        """Who this is, in one text: what a person's idempotency keys belong to."""
        return self.keys[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """Also who this was before the WeChat log-in was tied to an account."""
        return tuple(filter(None, (self.user_id, self.openid_index, self.order_id)))


def identify(shop: Shop, token: str) -> Viewer | ErrorCode:
    """The viewer behind a token, or why there is none.

    UNAUTHENTICATED: forged, expired, of another shop or app. FORBIDDEN: a person of this shop's
    staff, for whom logging in again changes nothing. PERMISSIONS_UNKNOWN: staff, while Saleor
    does not say what they may do. No transaction may be open.
    Raises ProviderUnavailable when the shop's keys cannot be had just now.
    """
    if is_session(token):
        return _of_session(shop, token)
    person = _person_of(shop, token)
    if person is None:
        return ErrorCode.UNAUTHENTICATED
    if person.type == TokenType.THIRD_PARTY:
        return _of_dashboard(shop, person)
    if person.is_staff:
        return _of_staff(shop, person, token)
    return Viewer(shop, Actor.CUSTOMER, person.user_id)


def _of_session(shop: Shop, token: str) -> Viewer | ErrorCode:
    """Always a customer. An account counts as it is tied now, not when the session began."""
    proved = read_session(shop, token, now=clock.now())
    if proved is None:
        log.info("viewer.refused", shop=shop.key, why="session")
        return ErrorCode.UNAUTHENTICATED
    if proved.order_id:
        return Viewer(shop, Actor.CUSTOMER, "", order_id=proved.order_id)
    user_id = user_id_of(shop, proved)
    return Viewer(shop, Actor.CUSTOMER, user_id, openid_index=proved.openid_index)


def _person_of(shop: Shop, token: str) -> Person | None:
    try:
        return verify_person(token, api_url=shop.api_url, http=outgoing.client(), now=clock.now())
    except Forged as why:
        log.info("viewer.refused", shop=shop.key, why=str(why))
        return None


def _of_staff(shop: Shop, person: Person, token: str) -> Viewer | ErrorCode:
    """Staff with the token of their log-in, as through a gateway: it names no permissions."""
    if person.app_id:  # Saleor makes no such token
        return ErrorCode.FORBIDDEN
    found = permissions_of(shop, person.user_id, token)
    if isinstance(found, ErrorCode):
        log.info("viewer.refused", shop=shop.key, why=found.value)
        return found
    return _staff(shop, person.user_id, found)


def _of_dashboard(shop: Shop, person: Person) -> Viewer | ErrorCode:
    """Staff on a page of our app in the Dashboard, by a token that names what they may do.

    `permissions` of such a token are the app's, so only the person's own count elsewhere.
    """
    apps = ShopApp.objects.filter(shop=shop, app_id=person.app_id, is_current=True)
    if not person.is_staff or not apps.exists():
        return ErrorCode.UNAUTHENTICATED
    return _staff(shop, person.user_id, person.permissions)


def _staff(shop: Shop, user_id: str, permissions: frozenset[str]) -> Viewer | ErrorCode:
    if STAFF_PERMISSION not in permissions:
        if settings.WAREHOUSE_PERMISSION not in permissions:
            return ErrorCode.FORBIDDEN
        return Viewer(shop, Actor.STAFF, user_id, is_warehouse=True)
    may_set_up = SETTINGS_PERMISSION in permissions
    return Viewer(shop, Actor.STAFF, user_id, may_set_up=may_set_up)


def identify_in_dashboard(token: str) -> Viewer | None:
    """The staff member behind a Dashboard token, which names its shop itself.

    What the URL says about the shop proves nothing. Raises ProviderUnavailable as `identify`.
    """
    issuer = issuer_of(token)
    shop = Shop.objects.filter(api_url=issuer).first() if issuer.isprintable() else None
    person = _person_of(shop, token) if shop is not None else None
    if shop is None or person is None or person.type != TokenType.THIRD_PARTY:
        return None
    viewer = _of_dashboard(shop, person)
    return viewer if isinstance(viewer, Viewer) and not viewer.is_warehouse else None


def need_customer(viewer: Viewer) -> Viewer:
    if viewer.is_staff:
        raise refuse(ErrorCode.FORBIDDEN)
    return viewer


def need_account(viewer: Viewer) -> Viewer:
    """A customer who logged in at Saleor: a session of ours proves no account."""
    need_customer(viewer)
    if not viewer.user_id or viewer.openid_index:
        raise refuse(ErrorCode.ACCOUNT_LOGIN_NEEDED)
    return viewer


def need_staff(viewer: Viewer) -> Viewer:
    if not viewer.is_staff or viewer.is_warehouse:
        raise refuse(ErrorCode.FORBIDDEN)
    return viewer


def need_handler(viewer: Viewer) -> Viewer:
    """Whoever handles parcels: staff, also those who may do nothing else."""
    if not viewer.is_staff:
        raise refuse(ErrorCode.FORBIDDEN)
    return viewer


def need_money_wish(handler: Viewer, wish: object, field: str) -> None:
    """What is about money the warehouse leaves open. Raises Refusal(FORBIDDEN)."""
    if handler.is_warehouse and wish is not None:
        raise refuse(ErrorCode.FORBIDDEN, field)


def need_settings(viewer: Viewer) -> Viewer:
    """Staff who may change the shop's settings."""
    if not need_staff(viewer).may_set_up:
        raise refuse(ErrorCode.FORBIDDEN)
    return viewer


def moves_of(viewer: Viewer, request: ReturnRequest) -> tuple[Move, ...]:
    """What this viewer may do with the return now."""
    moves = moves_open_to(viewer.actor, Status(request.status))
    hidden = set()
    if request.kind == Kind.REFUND_ONLY:  # nothing comes back, so there is no parcel to tell of
        hidden.add(Move.SUBMIT_DELIVERY)
    if sent_back(request) and request.status != Status.APPEALED:
        hidden.add(Move.CANCEL)  # a parcel is on its way: somebody must wait for it
    if Move.BOOK_PICKUP in moves and not is_pickup_offered(request):
        hidden.add(Move.BOOK_PICKUP)
    if Move.PICK_UP in moves and not was_booked(request):
        hidden.add(Move.PICK_UP)
    if request.status == Status.APPEALED and is_lowered(request):
        hidden.add(Move.CANCEL)  # the goods are with the shop, and some of their money is owed
    hidden |= _moves_without_a_turn(request, clock.now())
    if not any(deadline.can_be_extended for deadline in request.deadlines.all()):
        hidden.add(Move.EXTEND_DEADLINE)
    return tuple(move for move in moves if move not in hidden)


def _moves_without_a_turn(request: ReturnRequest, now: datetime) -> set[Move]:
    """An offer is accepted or declined while it stands, a question answered while none does."""
    match request.status:
        case Status.AWAITING_CUSTOMER if live_offer(request, now=now) is not None:
            return {Move.ANSWER}
        case Status.AWAITING_CUSTOMER:
            return {Move.ACCEPT_OFFER, Move.DECLINE_OFFER}
        case Status.REJECTED | Status.INSPECTED:
            until = appeal_until(request)
            # While it can be appealed, staff cannot end it.
            hidden = {Move.CLOSE} if until is not None and now < until else {Move.APPEAL}
            return hidden if live_offer(request, now=now) else hidden | {Move.ACCEPT_OFFER}
        case _:
            return set()


def need_open_move(viewer: Viewer, request: ReturnRequest, what: Move) -> None:
    """Raises Refusal(MOVE_NOT_ALLOWED) where `moves_of` does not offer it."""
    if what not in moves_of(viewer, request):
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")

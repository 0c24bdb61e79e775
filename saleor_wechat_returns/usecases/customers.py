"""One person, in all the ways our rows know one: by account, by WeChat users, as a guest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from ..domain.lifecycle import Actor
from ..models import (
    Evidence,
    ReturnableOrder,
    ReturnRequest,
    Shop,
    WechatAccount,
    WechatMiniProgram,
    WechatPayment,
)
from .access import Viewer
from .openids import openid_index
from .ownership import returns_of
from .texts import is_order_id, is_user_id


@dataclass(frozen=True, slots=True)
class Customer:
    """`user_id`: Saleor's global id, blank if there is no account; blind indexes of openids.

    `order_id`: the one order of a guest, as Saleor names it.
    """

    shop: Shop
    user_id: str
    openid_indexes: tuple[str, ...]
    order_id: str = ""

    @property
    def keys(self) -> list[str]:
        """As `Viewer.key` has it."""
        return [key for key in (self.user_id, *self.openid_indexes, self.order_id) if key]


def find_customer(shop: Shop, text: str) -> Customer:
    """By Saleor's user id, by an openid in one of the shop's mini-programs, or by a guest's order.

    Whoever is tied to the account, or whose account the openid is tied to, is the same person.
    """
    accounts = WechatAccount.objects.filter(shop=shop)
    if is_user_id(text):
        tied = accounts.filter(user_id=text).order_by("id")
        return Customer(shop, text, tuple(tied.values_list("openid_index", flat=True)))
    if is_order_id(text):
        return Customer(shop, "", (), order_id=text)
    programs = WechatMiniProgram.objects.filter(shop=shop).values_list("appid", flat=True)
    own = tuple(sorted({openid_index(appid, text) for appid in programs}))
    account = accounts.filter(openid_index__in=own).order_by("id").first()
    if account is None:
        return Customer(shop, "", own)
    whole = find_customer(shop, account.user_id)
    return Customer(shop, whole.user_id, tuple(dict.fromkeys([*own, *whole.openid_indexes])))


def viewers_of(customer: Customer) -> list[Viewer]:
    """As whom this person may have asked."""
    shop, known = customer.shop, []
    if customer.user_id:
        known.append(Viewer(shop, Actor.CUSTOMER, customer.user_id))
    if customer.order_id:
        known.append(Viewer(shop, Actor.CUSTOMER, "", order_id=customer.order_id))
    return known + [
        Viewer(shop, Actor.CUSTOMER, "", openid_index=index) for index in customer.openid_indexes
    ]


def orders_of(customer: Customer) -> QuerySet[ReturnableOrder]:
    """The account's, or the guest's; of a WeChat user alone, what was paid and is no account's."""
    mine = Q(pk__in=[])
    if customer.user_id:
        mine |= Q(customer_id=customer.user_id)
    if customer.order_id:
        mine |= Q(order_id=customer.order_id, customer_id="")
    paid = payments_of(customer).values("transaction_id")
    mine |= Q(payments__transaction_id__in=paid, customer_id="")
    found = ReturnableOrder.objects.filter(mine, shop=customer.shop)
    return ReturnableOrder.objects.filter(pk__in=found.values("pk")).order_by("id")


def returns_of_customer(customer: Customer) -> QuerySet[ReturnRequest]:
    """Oldest first."""
    pks: set[Any] = set()
    for viewer in viewers_of(customer):
        pks.update(returns_of(viewer).values_list("pk", flat=True))
    found = ReturnRequest.objects.filter(pk__in=pks).select_related("order", "shop")
    return found.order_by("id")


def loose_evidence_of(customer: Customer) -> QuerySet[Evidence]:
    """What was uploaded and attached to nothing."""
    mine = Evidence.objects.filter(shop=customer.shop, caller__in=customer.keys, request=None)
    return mine.order_by("id")


def payments_of(customer: Customer) -> QuerySet[WechatPayment]:
    """What this person paid through this app."""
    paid = Q(openid_index__in=customer.openid_indexes)
    return WechatPayment.objects.filter(paid, shop=customer.shop).order_by("id")

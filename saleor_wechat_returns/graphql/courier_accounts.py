"""The shop's accounts with courier providers, for staff who may change settings."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..couriers.registry import PROVIDERS
from ..domain.errors import Refusal
from ..models import CourierAccount
from ..usecases.access import need_staff
from ..usecases.courier_accounts import WantedAccount, list_accounts, set_account
from . import enums
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import label_field

COURIERS = "Keys of couriers as returnCarriers has them, the shop's favourite first."
HOURS = "When parcels are fetched, in the shop's time: 09:00-11:00; empty: the usual hours."


class ReturnCourierCredentialInput(graphene.InputObjectType):
    name = graphene.String(required=True, description="For kuaidi100: key, secret, customer.")
    value = graphene.String(required=True, description="It is never shown again.")


class ReturnCourierAccount(graphene.ObjectType):
    """Who fetches parcels for the shop and tells where they are; its credentials are not shown."""

    provider = graphene.String(required=True, description="kuaidi100, or manual: staff arrange it.")
    label = label_field("The provider's name.")
    couriers = graphene.List(graphene.NonNull(graphene.String), required=True, description=COURIERS)
    hours = graphene.List(graphene.NonNull(graphene.String), required=True, description=HOURS)
    is_enabled = graphene.Boolean(required=True, description="May it be asked for new pickups?")

    @staticmethod
    def resolve_label(account: CourierAccount, _info: Any, language_code: Any) -> str:
        known = PROVIDERS.get(account.provider)
        if known is None:
            return account.provider
        return known.en if language_code == enums.LanguageCode.EN else known.zh


class ReturnCourierAccountSet(graphene.Mutation):
    """Enter or change the account at one provider. Needs MANAGE_APPS."""

    class Arguments:
        provider = graphene.String(required=True)
        credentials = graphene.List(
            graphene.NonNull(ReturnCourierCredentialInput),
            description="All of them; left out: those that are stored stay.",
        )
        couriers = graphene.List(
            graphene.NonNull(graphene.String), required=True, description=COURIERS
        )
        hours = graphene.List(
            graphene.NonNull(graphene.String), default_value=(), description=HOURS
        )
        is_enabled = graphene.Boolean(
            default_value=True, description="false: what is booked goes on, nothing new is."
        )

    account = graphene.Field(ReturnCourierAccount)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        provider: str,
        couriers: list[str],
        credentials: list[Any] | None = None,
        hours: list[str] | None = None,
        is_enabled: bool | None = None,
    ) -> dict[str, Any]:
        given = None if credentials is None else {it.name: it.value for it in credentials}
        wanted = WantedAccount(
            provider=provider,
            couriers=tuple(couriers),
            credentials=given,
            hours=tuple(hours or ()),
            is_enabled=is_enabled is not False,
        )
        try:
            with busy_is_a_refusal():
                account = set_account(need_staff(viewer_of(info)), wanted, now=clock.now())
        except Refusal as no:
            return {"errors": no.faults}
        return {"account": account, "errors": ()}


class CourierAccountQuery(graphene.ObjectType):
    return_courier_accounts = graphene.List(
        graphene.NonNull(ReturnCourierAccount),
        required=True,
        description="The shop's accounts with couriers. Needs MANAGE_APPS.",
    )

    @staticmethod
    def resolve_return_courier_accounts(_root: None, info: Any) -> list[CourierAccount]:
        return list_accounts(need_staff(viewer_of(info)))

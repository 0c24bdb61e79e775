"""Staff enter, change and give up return addresses, and send one return's goods elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..domain.warnings import Warned
from ..models import ReturnAddress, ReturnRequest
from ..usecases.access import Viewer, need_staff
from ..usecases.addresses import (
    WantedAddress,
    archive_address,
    assign_address,
    create_address,
    update_address,
)
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import address_row_id
from .mutation import VERSION, ReturnMutation, row_id, run_mutation
from .return_addresses import ReturnAddressType
from .warnings import ReturnWarning

TEXTS = (
    "name", "contact_name", "phone", "province", "city", "area", "street_address",
    "postal_code", "note", "channel", "warehouse_id",
)  # fmt: skip


class ReturnAddressInput(graphene.InputObjectType):
    """Checked as Saleor checks its addresses: province, city and area from Saleor's lists."""

    name = graphene.String(required=True, description="What staff call it.")
    contact_name = graphene.String(required=True)
    phone = graphene.String(required=True)
    country = graphene.String(default_value="CN")
    province = graphene.String(required=True, description="Such as 广东省, 上海市.")
    city = graphene.String(required=True, description="Such as 深圳市; in 上海市 its 浦东新区.")
    area = graphene.String(default_value="", description="Such as 南山区.")
    street_address = graphene.String(required=True)
    postal_code = graphene.String(required=True)
    note = graphene.String(default_value="", description="For the customer: 不收到付件.")
    channel = graphene.String(default_value="", description='Slug; "" is every channel.')
    reasons = graphene.List(graphene.NonNull(graphene.String), default_value=())
    position = graphene.Int(default_value=0)
    warehouse_id = graphene.ID(default_value="", description="Saleor's, for the stock.")


class AddressMutation(graphene.Mutation):
    """The shape of an answer about one address."""

    class Meta:
        abstract = True

    return_address = graphene.Field(ReturnAddressType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


class ReturnAddressCreate(AddressMutation):
    """Enter another return address. Needs MANAGE_APPS."""

    class Arguments:
        input = ReturnAddressInput(required=True)

    @staticmethod
    def mutate(_root: None, info: Any, input: Any) -> dict[str, Any]:
        return _run(lambda: create_address(_staff(info), _wanted(input), now=clock.now()))


class ReturnAddressUpdate(AddressMutation):
    """Another one takes its place; returns approved before keep the old. Needs MANAGE_APPS."""

    class Arguments:
        id = graphene.ID(required=True)
        input = ReturnAddressInput(required=True)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any) -> dict[str, Any]:
        row, wanted = address_row_id(id), _wanted(input)
        return _run(lambda: update_address(_staff(info), row, wanted, now=clock.now()))


class ReturnAddressArchive(AddressMutation):
    """Take an address out of use. Needs MANAGE_APPS."""

    class Arguments:
        id = graphene.ID(required=True)

    @staticmethod
    def mutate(_root: None, info: Any, id: str) -> dict[str, Any]:
        row = address_row_id(id)
        return _run(lambda: archive_address(_staff(info), row, now=clock.now()))


class ReturnAddressAssign(ReturnMutation):
    """Staff send the goods of one return elsewhere; the customer reads it in the history."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        address_id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    warnings = graphene.List(
        graphene.NonNull(ReturnWarning),
        required=True,
        description="PARCEL_UNDER_WAY: one has left for the old address, or is booked to go there.",
    )

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, address_id: str, expected_version: int
    ) -> dict[str, Any]:
        is_late = False

        def run() -> ReturnRequest:
            nonlocal is_late
            request, is_late = assign_address(
                _staff(info),
                row_id(id),
                address_row_id(address_id),
                expected_version=expected_version,
                now=clock.now(),
            )
            return request

        answer = run_mutation(run, info)
        return answer | {"warnings": (Warned.PARCEL_UNDER_WAY,) if is_late else ()}


def _staff(info: Any) -> Viewer:
    return need_staff(viewer_of(info))


def _run(change: Callable[[], ReturnAddress]) -> dict[str, Any]:
    try:
        with busy_is_a_refusal():
            return {"return_address": change(), "errors": ()}
    except Refusal as no:
        return {"return_address": None, "errors": no.faults}


def _wanted(given: Any) -> WantedAddress:
    """An explicit null is as good as left out."""
    texts = {name: given.get(name) or "" for name in TEXTS}
    return WantedAddress(
        **texts | {"country": (given.get("country") or "CN").upper()},
        reasons=tuple(given.get("reasons") or ()),
        position=given.get("position") or 0,
    )

"""Where goods go: the shop's addresses for staff, a return's own for its customer."""

from __future__ import annotations

from typing import Any

import graphene

from ..models import ReturnAddress
from ..usecases.access import need_staff
from ..usecases.addresses import list_addresses
from .context import viewer_of
from .label import global_id


class ReturnAddressType(graphene.ObjectType):
    """Where goods go (退货地址). It is never changed: a change is another address."""

    class Meta:
        name = "ReturnAddress"

    id = graphene.ID(required=True)
    contact_name = graphene.String(required=True)
    phone = graphene.String(required=True)
    country = graphene.String(required=True, description="Two letters.")
    province = graphene.String(required=True, description="Saleor's countryArea.")
    city = graphene.String(required=True)
    area = graphene.String(required=True, description="Saleor's cityArea; blank where none is.")
    street_address = graphene.String(required=True)
    postal_code = graphene.String(required=True)
    note = graphene.String(required=True, description="What the customer should heed.")
    name = graphene.String(required=True, description="What staff call it; blank for customers.")
    channel = graphene.String(
        required=True, description='Slug; "" is every channel. For staff, as all below.'
    )
    reasons = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Codes; empty: every reason."
    )
    position = graphene.Int(required=True, description="The first that fits a return is taken.")
    warehouse_id = graphene.String(required=True, description="Saleor's; blank: none named.")
    archived_at = graphene.DateTime(description="Changed or given up since.")

    @staticmethod
    def resolve_id(address: ReturnAddress, _info: Any) -> str:
        return global_id(address, "ReturnAddress")

    @staticmethod
    def resolve_name(address: ReturnAddress, info: Any) -> str:
        return address.name if viewer_of(info).is_staff else ""

    @staticmethod
    def resolve_channel(address: ReturnAddress, info: Any) -> str:
        return address.channel if viewer_of(info).is_staff else ""

    @staticmethod
    def resolve_reasons(address: ReturnAddress, info: Any) -> list[str]:
        return list(address.reasons) if viewer_of(info).is_staff else []

    @staticmethod
    def resolve_position(address: ReturnAddress, info: Any) -> int:
        return address.position if viewer_of(info).is_staff else 0

    @staticmethod
    def resolve_warehouse_id(address: ReturnAddress, info: Any) -> str:
        return address.warehouse_id if viewer_of(info).is_staff else ""


class AddressQuery(graphene.ObjectType):
    return_addresses = graphene.List(
        graphene.NonNull(ReturnAddressType),
        required=True,
        description="Those in use; the first that fits a return is taken. For staff.",
    )

    @staticmethod
    def resolve_return_addresses(_root: None, info: Any) -> list[ReturnAddress]:
        return list_addresses(need_staff(viewer_of(info)))

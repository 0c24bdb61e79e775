"""What can be read. Each field is one call inward."""

from __future__ import annotations

from typing import Any

import graphene

from ..models import ReturnRequest, StaffTask
from ..usecases.access import Viewer, need_customer, need_staff
from ..usecases.returnable import Returnable, returnable_lines
from ..usecases.viewing import Filter, find_return, list_returns, list_tasks
from . import enums
from .bundles import BundleQuery
from .carriers import CarrierQuery
from .context import viewer_of
from .courier_accounts import CourierAccountQuery
from .evidence import EvidenceQuery
from .find import FindQuery
from .label import read_id
from .pages import USUAL_ROWS, connection_of, read_cursor
from .pickups import PickupQuery
from .policy import PolicyQuery
from .reconciliations import ReconciliationQuery
from .return_addresses import AddressQuery
from .returnable import ReturnableLineType
from .shipping_info import ShippingInfoQuery
from .tasks import ReturnTask
from .types import ReturnRequestType

ReturnRequestConnection = connection_of(
    ReturnRequestType, description="A page of returns, newest first."
)


class ReturnRequestFilter(graphene.InputObjectType):
    status = graphene.List(graphene.NonNull(enums.ReturnStatus))
    order_id = graphene.ID(description="Saleor's order id.")


class Query(
    AddressQuery,
    BundleQuery,
    CarrierQuery,
    CourierAccountQuery,
    EvidenceQuery,
    FindQuery,
    PickupQuery,
    PolicyQuery,
    ReconciliationQuery,
    ShippingInfoQuery,
):
    returnable_lines = graphene.List(
        graphene.NonNull(ReturnableLineType),
        required=True,
        order_id=graphene.ID(required=True, description="Saleor's order id."),
        description="What of this order could be returned now, and for how much.",
    )
    return_request = graphene.Field(
        ReturnRequestType,
        id=graphene.ID(),
        number=graphene.String(description="As a person writes it: spaces and case are forgiven."),
        description="One return; null if there is none, or it is not yours to see.",
    )
    return_requests = graphene.Field(
        ReturnRequestConnection,
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        after=graphene.String(),
        filter=graphene.Argument(ReturnRequestFilter),
        description="The viewer's returns; for staff, the shop's.",
    )

    return_tasks = graphene.List(
        graphene.NonNull(ReturnTask),
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        description="What waits for staff in the whole shop, oldest first.",
    )

    @staticmethod
    def resolve_return_tasks(_root: None, info: Any, first: int | None) -> list[StaffTask]:
        rows = USUAL_ROWS if first is None else first
        return list_tasks(need_staff(viewer_of(info)), first=rows)

    @staticmethod
    def resolve_returnable_lines(_root: None, info: Any, order_id: str) -> list[Returnable]:
        customer = need_customer(viewer_of(info))
        info.context.spend.call()
        return returnable_lines(customer, order_id)

    @staticmethod
    def resolve_return_request(
        _root: None, info: Any, id: str | None = None, number: str | None = None
    ) -> ReturnRequest | None:
        viewer = viewer_of(info)
        row_id = read_id(id, "ReturnRequest")
        if id is not None and row_id is None:
            return None
        return find_return(viewer, id=row_id, number=number)

    @staticmethod
    def resolve_return_requests(
        _root: None,
        info: Any,
        first: int | None,
        after: str | None = None,
        filter: dict[str, Any] | None = None,
    ) -> tuple[list[ReturnRequest], bool]:
        return page_of_returns(viewer_of(info), first, after, filter or {})


def page_of_returns(
    viewer: Viewer, first: int | None, after: str | None, asked: dict[str, Any]
) -> tuple[list[ReturnRequest], bool]:
    """A page as a connection's arguments ask for it. Raises Refusal."""
    cursor = read_cursor(after, ReturnRequestType)
    wanted = Filter(tuple(asked.get("status") or ()), asked.get("order_id") or "")
    rows = USUAL_ROWS if first is None else first
    return list_returns(viewer, wanted, first=rows, after=cursor)

"""What returns add to Saleor's `Order`: fields of its own type, in a graph joined by a gateway.

Each field may be null: where ours fails, the rest of Saleor's order must stay.
"""

from __future__ import annotations

from typing import Any

import graphene
from graphene_federation import key

from ..models import ReturnRequest
from ..usecases.access import need_customer
from ..usecases.returnable import Returnable, returnable_lines
from .context import viewer_of
from .pages import USUAL_ROWS
from .queries import ReturnRequestConnection, ReturnRequestFilter, page_of_returns
from .returnable import ReturnableLineType


@key("id")
class Order(graphene.ObjectType):
    class Meta:
        # Saleor's own words: a gateway shows one description of the two.
        description = "Represents an order in the shop."

    id = graphene.ID(required=True)
    return_requests = graphene.Field(
        ReturnRequestConnection,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        after=graphene.String(),
        filter=graphene.Argument(ReturnRequestFilter),
        description="The viewer's returns of this order, newest first; for staff, the shop's.",
    )
    returnable_lines = graphene.List(
        graphene.NonNull(ReturnableLineType),
        description="What could be returned now, and for how much. Read afresh from Saleor: at"
        " most ten orders a request.",
    )

    @staticmethod
    def resolve_return_requests(
        order: Order,
        info: Any,
        first: int | None,
        after: str | None = None,
        filter: dict[str, Any] | None = None,
    ) -> tuple[list[ReturnRequest], bool]:
        viewer = viewer_of(info)
        info.context.spend.page()
        asked = filter or {}
        if asked.get("order_id") not in (None, order.id):
            return [], False
        return page_of_returns(viewer, first, after, asked | {"order_id": order.id})

    @staticmethod
    def resolve_returnable_lines(order: Order, info: Any) -> list[Returnable]:
        customer = need_customer(viewer_of(info))
        info.context.spend.call()
        return returnable_lines(customer, order.id)

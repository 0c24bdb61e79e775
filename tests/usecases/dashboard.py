"""What staff do in Saleor's own Dashboard, behind our back."""

from __future__ import annotations

from typing import Any

import httpx

from tests.usecases import cashier
from tests.world import TestShop

RETURN = """mutation($order: ID!, $input: OrderReturnProductsInput!) {
  orderFulfillmentReturnProducts(order: $order, input: $input) { errors { code field } } }"""
FULFILL = """mutation($order: ID!, $input: OrderFulfillInput!) {
  orderFulfill(order: $order, input: $input) { errors { code field } } }"""
TRACKING = """mutation($id: ID!, $input: FulfillmentUpdateTrackingInput!) {
  orderFulfillmentUpdateTracking(id: $id, input: $input) { errors { code field } } }"""
CANCEL = """mutation($id: ID!, $input: FulfillmentCancelInput) {
  orderFulfillmentCancel(id: $id, input: $input) { errors { code field } } }"""


def return_pieces(
    shop: TestShop, order: Any, quantities: dict[int, int], *, replace: bool = False
) -> None:
    """Record shipped pieces as returned, or as replaced; lines by position."""
    lines = [
        {
            "fulfillmentLineId": _shipped_line(order, position).id,
            "quantity": quantity,
            "replace": replace,
        }
        for position, quantity in quantities.items()
    ]
    _change(shop, RETURN, order=order.id, input={"refund": False, "fulfillmentLines": lines})


def ship(shop: TestShop, order: Any, quantities: dict[int, int], tracking: str = "") -> None:
    warehouse = shop.saleor.world.default_warehouse_id
    lines = [
        {
            "orderLineId": order.lines[position].id,
            "stocks": [{"warehouse": warehouse, "quantity": quantity}],
        }
        for position, quantity in quantities.items()
    ]
    _change(shop, FULFILL, order=order.id, input={"lines": lines, "trackingNumber": tracking})


def change_tracking(shop: TestShop, fulfillment: Any, tracking: str) -> None:
    _change(shop, TRACKING, id=fulfillment.id, input={"trackingNumber": tracking})


def cancel_shipment(shop: TestShop, order: Any) -> None:
    """Everything sent in the first fulfilment is in the warehouse again."""
    warehouse = shop.saleor.world.default_warehouse_id
    _change(shop, CANCEL, id=order.fulfillments[0].id, input={"warehouseId": warehouse})


def refund_by_hand(shop: TestShop, transaction: Any, amount: str) -> None:
    """Click "Refund" on a payment without a grant; what Saleor then tells its app has none."""
    cashier.refund_plainly(shop, transaction, amount)


def grant_by_hand(
    shop: TestShop, transaction: Any, amount: str, quantities: dict[int, int] | None = None
) -> Any:
    """Grant a refund on one payment of an order, for pieces of lines or for no line at all.

    Returns Saleor's granted refund; nobody is told of it until `cashier.request`.
    """
    order = transaction.order
    cashier.grant(shop, order, amount, quantities or {}, transaction)
    return order.granted_refunds[-1]


def _shipped_line(order: Any, position: int) -> Any:
    return next(
        line
        for fulfillment in order.fulfillments
        for line in fulfillment.lines
        if fulfillment.status == "FULFILLED" and line.order_line is order.lines[position]
    )


def _change(shop: TestShop, query: str, **variables: Any) -> None:
    with httpx.Client(transport=shop.saleor.transport) as dashboard:
        answer = dashboard.post(
            shop.saleor.world.api_url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {shop.saleor.user_token(shop.clerk)}"},
        ).json()
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    assert payload["errors"] == []

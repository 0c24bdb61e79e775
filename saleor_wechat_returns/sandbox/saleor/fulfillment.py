"""Shipping: fulfil, change tracking, approve, cancel."""

from typing import Any

from .access import MANAGE_ORDERS
from .call import Call
from .errors import refuse
from .lookup import get
from .order_status import refresh_status, set_status
from .registry import mutation
from .world import Fulfillment, FulfillmentLine, Order, OrderLine


@mutation("orderFulfill", MANAGE_ORDERS)
def fulfill(call: Call, *, order: str | None = None, input: dict[str, Any]) -> dict[str, Any]:
    """Ship lines: one new fulfilment for each warehouse. [23, 26]"""
    of_order = get(call, Order, order, field="order")
    world = call.world
    is_unpaid = of_order.total_charged < of_order.total
    if is_unpaid and world.fulfillment_auto_approve and not world.fulfillment_allow_unpaid:
        text = "Cannot fulfill unpaid order."
        raise refuse("order", "CANNOT_FULFILL_UNPAID_ORDER", text)
    by_warehouse = _checked(call, input["lines"])
    status = "FULFILLED" if world.fulfillment_auto_approve else "WAITING_FOR_APPROVAL"
    tracking = input.get("tracking_number") or ""
    created = [
        _create(call, of_order, warehouse_id, lines, status, tracking)
        for warehouse_id, lines in by_warehouse.items()
    ]
    if tracking:
        for fulfillment in created:
            call.emit("FULFILLMENT_TRACKING_NUMBER_UPDATED", fulfillment)
    if status == "FULFILLED":
        _announce(call, of_order, created)
    else:
        call.note(of_order, "FULFILLMENT_AWAITS_APPROVAL")
        call.emit("ORDER_UPDATED", of_order)
    return {"fulfillments": created, "order": of_order}


_Shipped = dict[str, list[tuple[OrderLine, int]]]


def _checked(call: Call, lines: list[dict[str, Any]]) -> _Shipped:
    by_warehouse: _Shipped = {}
    ids = [given["order_line_id"] for given in lines]
    if len(set(ids)) < len(ids):
        text = "Duplicated order line ID."
        raise refuse("orderLineId", "DUPLICATED_INPUT_ITEM", text)
    for given in lines:
        line = get(call, OrderLine, given["order_line_id"], field="lines")
        remaining = line.quantity_to_fulfill
        if sum(stock["quantity"] for stock in given["stocks"]) > remaining:
            text = f"Only {remaining} item{'' if remaining == 1 else 's'} remaining to fulfill."
            raise refuse("orderLineId", "FULFILL_ORDER_LINE", text, orderLines=[line.id])
        for stock in given["stocks"]:
            if stock["quantity"] > 0:
                by_warehouse.setdefault(stock["warehouse"], []).append((line, stock["quantity"]))
    if not by_warehouse:
        raise refuse("lines", "ZERO_QUANTITY", "Total quantity must be larger than 0.")
    return by_warehouse


def _create(
    call: Call,
    order: Order,
    warehouse_id: str,
    lines: list[tuple[OrderLine, int]],
    status: str,
    tracking: str,
) -> Fulfillment:
    position = max((f.fulfillment_order for f in order.fulfillments), default=0) + 1
    fulfillment = Fulfillment(
        id=call.world.ids.numbered("Fulfillment"),
        order=order,
        fulfillment_order=position,
        status=status,
        created=call.now(),
        tracking_number=tracking,
    )
    for line, quantity in lines:
        line.quantity_fulfilled += quantity
        line_id = call.world.ids.numbered("FulfillmentLine")
        fulfillment.lines.append(
            FulfillmentLine(line_id, fulfillment, line, quantity, warehouse_id=warehouse_id)
        )
    order.fulfillments.append(fulfillment)
    return fulfillment


def _announce(
    call: Call, order: Order, fulfillments: list[Fulfillment], *, approved: bool = False
) -> None:
    """What follows from goods having left.

    The two fulfilment payloads are built at once, from an order that has its new status but still
    its old `updatedAt`. [24]
    """
    has_changed = set_status(order)
    call.note(order, "FULFILLMENT_FULFILLED_ITEMS")
    for fulfillment in fulfillments:
        call.emit("FULFILLMENT_CREATED", fulfillment)
    is_complete = order.status == "FULFILLED"
    if is_complete or approved:
        for fulfillment in fulfillments:
            call.emit("FULFILLMENT_APPROVED", fulfillment)
    if has_changed:
        order.updated_at = call.now()
    call.emit("ORDER_UPDATED", order)
    if is_complete:
        call.emit("ORDER_FULFILLED", order)


@mutation("orderFulfillmentUpdateTracking", MANAGE_ORDERS)
def update_tracking(call: Call, *, id: str, input: dict[str, Any]) -> dict[str, Any]:
    """`created` and `updatedAt` stay as they are. [25]"""
    fulfillment = get(call, Fulfillment, id)
    fulfillment.tracking_number = input.get("tracking_number") or ""
    call.note(fulfillment.order, "TRACKING_UPDATED", message=None)
    call.emit("FULFILLMENT_TRACKING_NUMBER_UPDATED", fulfillment)
    call.emit("ORDER_UPDATED", fulfillment.order)
    return {"fulfillment": fulfillment, "order": fulfillment.order}


@mutation("orderFulfillmentApprove", MANAGE_ORDERS)
def approve(call: Call, *, id: str, **_options: bool) -> dict[str, Any]:
    """FULFILLMENT_APPROVED comes whether or not the order is complete. [161]"""
    fulfillment = get(call, Fulfillment, id)
    if fulfillment.status != "WAITING_FOR_APPROVAL":
        text = "Invalid fulfillment status, only WAITING_FOR_APPROVAL fulfillments can be accepted."
        raise refuse("status", "INVALID", text)
    fulfillment.status = "FULFILLED"
    _announce(call, fulfillment.order, [fulfillment], approved=True)
    return {"fulfillment": fulfillment, "order": fulfillment.order}


@mutation("orderFulfillmentCancel", MANAGE_ORDERS)
def cancel(call: Call, *, id: str, input: dict[str, Any] | None = None) -> dict[str, Any]:
    """The only act that lowers `quantityFulfilled` again. [162]"""
    fulfillment = get(call, Fulfillment, id)
    order = fulfillment.order
    if fulfillment.status == "CANCELED":
        text = "This fulfillment can't be canceled"
        raise refuse("fulfillment", "CANNOT_CANCEL_FULFILLMENT", text)
    is_waiting = fulfillment.status == "WAITING_FOR_APPROVAL"
    if not is_waiting and not (input or {}).get("warehouse_id"):
        text = (
            "This parameter is required for fulfillments which are not in "
            "WAITING_FOR_APPROVAL state."
        )
        raise refuse("warehouseId", "REQUIRED", text)
    call.note(order, "FULFILLMENT_CANCELED")
    if not is_waiting:
        call.note(order, "FULFILLMENT_RESTOCKED_ITEMS")
    for line in fulfillment.lines:
        line.order_line.quantity_fulfilled -= line.quantity
    fulfillment.status = "CANCELED"
    refresh_status(call, order)
    call.emit("FULFILLMENT_CANCELED", fulfillment)
    call.emit("ORDER_UPDATED", order)
    return {"fulfillment": fulfillment, "order": order}

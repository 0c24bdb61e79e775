"""The order status that follows from what was shipped, returned and replaced."""

from .call import Call
from .world import Order


def refresh_status(call: Call, order: Order) -> None:
    """Recompute the status; `updatedAt` moves only when it changes. [151, 153]"""
    if set_status(order):
        order.updated_at = call.now()


def set_status(order: Order) -> bool:
    """Recompute the status alone; True when it is another one now."""
    status = status_of(order)
    if status is None or status == order.status:
        return False
    order.status = status
    return True


def status_of(order: Order) -> str | None:
    """None when everything was replaced: then the status stays what it was.

    More returned than sold falls through to FULFILLED. [158]
    """
    replaced = _pieces(order, "REPLACED")
    returned = _pieces(order, "RETURNED", "REFUNDED_AND_RETURNED")
    total = sum(line.quantity for line in order.lines) - replaced
    fulfilled = sum(line.quantity_fulfilled for line in order.lines) - replaced
    out = fulfilled - _pieces(order, "WAITING_FOR_APPROVAL")
    if total == 0:
        return None
    if out <= 0:
        return "UNFULFILLED"
    if 0 < returned < total:
        return "PARTIALLY_RETURNED"
    if returned == total:
        return "RETURNED"
    return "PARTIALLY_FULFILLED" if out < total else "FULFILLED"


def _pieces(order: Order, *statuses: str) -> int:
    return sum(
        line.quantity
        for fulfillment in order.fulfillments
        if fulfillment.status in statuses
        for line in fulfillment.lines
    )

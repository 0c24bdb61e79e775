"""Notes, cancellation and metadata."""

from typing import Any

from .access import HANDLE_PAYMENTS, HANDLE_TAXES, MANAGE_APPS, MANAGE_ORDERS, MANAGE_USERS
from .call import Call
from .errors import refuse
from .lookup import get
from .people import App, User
from .registry import mutation
from .world import Fulfillment, Order, OrderLine, Transaction

_UNSHIPPED = ("CANCELED", "REFUNDED", "REPLACED", "REFUNDED_AND_RETURNED", "RETURNED")
_WRITERS: dict[type, tuple[str, ...]] = {
    Order: (MANAGE_ORDERS, HANDLE_TAXES),
    OrderLine: (MANAGE_ORDERS, HANDLE_TAXES),
    Fulfillment: (MANAGE_ORDERS, HANDLE_TAXES),
    Transaction: (HANDLE_PAYMENTS,),
    User: (MANAGE_USERS,),
    App: (MANAGE_APPS,),
}


@mutation("orderNoteAdd", MANAGE_ORDERS)
def add_note(call: Call, *, order: str, input: dict[str, Any]) -> dict[str, Any]:
    of_order = get(call, Order, order, field="order")
    if not input["message"].strip():
        raise refuse("message", "REQUIRED", "Message can't be empty.")
    event = call.note(of_order, "NOTE_ADDED", message=input["message"])
    call.emit("ORDER_UPDATED", of_order)
    return {"order": of_order, "event": event}


@mutation("orderCancel", MANAGE_ORDERS)
def cancel_order(call: Call, *, id: str) -> dict[str, Any]:
    """Cancels without giving any money back. [356]"""
    order = get(call, Order, id)
    is_shipped = any(f.status not in _UNSHIPPED for f in order.fulfillments)
    if is_shipped or order.status in ("CANCELED", "DRAFT", "EXPIRED"):
        raise refuse("order", "CANNOT_CANCEL_ORDER", "This order can't be canceled.")
    call.note(order, "CANCELED")
    order.status = "CANCELED"
    order.updated_at = call.now()
    call.emit("ORDER_CANCELLED", order)
    call.emit("ORDER_UPDATED", order)
    return {"order": order}


@mutation("updateMetadata")
def update_metadata(call: Call, *, id: str, input: list[dict[str, str]]) -> dict[str, Any]:
    return _write_metadata(call, id, input, private=False)


@mutation("updatePrivateMetadata")
def update_private_metadata(call: Call, *, id: str, input: list[dict[str, str]]) -> dict[str, Any]:
    return _write_metadata(call, id, input, private=True)


def _write_metadata(
    call: Call, global_id: str, values: list[dict[str, str]], *, private: bool
) -> dict[str, Any]:
    """Set keys; the last writer of a key wins, whoever he is. Grants have none. [111-121]"""
    item = call.world.find(global_id)
    writers = _WRITERS.get(type(item))
    if writers is None:
        text = f"Couldn't resolve to a item with meta: {global_id}"
        raise refuse("id", "NOT_FOUND", text)
    if item is not call.app:
        call.principal.require(*writers)
    if any(not value["key"].strip() for value in values):
        raise refuse("input", "REQUIRED", "Metadata key cannot be empty.")
    target: dict[str, str] = item.private_metadata if private else item.metadata
    target.update({value["key"]: value["value"] for value in values})
    _announce(call, item)
    return {"item": item}


def _announce(call: Call, item: Any) -> None:
    match item:
        case Order():
            item.updated_at = call.now()
            call.emit("ORDER_METADATA_UPDATED", item)
        case Fulfillment():
            call.emit("FULFILLMENT_METADATA_UPDATED", item)
        case Transaction():
            call.emit("TRANSACTION_ITEM_METADATA_UPDATED", item)

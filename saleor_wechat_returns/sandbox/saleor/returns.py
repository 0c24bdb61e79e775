"""orderFulfillmentReturnProducts: moving pieces out of fulfilments into a RETURNED one.

What is checked is read before the pause and written after it from the values read then, as the
real one does: parallel returns of the same pieces all succeed. [158]
"""

from dataclasses import dataclass
from typing import Any

from .access import MANAGE_ORDERS
from .call import Call
from .errors import Refused, refuse
from .lookup import get, get_reason
from .order_status import refresh_status
from .registry import mutation
from .replacements import create_replacement
from .world import Fulfillment, FulfillmentLine, Order, OrderLine

_RETURNABLE = ("FULFILLED", "REFUNDED", "WAITING_FOR_APPROVAL")
_VANISHES_WHEN_EMPTY = ("FULFILLED", "WAITING_FOR_APPROVAL")


@dataclass(frozen=True)
class Piece:
    """Some pieces to move, with the quantity their source held when it was checked."""

    order_line: OrderLine
    source: FulfillmentLine | None  # None: goods that were never shipped
    held: int
    quantity: int
    replace: bool
    reason: str

    @property
    def moved(self) -> int:
        return min(self.held, self.quantity)


@mutation("orderFulfillmentReturnProducts", MANAGE_ORDERS)
def return_products(call: Call, *, order: str, input: dict[str, Any]) -> dict[str, Any]:
    """Return pieces; an empty input makes an empty RETURNED fulfilment. [159]"""
    of_order = get(call, Order, order, field="order")
    if input.get("refund"):
        # Only for the old Payments, whose refunds the sandbox does not know. [30]
        raise refuse("order", "CANNOT_REFUND", "Order cannot be refunded.")
    pieces = [
        *_unshipped(call, input.get("order_lines") or []),
        *_shipped(call, input.get("fulfillment_lines") or []),
    ]
    position = _next_position(of_order)
    reference = get_reason(call.world.return_reasons, input.get("reason_reference"))
    call.pause("orderFulfillmentReturnProducts")
    reason = input.get("reason") or ""
    replaced = [piece for piece in pieces if piece.replace]
    returned = [piece for piece in pieces if not piece.replace]
    replacement, replacing_order = None, None
    if replaced:
        replacement = _move(call, of_order, replaced, "REPLACED", position, reason)
        replacing_order = create_replacement(
            call, of_order, [(piece.order_line, piece.quantity) for piece in replaced]
        )
        position += 1
    fulfillment = _move_returned(call, of_order, returned, position, reason)
    fulfillment.reason_reference = reference
    _drop_empty(of_order)
    lines = _per_order_line(returned)
    call.note(of_order, "FULFILLMENT_RETURNED", returned=lines or None)
    refresh_status(call, of_order)
    call.emit("ORDER_UPDATED", of_order)
    if replacing_order:
        call.emit("DRAFT_ORDER_CREATED", replacing_order)
    return {
        "returnFulfillment": fulfillment,
        "replaceFulfillment": replacement,
        "replaceOrder": replacing_order,
        "order": of_order,
    }


def _unshipped(call: Call, lines: list[dict[str, Any]]) -> list[Piece]:
    pieces = []
    found = _found_lines(call, OrderLine, [line["order_line_id"] for line in lines])
    for line, given in zip(found, lines, strict=False):
        if line.quantity < given["quantity"]:
            text = "Provided quantity is bigger than quantity from order line."
            raise refuse("orderLineId", "INVALID_QUANTITY", text)
        if line.quantity_to_fulfill < given["quantity"]:
            text = "Provided quantity is bigger than unfulfilled quantity."
            raise refuse("orderLineId", "INVALID_QUANTITY", text)
        pieces.append(_piece(line, None, line.quantity_to_fulfill, given))
    return pieces


def _shipped(call: Call, lines: list[dict[str, Any]]) -> list[Piece]:
    """A line named twice is found once, so later entries shift onto the wrong lines. [157]"""
    pieces = []
    found = _found_lines(call, FulfillmentLine, [line["fulfillment_line_id"] for line in lines])
    for line, given in zip(found, lines, strict=False):
        if line.quantity < given["quantity"]:
            text = "Provided quantity is bigger than quantity from fulfillment line"
            raise refuse("fulfillmentLineId", "INVALID_QUANTITY", text)
        if line.fulfillment.status not in _RETURNABLE:
            raise _wrong_status()
        pieces.append(_piece(line.order_line, line, line.quantity, given))
    return pieces


def _wrong_status() -> Refused:
    allowed = ", ".join(status.lower() for status in _RETURNABLE)
    text = f"Unable to process action for fulfillmentLine with different status than {allowed}."
    return refuse("fulfillmentLineId", "INVALID", text)


def _found_lines(call: Call, kind: Any, ids: list[str]) -> list[Any]:
    field = "orderLines" if kind is OrderLine else "fulfillmentLines"
    return [get(call, kind, line_id, field=field) for line_id in dict.fromkeys(ids)]


def _piece(
    line: OrderLine, source: FulfillmentLine | None, held: int, given: dict[str, Any]
) -> Piece:
    replace = bool(given.get("replace"))
    return Piece(line, source, held, given["quantity"], replace, given.get("reason") or "")


def _next_position(order: Order) -> int:
    return max((f.fulfillment_order for f in order.fulfillments), default=0) + 1


def _move_returned(
    call: Call, order: Order, pieces: list[Piece], position: int, reason: str
) -> Fulfillment:
    """What was already refunded the old way goes to a fulfilment of its own."""
    refunded = [p for p in pieces if p.source and p.source.fulfillment.status == "REFUNDED"]
    others = [piece for piece in pieces if piece not in refunded]
    fulfillment = _move(call, order, others, "RETURNED", position, reason)
    if refunded:
        _move(call, order, refunded, "REFUNDED_AND_RETURNED", position + 1, reason)
    return fulfillment


def _move(
    call: Call, order: Order, pieces: list[Piece], status: str, position: int, reason: str
) -> Fulfillment:
    target = Fulfillment(
        id=call.world.ids.numbered("Fulfillment"),
        order=order,
        fulfillment_order=position,
        status=status,
        created=call.now(),
        reason=reason,
    )
    order.fulfillments.append(target)
    for piece in pieces:
        _add_to(call, target, piece)
        _take_from_source(piece)
    return target


def _add_to(call: Call, target: Fulfillment, piece: Piece) -> None:
    warehouse = piece.source.warehouse_id if piece.source else None
    for line in target.lines:
        if line.order_line is piece.order_line and line.warehouse_id == warehouse:
            line.quantity += piece.moved
            line.reason = piece.reason
            return
    if piece.moved > 0:
        target.lines.append(
            FulfillmentLine(
                id=call.world.ids.numbered("FulfillmentLine"),
                fulfillment=target,
                order_line=piece.order_line,
                quantity=piece.moved,
                reason=piece.reason,
                warehouse_id=warehouse,
            )
        )


def _take_from_source(piece: Piece) -> None:
    """Write the difference to what was read, not to what is there now."""
    if piece.source is None:
        line = piece.order_line
        line.quantity_fulfilled = line.quantity - piece.held + piece.moved
        return
    piece.source.quantity = piece.held - piece.moved
    lines = piece.source.fulfillment.lines
    if piece.source.quantity == 0 and piece.source in lines:
        lines.remove(piece.source)


def _drop_empty(order: Order) -> None:
    """An emptied fulfilment disappears with its tracking number and metadata. [151]"""
    order.fulfillments[:] = [
        fulfillment
        for fulfillment in order.fulfillments
        if fulfillment.lines or fulfillment.status not in _VANISHES_WHEN_EMPTY
    ]


def _per_order_line(pieces: list[Piece]) -> list[tuple[int, OrderLine]]:
    quantities: dict[str, int] = {}
    lines: dict[str, OrderLine] = {}
    for piece in pieces:
        lines[piece.order_line.id] = piece.order_line
        quantities[piece.order_line.id] = quantities.get(piece.order_line.id, 0) + piece.quantity
    return [(quantities[line_id], line) for line_id, line in lines.items()]

"""Rebuilding an order from a recorded answer to an `order` query, ids included."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from . import money
from .ids import from_global_id
from .people import App, User
from .world import (
    ZERO,
    Fulfillment,
    FulfillmentLine,
    GrantedRefund,
    GrantedRefundLine,
    Order,
    OrderEvent,
    OrderLine,
    SaleorWorld,
    Transaction,
    TransactionEvent,
)

Recorded = dict[str, Any]


def load_order(
    world: SaleorWorld,
    recorded: Recorded,
    *,
    user: User | None = None,
    channel_slug: str = "cn",
) -> Order:
    """Add the order as it was when it was read; amounts are derived anew from the events.

    Apps and users that made things must exist under their recorded ids. What the recorded query
    did not ask for takes a plain default.
    """
    order = Order(
        id=recorded["id"],
        number=recorded["number"],
        created=_time(recorded["created"]),
        updated_at=_time(recorded["updatedAt"]),
        currency=recorded["total"]["gross"]["currency"],
        channel_slug=channel_slug,
        total=_gross(recorded["total"]),
        shipping_price=_gross(recorded["shippingPrice"]),
        status=recorded["status"],
        user=user,
        user_email=user.email if user else "",
    )
    order.lines = [_line(world, order, line) for line in recorded["lines"]]
    lines = {line.id: line for line in order.lines}
    order.fulfillments = [
        _fulfillment(world, order, given, lines) for given in recorded["fulfillments"]
    ]
    order.transactions = [_transaction(world, order, t) for t in recorded["transactions"]]
    order.granted_refunds = [_grant(world, order, g, lines) for g in recorded["grantedRefunds"]]
    order.events = [_event(world, order, event, lines) for event in recorded["events"]]
    for transaction in order.transactions:
        money.recalculate_transaction(transaction)
    money.recalculate_order(order)
    world.orders.append(order)
    world.ids.start_after("order numbers", int(order.number))
    return order


def _line(world: SaleorWorld, order: Order, given: Recorded) -> OrderLine:
    sku = given.get("productSku", given["variantName"])
    return OrderLine(
        id=given["id"],
        order=order,
        product_name=given["productName"],
        variant_name=given["variantName"],
        product_sku=sku,
        quantity=given["quantity"],
        quantity_fulfilled=given["quantityFulfilled"],
        unit_price=_gross(given["unitPrice"]),
        total_price=_gross(given["totalPrice"]),
        undiscounted_unit_price=_gross(given["undiscountedUnitPrice"]),
        variant=world.variant(given["productName"], given["variantName"], sku),
    )


def _fulfillment(
    world: SaleorWorld, order: Order, given: Recorded, lines: dict[str, OrderLine]
) -> Fulfillment:
    fulfillment = Fulfillment(
        id=_known(world, given["id"]),
        order=order,
        fulfillment_order=given["fulfillmentOrder"],
        status=given["status"],
        created=_time(given["created"]),
        tracking_number=given["trackingNumber"],
        reason=given.get("reason") or "",
    )
    fulfillment.lines = [
        FulfillmentLine(
            id=_known(world, line["id"]),
            fulfillment=fulfillment,
            order_line=lines[line["orderLine"]["id"]],
            quantity=line["quantity"],
            reason=line.get("reason") or "",
            warehouse_id=world.default_warehouse_id,
        )
        for line in given["lines"]
    ]
    return fulfillment


def _transaction(world: SaleorWorld, order: Order, given: Recorded) -> Transaction:
    """The owner is the author of the latest event that has one."""
    events = sorted(given["events"], key=lambda event: _time(event["createdAt"]))
    authors = [world.find(e["createdBy"]["id"]) for e in events if e.get("createdBy")]
    owner = authors[-1] if authors else None
    transaction = Transaction(
        id=given["id"],
        order=order,
        currency=order.currency,
        created_at=_time(events[0]["createdAt"]) if events else order.created,
        modified_at=_time(events[-1]["createdAt"]) if events else order.created,
        name=given.get("name", ""),
        psp_reference=given["pspReference"],
        available_actions=list(given.get("actions", ["REFUND"])),
        app_identifier=owner.identifier if isinstance(owner, App) else None,
        user=owner if isinstance(owner, User) else None,
    )
    transaction.events = [_transaction_event(world, transaction, event) for event in events]
    return transaction


def _transaction_event(
    world: SaleorWorld, transaction: Transaction, given: Recorded
) -> TransactionEvent:
    """An open request and a failure that Saleor itself noted do not count."""
    author = world.find((given.get("createdBy") or {}).get("id"))
    event_type = given["type"]
    is_open_request = event_type.endswith("_REQUEST") and not given["pspReference"]
    is_noted_failure = event_type.endswith("_FAILURE") and author is None
    return TransactionEvent(
        id=_known(world, given["id"]),
        transaction=transaction,
        type=event_type,
        amount=_decimal(given["amount"]),
        created_at=_time(given["createdAt"]),
        psp_reference=given["pspReference"],
        message=given.get("message") or "",
        counts=not is_open_request and not is_noted_failure and event_type != "INFO",
        app=author if isinstance(author, App) else None,
        user=author if isinstance(author, User) else None,
    )


def _grant(
    world: SaleorWorld, order: Order, given: Recorded, lines: dict[str, OrderLine]
) -> GrantedRefund:
    transaction_id = (given.get("transaction") or {}).get("id")
    app = world.find((given.get("app") or {}).get("id"))
    grant = GrantedRefund(
        id=_known(world, given["id"]),
        order=order,
        amount=_decimal(given["amount"]),
        currency=order.currency,
        created_at=_time(given["createdAt"]),
        updated_at=_time(given["createdAt"]),
        status=given["status"],
        reason=given.get("reason") or "",
        shipping_costs_included=given["shippingCostsIncluded"],
        app=app,
        transaction=next((t for t in order.transactions if t.id == transaction_id), None),
    )
    grant.lines = [
        GrantedRefundLine(
            _known(world, line["id"]),
            lines[line["orderLine"]["id"]],
            line["quantity"],
            line.get("reason"),
        )
        for line in given["lines"]
    ]
    linked = {event["id"] for event in given["transactionEvents"]}
    for transaction in order.transactions:
        for event in transaction.events:
            if event.id in linked:
                event.granted_refund = grant
    return grant


def _event(
    world: SaleorWorld, order: Order, given: Recorded, lines: dict[str, OrderLine]
) -> OrderEvent:
    returned = [
        (part["quantity"], lines[part["orderLine"]["id"]])
        for part in given.get("lines") or []
        if part["orderLine"]["id"] in lines
    ]
    return OrderEvent(
        id=world.ids.numbered("OrderEvent"),
        order=order,
        type=given["type"],
        date=order.updated_at,
        app=world.find((given.get("app") or {}).get("id")),
        user=world.find((given.get("user") or {}).get("id")),
        amount=None if given.get("amount") is None else Decimal(str(given["amount"])),
        message=given.get("message"),
        returned=returned or None,
    )


def _known(world: SaleorWorld, global_id: str) -> str:
    """Keep a recorded id and let new ones of its kind continue above it."""
    kind, key = from_global_id(global_id) or ("", "")
    if key.isdigit():
        world.ids.start_after(kind, int(key))
    return global_id


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _decimal(given: Recorded) -> Decimal:
    return Decimal(str(given["amount"])) + ZERO


def _gross(given: Recorded) -> Decimal:
    return _decimal(given["gross"])

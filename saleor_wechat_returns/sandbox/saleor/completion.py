"""From checkout to order: when it is allowed, what moves over, and which events follow."""

from datetime import timedelta
from typing import Any

from . import money
from .call import Call
from .checkout import Checkout, CheckoutLine
from .checkouts import authorize_status
from .errors import Refused, refuse
from .ledger import order_charged
from .people import User
from .registry import field, mutation
from .world import Order, OrderLine


@mutation("checkoutComplete")
def complete_checkout(call: Call, *, id: str | None = None) -> dict[str, Any]:
    """Make the order; asked again, give the same one. [20]"""
    with call.world.lock:
        checkout = call.world.find(id)
        if not isinstance(checkout, Checkout):
            return {"order": _order_made_of(call, id)}
        _check(call, checkout)
        order = _move(call, checkout)
    _tell(call, order, "PLACED")
    return {"order": order}


@field("CheckoutComplete", "confirmationNeeded")
def confirmation_needed(_payload: Any, _call: Call) -> bool:
    """Confirmation belongs to the old Payments."""
    return False


def complete_automatically(call: Call) -> None:
    """What the background worker does for channels that complete fully paid checkouts."""
    if not call.world.automatically_complete:
        return
    for checkout in list(call.world.checkouts):
        with call.world.lock:
            if checkout not in call.world.checkouts or not checkout.transactions:
                continue
            if authorize_status(checkout) != "FULL" or not _has_waited(call, checkout):
                continue
            try:
                _check(call, checkout)
            except Refused:
                continue
            order = _move(call, checkout)
        _tell(call, order, "PLACED_AUTOMATICALLY_FROM_PAID_CHECKOUT")


def _has_waited(call: Call, checkout: Checkout) -> bool:
    """Since the payment, the last that happened to it. Seen on 3.23.28, 2026-11."""
    now = call.now()
    events = (event for transaction in checkout.transactions for event in transaction.events)
    paid_at = max((event.created_at for event in events), default=now)
    return now >= paid_at + timedelta(minutes=call.world.automatic_completion_minutes)


def _order_made_of(call: Call, checkout_id: str | None) -> Order:
    for order in call.world.orders:
        if checkout_id and order.checkout_id == checkout_id:
            return order
    raise refuse("id", "NOT_FOUND", f"Couldn't resolve to a node: {checkout_id}")


def _check(call: Call, checkout: Checkout) -> None:
    """The first reason against completion, in Saleor's order."""
    if not checkout.email:
        raise refuse(None, "EMAIL_NOT_SET", "Checkout email must be set.")
    if not checkout.lines:
        raise refuse("lines", "NO_LINES", "Cannot complete checkout without lines.")
    if checkout.shipping_method is None:
        raise refuse("shippingMethod", "SHIPPING_METHOD_NOT_SET", "Shipping method is not set")
    if checkout.billing_address is None:
        raise refuse("billingAddress", "BILLING_ADDRESS_NOT_SET", "Billing address is not set")
    if call.world.allow_unpaid_orders or authorize_status(checkout) == "FULL":
        return _check_stock(checkout)
    if checkout.transactions:
        text = "The authorized amount doesn't cover the checkout's total amount."
        raise refuse("id", "CHECKOUT_NOT_FULLY_PAID", text)
    text = "Provided payment methods can not cover the checkout's total amount"
    raise refuse(None, "CHECKOUT_NOT_FULLY_PAID", text)


def _check_stock(checkout: Checkout) -> None:
    """Last of all, when the order is being made (read in the code of 3.21 to 3.23)."""
    lacking = [line.variant for line in checkout.lines if line.variant.is_sold_out]
    if lacking:
        names = ", ".join(f"{variant.product.name} ({variant.name})" for variant in lacking)
        raise refuse(None, "INSUFFICIENT_STOCK", f"Insufficient product stock: {names}")


def _move(call: Call, checkout: Checkout) -> Order:
    """Replace the checkout by an order, which takes its transactions along."""
    assert checkout.shipping_method  # noqa: S101
    world, now = call.world, call.now()
    order = Order(
        id=world.ids.random("Order"),
        number=str(world.ids.next_number("order numbers")),
        created=now,
        updated_at=now,
        currency=checkout.currency,
        channel_slug=checkout.channel_slug,
        total=checkout.total,
        shipping_price=checkout.shipping_method.price,
        status="UNFULFILLED" if checkout.transactions else "UNCONFIRMED",
        user=checkout.user or _account_of(call, checkout),
        user_email=checkout.email or "",
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address,
        checkout_id=checkout.id,
        transactions=checkout.transactions,
    )
    order.lines = [_line(call, order, line) for line in checkout.lines]
    for transaction in order.transactions:
        transaction.order, transaction.checkout = order, None
    money.recalculate_order(order)
    order.updated_at = call.now()
    world.orders.append(order)
    world.checkouts.remove(checkout)
    return order


def _account_of(call: Call, checkout: Checkout) -> User | None:
    """A stranger's order goes to the account of his e-mail address, if there is one."""
    if call.user:
        return None
    return next((u for u in call.world.users if u.email == checkout.email), None)


def _line(call: Call, order: Order, line: CheckoutLine) -> OrderLine:
    variant = line.variant
    return OrderLine(
        id=call.world.ids.random("OrderLine"),
        order=order,
        product_name=variant.product.name,
        variant_name=variant.name,
        product_sku=variant.sku,
        quantity=line.quantity,
        unit_price=variant.price,
        total_price=line.total_price,
        undiscounted_unit_price=variant.price,
        variant=variant,
        is_shipping_required=variant.product.product_type.is_shipping_required,
        thumbnail_url=variant.thumbnail_url,
    )


def _tell(call: Call, order: Order, placed: str) -> None:
    call.note(order, placed)
    call.emit("ORDER_CREATED", order)
    if order.charge_status in ("FULL", "OVERCHARGED"):
        order_charged(call, order)
    call.note(order, "CONFIRMED")
    call.emit("ORDER_CONFIRMED", order)

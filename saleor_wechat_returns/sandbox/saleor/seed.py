"""Putting orders into a shop without going through checkout. No webhook is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from . import money
from .call import Call
from .catalog import Variant
from .order_status import refresh_status
from .people import Address, User
from .seed_payments import Paying, pay
from .tokens import TokenKeys
from .world import (
    ZERO,
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderEvent,
    OrderLine,
    SaleorWorld,
)


@dataclass(frozen=True)
class LineSpec:
    """One order line. Give `total_price` when a discount makes it differ from price x quantity."""

    product_name: str
    variant_name: str
    sku: str
    quantity: int
    unit_price: Decimal | str
    total_price: Decimal | str | None = None
    undiscounted_unit_price: Decimal | str | None = None
    thumbnail_url: str | None = None
    is_gift: bool = False  # of a promotion of the order


def seed_order(
    world: SaleorWorld,
    *,
    lines: Sequence[LineSpec],
    user: User | None = None,
    user_email: str | None = None,
    shipping: Decimal | str = ZERO,
    paid_with: Sequence[Paying] = (),
    fulfilled: Mapping[str, int] | Literal["all"] | None = None,
    tracking_number: str = "",
    channel: str = "cn",
    currency: str = "CNY",
    shipping_address: Address | None = None,
    voucher_code: str | None = None,
    is_settled: bool = True,
) -> Order:
    """A placed order, paid (in the order given: gift cards first) and shipped as asked.

    `fulfilled` maps SKUs to shipped quantities. A guest order has no `user`. With
    `is_settled=False` the payments stay CHARGE_REQUESTs that nobody has confirmed.
    """
    now = world.clock()
    order = Order(
        id=world.ids.random("Order"),
        number=str(world.ids.next_number("order numbers")),
        created=now,
        updated_at=now,
        currency=currency,
        channel_slug=channel,
        total=ZERO,
        shipping_price=Decimal(shipping),
        user=user,
        user_email=user_email or (user.email if user else ""),
        shipping_address=shipping_address,
        billing_address=shipping_address,
        voucher_code=voucher_code,
    )
    order.lines = [_line(world, order, spec) for spec in lines]
    order.total = sum((line.total_price for line in order.lines), order.shipping_price)
    world.orders.append(order)
    _note(world, order, "PLACED")
    for payment in paid_with:
        pay(world, order, payment, is_settled=is_settled)
    money.recalculate_order(order)
    if order.charge_status in ("FULL", "OVERCHARGED"):
        _note(world, order, "ORDER_FULLY_PAID")
    _note(world, order, "CONFIRMED")
    if fulfilled:
        _ship(world, order, fulfilled, tracking_number)
    return order


def offer(world: SaleorWorld, spec: LineSpec) -> Variant:
    """Have the shop sell what `spec` names, at that price from now on."""
    variant = world.variant(spec.product_name, spec.variant_name, spec.sku)
    variant.price, variant.thumbnail_url = Decimal(spec.unit_price), spec.thumbnail_url
    return variant


def _line(world: SaleorWorld, order: Order, spec: LineSpec) -> OrderLine:
    unit_price = Decimal(spec.unit_price)
    exact = spec.total_price if spec.total_price is not None else unit_price * spec.quantity
    variant = offer(world, spec)
    return OrderLine(
        id=world.ids.random("OrderLine"),
        order=order,
        product_name=spec.product_name,
        variant_name=spec.variant_name,
        product_sku=spec.sku,
        quantity=spec.quantity,
        unit_price=unit_price,
        total_price=Decimal(exact),
        undiscounted_unit_price=Decimal(spec.undiscounted_unit_price or unit_price),
        variant=variant,
        is_shipping_required=variant.product.product_type.is_shipping_required,
        is_gift=spec.is_gift,
        thumbnail_url=spec.thumbnail_url,
    )


def _ship(
    world: SaleorWorld,
    order: Order,
    fulfilled: Mapping[str, int] | Literal["all"],
    tracking_number: str,
) -> None:
    fulfillment = Fulfillment(
        id=world.ids.numbered("Fulfillment"),
        order=order,
        fulfillment_order=1,
        status="FULFILLED",
        created=world.clock(),
        tracking_number=tracking_number,
    )
    for line in order.lines:
        shipped = line.quantity if fulfilled == "all" else fulfilled.get(line.product_sku or "", 0)
        if not shipped:
            continue
        line.quantity_fulfilled += shipped
        fulfillment.lines.append(
            FulfillmentLine(
                id=world.ids.numbered("FulfillmentLine"),
                fulfillment=fulfillment,
                order_line=line,
                quantity=shipped,
                warehouse_id=world.default_warehouse_id,
            )
        )
    order.fulfillments.append(fulfillment)
    refresh_status(Call(world, TokenKeys(world.api_url)), order)
    _note(world, order, "FULFILLMENT_FULFILLED_ITEMS")


def _note(world: SaleorWorld, order: Order, event_type: str) -> None:
    event_id = world.ids.numbered("OrderEvent")
    order.events.append(OrderEvent(event_id, order, event_type, world.clock()))

"""The draft order that a return with `replace` creates."""

from dataclasses import replace

from .call import Call
from .world import Order, OrderLine


def create_replacement(call: Call, original: Order, wanted: list[tuple[OrderLine, int]]) -> Order:
    """A DRAFT with the same buyer and the replaced items, linked by `original`. [154, 155]"""
    now = call.now()
    draft = Order(
        id=call.world.ids.random("Order"),
        number=str(call.world.ids.next_number("order numbers")),
        created=now,
        updated_at=now,
        currency=original.currency,
        channel_slug=original.channel_slug,
        total=original.total,
        shipping_price=original.shipping_price,
        status="DRAFT",
        user=original.user,
        user_email=original.user_email,
        shipping_address=original.shipping_address,
        billing_address=original.billing_address,
        original_id=original.id,
        metadata=dict(original.metadata),
        private_metadata=dict(original.private_metadata),
    )
    for line, quantity in wanted:
        draft.lines.append(_copy(call, line, draft, quantity))
    draft.total = sum((line.total_price for line in draft.lines), original.total * 0)
    call.world.orders.append(draft)
    call.note(draft, "DRAFT_CREATED_FROM_REPLACE")
    replaced = [(line.quantity, line) for line in draft.lines]
    call.note(original, "FULFILLMENT_REPLACED", returned=replaced)
    call.note(original, "ORDER_REPLACEMENT_CREATED")
    return draft


def _copy(call: Call, line: OrderLine, draft: Order, quantity: int) -> OrderLine:
    return replace(
        line,
        id=call.world.ids.random("OrderLine"),
        order=draft,
        quantity=quantity,
        quantity_fulfilled=0,
        total_price=line.unit_price * quantity,
        metadata=dict(line.metadata),
        private_metadata=dict(line.private_metadata),
    )

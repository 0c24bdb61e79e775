"""Filling a checkout and paying it in full or in part; completing it is `completion`'s part."""

from decimal import Decimal
from typing import Any

from . import money
from .call import Call
from .catalog import ShippingMethod, Variant
from .checkout import Checkout, CheckoutLine
from .errors import refuse
from .lookup import get
from .people import Address
from .registry import mutation
from .world import ZERO

DEFAULT_CHANNEL = "cn"


@mutation("checkoutCreate")
def create_checkout(call: Call, *, input: dict[str, Any]) -> dict[str, Any]:
    """Open to everybody; addresses, stock and channels are not checked here."""
    lines = [_line(call, given) for given in input["lines"]]
    checkout = Checkout(
        id=call.world.ids.random("Checkout"),
        currency=call.world.currency,
        channel_slug=input.get("channel") or DEFAULT_CHANNEL,
        email=input.get("email") or (call.user.email if call.user else None),
        user=call.user,
        shipping_address=_address(call, input.get("shipping_address")),
        billing_address=_address(call, input.get("billing_address")),
        lines=lines,
    )
    call.world.checkouts.append(checkout)
    return {"checkout": checkout}


@mutation("checkoutDeliveryMethodUpdate")
def choose_delivery(
    call: Call, *, id: str | None = None, delivery_method_id: str | None = None
) -> dict[str, Any]:
    checkout = get(call, Checkout, id)
    chosen = get(call, ShippingMethod, delivery_method_id, field="deliveryMethodId")
    if checkout.shipping_address is None:
        text = "This shipping method is not applicable."
        raise refuse("deliveryMethodId", "DELIVERY_METHOD_NOT_APPLICABLE", text)
    checkout.shipping_method = chosen
    return {"checkout": checkout}


def _line(call: Call, given: dict[str, Any]) -> CheckoutLine:
    variant = call.world.find(given["variant_id"])
    if not isinstance(variant, Variant):
        text = f"Could not resolve to a node with the global id list of '{[given['variant_id']]}'."
        raise refuse("variantId", "GRAPHQL_ERROR", text)
    if given["quantity"] <= 0:
        text = "The quantity should be higher than zero."
        raise refuse("quantity", "ZERO_QUANTITY", text)
    return CheckoutLine(call.world.ids.random("CheckoutLine"), variant, given["quantity"])


def _address(call: Call, given: dict[str, Any] | None) -> Address | None:
    if given is None:
        return None
    known = {name: value for name, value in given.items() if value is not None}
    if "country" in known:
        known["country_code"] = known.pop("country")
    return Address(id=call.world.ids.numbered("Address"), **known)


def covered(checkout: Checkout) -> Decimal:
    """Authorised, charged, or about to be either: what counts towards completion. [16]"""
    paid = _charged(checkout)
    return sum((t.authorized + t.authorize_pending for t in checkout.transactions), paid)


def charge_status(checkout: Checkout) -> str:
    return money.charge_status(money.shown(_charged(checkout)), money.shown(checkout.total))


def authorize_status(checkout: Checkout) -> str:
    total = money.shown(checkout.total)
    return money.authorize_status(money.shown(covered(checkout)), total, is_free=total == 0)


def _charged(checkout: Checkout) -> Decimal:
    return sum((t.charged + t.charge_pending for t in checkout.transactions), ZERO)

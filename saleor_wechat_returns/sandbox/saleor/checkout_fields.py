"""Fields of checkouts and of what the shop sells."""

from typing import Any

from .access import HANDLE_PAYMENTS, HANDLE_TAXES, MANAGE_USERS
from .call import Call
from .catalog import ShippingMethod, Variant
from .checkout import Checkout, CheckoutLine
from .checkouts import authorize_status, charge_status
from .errors import permission_denied
from .ids import from_global_id, to_global_id
from .money import Money, TaxedMoney
from .money_fields import taxed
from .pages import page
from .people import User
from .registry import field
from .webhook_events import INITIALIZE_SESSION
from .world import Transaction

_GIFT_CARDS = {
    "id": "saleor.io.gift-card-payment-gateway",
    "name": "Gift Card Payment Gateway",
    "config": (),
}


@field("Query", "checkout")
def checkout_by_id(
    _source: Any, call: Call, id: str | None = None, token: str | None = None
) -> Checkout | None:
    """Anybody may read any checkout whose id he has; once completed it is gone."""
    found = call.world.find(id or to_global_id("Checkout", token))
    return found if isinstance(found, Checkout) else None


@field("Query", "products")
def products(_source: Any, call: Call, **paging: Any) -> Any:
    """Everything is sold in every channel."""
    paging.pop("channel", None)
    return page(call.world.products, **paging)


@field("ProductVariant", "pricing")
def pricing(variant: Variant, call: Call) -> dict[str, TaxedMoney]:
    return {"price": taxed(variant.price, call.world.currency)}


@field("Checkout", "token")
def token(checkout: Checkout, _call: Call) -> str:
    return (from_global_id(checkout.id) or ("", ""))[1]


@field("Checkout", "user")
def checkout_user(checkout: Checkout, call: Call) -> User | None:
    if checkout.user is None or checkout.user is call.user:
        return checkout.user
    wanted = (MANAGE_USERS, HANDLE_PAYMENTS, HANDLE_TAXES)
    if not call.principal.has_any(*wanted):
        raise permission_denied(*wanted, "OWNER")
    return checkout.user


@field("Checkout", "totalPrice")
def total_price(checkout: Checkout, _call: Call) -> TaxedMoney:
    return taxed(checkout.total, checkout.currency)


@field("Checkout", "chargeStatus")
def checkout_charge_status(checkout: Checkout, _call: Call) -> str:
    return charge_status(checkout)


@field("Checkout", "authorizeStatus")
def checkout_authorize_status(checkout: Checkout, _call: Call) -> str:
    return authorize_status(checkout)


@field("Checkout", "transactions")
def transactions(checkout: Checkout, call: Call) -> list[Transaction]:
    call.principal.require("MANAGE_CHECKOUTS", HANDLE_PAYMENTS)
    return checkout.transactions


@field("Checkout", "shippingMethods")
def shipping_methods(checkout: Checkout, call: Call) -> list[ShippingMethod]:
    return call.world.shipping_methods if checkout.shipping_address else []


@field("ShippingMethod", "price")
def shipping_price(method: ShippingMethod, call: Call) -> Money:
    return Money(method.price, call.world.currency)


@field("Checkout", "availablePaymentGateways")
def available_gateways(_checkout: Checkout, call: Call) -> list[dict[str, Any]]:
    listening = [a for a in call.world.apps if a.is_active and a.listens_to(INITIALIZE_SESSION)]
    apps = [{"id": app.identifier, "name": app.name, "config": ()} for app in listening]
    return [*apps, _GIFT_CARDS]


@field("CheckoutLine", "totalPrice")
def line_total(line: CheckoutLine, call: Call) -> TaxedMoney:
    return taxed(line.total_price, call.world.currency)

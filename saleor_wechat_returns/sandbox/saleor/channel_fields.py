"""Fields of sales channels: who may read which setting.

Source: the schemas of Saleor 3.21 to 3.24.
"""

from typing import Any

from .access import HANDLE_PAYMENTS, MANAGE_ORDERS
from .call import Call
from .channel import Channel
from .checkout import Checkout
from .errors import permission_denied
from .registry import field
from .world import Order


@field("Query", "channels")
def channels(_source: Any, call: Call) -> list[Channel]:
    if call.app is None and not (call.user and call.user.is_staff):
        raise permission_denied("AUTHENTICATED_APP", "AUTHENTICATED_STAFF_USER")
    return call.world.channels


@field("Channel", "checkoutSettings")
def checkout_settings(_channel: Channel, call: Call) -> dict[str, Any]:
    call.principal.require("MANAGE_CHANNELS", "MANAGE_CHECKOUTS")
    return {"automaticallyCompleteFullyPaidCheckouts": call.world.automatically_complete}


@field("Channel", "orderSettings")
def order_settings(channel: Channel, call: Call) -> dict[str, Any]:
    call.principal.require("MANAGE_CHANNELS", MANAGE_ORDERS)
    return {
        "allowUnpaidOrders": call.world.allow_unpaid_orders,
        "expireOrdersAfter": channel.expires_orders_after,
    }


@field("Channel", "paymentSettings")
def payment_settings(channel: Channel, call: Call) -> dict[str, Any]:
    call.principal.require("MANAGE_CHANNELS", HANDLE_PAYMENTS)
    return {
        "defaultTransactionFlowStrategy": channel.flow_strategy,
        "releaseFundsForExpiredCheckouts": channel.releases_funds,
        "checkoutTtlBeforeReleasingFunds": channel.releases_funds_after,
    }


@field("Order", "channel")
@field("Checkout", "channel")
def channel(source: Order | Checkout, call: Call) -> Channel:
    found = [it for it in call.world.channels if it.slug == source.channel_slug]
    return found[0] if found else Channel(source.channel_slug, source.currency)

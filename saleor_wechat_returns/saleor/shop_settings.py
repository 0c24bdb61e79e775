"""What a shop says of our app and of its channels: the settings that decide whether we can work.

Raises Malformed on any other shape: whoever answers there may be anything but a Saleor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Malformed(Exception):
    """Not the answer of a Saleor."""


@dataclass(frozen=True, slots=True)
class AppThere:
    """Our app as the shop knows it. `version`: "3.23"."""

    is_active: bool
    permissions: frozenset[str]
    version: str


@dataclass(frozen=True, slots=True)
class ChannelThere:
    """A sales channel. `expires_orders_after` in minutes, `releases_funds_after` in hours."""

    slug: str
    currency: str
    is_active: bool
    completes_checkouts: bool
    expires_orders_after: int | None
    flow: str
    releases_funds: bool
    releases_funds_after: int | None


def read_app(data: dict[str, Any]) -> AppThere | None:
    """Of the answer to OwnApp; None if the token is nobody's."""
    try:
        app, version = data["app"], data["shop"]["schemaVersion"]
        if app is None:
            return None
        return AppThere(
            is_active=app["isActive"] is not False,
            permissions=frozenset(str(it["code"]) for it in app["permissions"] or ()),
            version=str(version),
        )
    except (LookupError, TypeError, AttributeError) as wrong:
        raise Malformed("answer not understood") from wrong


def read_channels(data: dict[str, Any]) -> list[ChannelThere]:
    """Of the answer to ShopSettings."""
    try:
        return [_channel(node) for node in data["channels"] or ()]
    except (LookupError, TypeError, AttributeError, ValueError) as wrong:
        raise Malformed("answer not understood") from wrong


def _channel(node: dict[str, Any]) -> ChannelThere:
    payment = node["paymentSettings"]
    return ChannelThere(
        slug=str(node["slug"]),
        currency=str(node["currencyCode"]),
        is_active=node["isActive"] is True,
        completes_checkouts=(
            node["checkoutSettings"]["automaticallyCompleteFullyPaidCheckouts"] is True
        ),
        expires_orders_after=_number(node["orderSettings"]["expireOrdersAfter"]),
        flow=str(payment["defaultTransactionFlowStrategy"]),
        releases_funds=payment["releaseFundsForExpiredCheckouts"] is True,
        releases_funds_after=_number(payment["checkoutTtlBeforeReleasingFunds"]),
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)

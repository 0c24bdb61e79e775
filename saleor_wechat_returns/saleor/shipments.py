"""What of a payment's order has gone out, as Saleor tells it: what WeChat must hear of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..domain.money import FEN_PER_YUAN

Node = dict[str, Any]

# Goods that are, or were, with the customer. What came back keeps no number.
OUT = frozenset({"FULFILLED", "REFUNDED"})
WAITING = "WAITING_FOR_APPROVAL"


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """One fulfilment. `metadata`: of the keys that were asked for, private ones first."""

    fulfillment_id: str
    tracking_no: str = field(repr=False)
    metadata: dict[str, str]
    items: tuple[tuple[str, int], ...]  # product, pieces


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """`is_charged`: not all of the payment went back. `phone`: the receiver's, as typed."""

    order_id: str
    is_charged: bool
    phone: str = field(repr=False)
    needs_shipping: bool
    is_picked_up: bool
    is_all_out: bool
    parcels: tuple[ParcelFacts, ...]  # in Saleor's order


def shipment_facts(answer: Node) -> ShipmentFacts | None:
    """The answer of Shipment.graphql; None while there is no order."""
    transaction = answer["transaction"]
    order = transaction and transaction["order"]
    if not order:
        return None
    needs_shipping = any(line["isShippingRequired"] for line in order["lines"])
    charged = Decimal(transaction["chargedAmount"]["amount"]) * FEN_PER_YUAN
    return ShipmentFacts(
        order_id=order["id"],
        is_charged=charged >= 1,
        phone=(order["shippingAddress"] or {}).get("phone") or "",
        needs_shipping=needs_shipping,
        is_picked_up=bool(order["collectionPointName"]),
        is_all_out=_is_all_out(order, needs_shipping=needs_shipping),
        parcels=tuple(_parcels(order, needs_shipping=needs_shipping)),
    )


def _is_all_out(order: Node, *, needs_shipping: bool) -> bool:
    """Of an order with goods to send, what is not sent does not count."""
    lines = [line for line in order["lines"] if line["isShippingRequired"] or not needs_shipping]
    waits = any(node["status"] == WAITING for node in order["fulfillments"])
    return not waits and not any(line["quantityToFulfill"] for line in lines)


def _parcels(order: Node, *, needs_shipping: bool) -> Iterator[ParcelFacts]:
    for node in order["fulfillments"]:
        items = tuple(
            (line["orderLine"]["productName"], line["quantity"])
            for line in node["lines"] or ()
            if line["orderLine"] and (line["orderLine"]["isShippingRequired"] or not needs_shipping)
        )
        if node["status"] in OUT and items:
            metadata = (node["metafields"] or {}) | (node["privateMetafields"] or {})
            yield ParcelFacts(node["id"], node["trackingNumber"].strip(), metadata, items)

"""What we read of Saleor, parsed once at the border: dataclasses in, dictionaries never.

Money becomes fen here. Raises ValueError or KeyError on a shape we do not know; callers treat
that as a bug, since the operations are validated against the schemas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..domain.goods import Goods
from ..domain.money import FEN_PER_YUAN, Fen, fen_of_yuan
from ..domain.positions import Positions, positions_of
from .goods import goods_of_line

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FulfillmentFacts:
    """What went out together. `metadata`: of the keys that were asked for, private ones first.

    `carrier`: as the shop wrote it; blank: it did not, or it was not asked for.
    """

    id: str
    created_at: datetime
    metadata: dict[str, str]
    tracking_number: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class FulfilledPieces:
    """Part of a fulfilment; its id lives only as long as the pieces stay where they are."""

    status: str
    fulfillment_line_id: str
    order_line_id: str
    quantity: int
    fulfillment: FulfillmentFacts


@dataclass(frozen=True, slots=True)
class LineFacts:
    order_line_id: str
    product_name: str
    variant_name: str
    sku: str
    quantity: int
    quantity_to_fulfill: int
    total_fen: Fen
    positions: Positions
    goods: Goods | None = None  # None: not asked for


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One entry of a transaction's history."""

    type: str
    psp_reference: str
    amount_fen: Fen | None  # None: not a whole number of fen


@dataclass(frozen=True, slots=True)
class TransactionFacts:
    id: str
    psp_reference: str
    app_id: str  # blank: made by staff
    charged_fen: Fen
    refunded_fen: Fen
    refund_pending_fen: Fen
    events: tuple[EventFacts, ...]  # newest first

    def has_event(self, kind: str, psp_reference: str) -> bool:
        return any(e.type == kind and e.psp_reference == psp_reference for e in self.events)

    def holds_refund(self, psp_reference: str) -> bool:
        """Is this refund's money off the charge: pending, or refunded?"""
        asked = self.has_event("REFUND_REQUEST", psp_reference)
        done = self.has_event("REFUND_SUCCESS", psp_reference)
        return (asked or done) and not self.is_undone(psp_reference)

    def is_undone(self, psp_reference: str) -> bool:
        """Did it fail, or was it reversed? Then nothing more is counted under this reference."""
        kinds = ("REFUND_FAILURE", "REFUND_REVERSE")
        return any(self.has_event(kind, psp_reference) for kind in kinds)


@dataclass(frozen=True, slots=True)
class GrantFacts:
    id: str
    status: str
    reason: str
    amount_fen: Fen | None  # None: not a whole number of fen, so surely not ours
    app_id: str
    transaction_id: str
    with_shipping: bool
    events: tuple[EventFacts, ...]  # of refunds that were asked for by this grant

    @property
    def is_off_the_charge(self) -> bool:
        """Has the transaction's owner taken the request on? Only then does the charge fall."""
        is_accepted = any(e.type == "REFUND_REQUEST" and e.psp_reference for e in self.events)
        return self.status == "SUCCESS" or (self.status == "PENDING" and is_accepted)


@dataclass(frozen=True, slots=True)
class ReturnedEvent:
    """A FULFILLMENT_RETURNED entry of the order's history: who returned how many of what."""

    id: str
    app_id: str  # blank: a person did it
    pieces: dict[str, int]  # order line id -> pieces


@dataclass(frozen=True, slots=True)
class OrderFacts:
    id: str
    number: str
    status: str
    channel: str
    currency: str
    customer_id: str
    total_fen: Fen
    shipping_fen: Fen
    charged_fen: Fen  # by transactions, and by the payments of the API before them
    lines: tuple[LineFacts, ...]
    fulfilled: tuple[FulfilledPieces, ...]
    transactions: tuple[TransactionFacts, ...]  # oldest first
    grants: tuple[GrantFacts, ...]
    returned_events: tuple[ReturnedEvent, ...]
    has_parcels: bool = False  # carriers and the telephone were asked for
    receiver_phone: str = ""  # as it was typed

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        return next((t for t in self.transactions if t.id == transaction_id), None)

    def fulfillment(self, fulfillment_id: str) -> FulfillmentFacts | None:
        found = (part.fulfillment for part in self.fulfilled)
        return next((sent for sent in found if sent.id == fulfillment_id), None)

    def grant(self, grant_id: str) -> GrantFacts | None:
        return next((g for g in self.grants if g.id == grant_id), None)


def order_facts(order: Node) -> OrderFacts:
    """The answer of OrderFacts.graphql."""
    fulfilled = tuple(_fulfilled(order["fulfillments"]))
    currency = order["total"]["gross"]["currency"]
    # In another currency than CNY no figure of ours applies: such an order is refused anyway.
    money = _fen if currency == "CNY" else _no_fen
    return OrderFacts(
        id=order["id"],
        number=order["number"],
        status=order["status"],
        channel=order["channel"]["slug"],
        currency=currency,
        customer_id=_id_of(order["user"]),
        total_fen=money(order["total"]["gross"]),
        shipping_fen=money(order["shippingPrice"]["gross"]),
        charged_fen=_full_fen(order["totalCharged"]),
        lines=tuple(
            LineFacts(
                order_line_id=line["id"],
                product_name=line["productName"],
                variant_name=line["variantName"] or "",
                sku=line["productSku"] or "",
                quantity=line["quantity"],
                quantity_to_fulfill=line["quantityToFulfill"],
                total_fen=money(line["totalPrice"]["gross"]),
                positions=_positions(line, fulfilled),
                goods=goods_of_line(line, order) if "isGift" in line else None,
            )
            for line in order["lines"]
        ),
        fulfilled=fulfilled,
        transactions=tuple(_transaction(node) for node in order["transactions"]),
        grants=tuple(_grant(node) for node in order["grantedRefunds"]),
        returned_events=tuple(
            ReturnedEvent(node["id"], _id_of(node["app"]), _pieces(node["lines"] or ()))
            for node in order["events"]
            if node["type"] == "FULFILLMENT_RETURNED"
        ),
        has_parcels="shippingAddress" in order,
        receiver_phone=(order.get("shippingAddress") or {}).get("phone") or "",
    )


def transaction_facts(answer: Node) -> TransactionFacts | None:
    """The answer of TransactionTotals.graphql; None: there is none, or it is not to be seen."""
    node = answer["transaction"]
    return _transaction(node) if node else None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A transaction and what it pays for. Neither: its checkout was deleted."""

    transaction: TransactionFacts
    order_id: str  # blank: no order came of it yet
    order_excess_fen: int  # charged beyond what the order costs; negative: not all is paid
    checkout_id: str  # blank: it has become an order, or is gone
    is_covered: bool  # what is charged, or about to be, covers what the checkout costs now


def payment_facts(node: Node) -> PaymentFacts:
    """The transaction of PaymentFacts.graphql."""
    checkout, order = node["checkout"] or {}, node["order"]
    return PaymentFacts(
        transaction=_transaction(node),
        order_id=_id_of(order),
        order_excess_fen=(
            _full_fen(order["totalCharged"]) - _full_fen(order["total"]["gross"]) if order else 0
        ),
        checkout_id=checkout.get("id", ""),
        is_covered=checkout.get("authorizeStatus") == "FULL",
    )


@dataclass(frozen=True, slots=True)
class GuestOrder:
    """What tells whether a guest knows an order. The phones are as they were typed."""

    order_id: str
    customer_id: str
    phones: tuple[str, ...]


def guest_orders(answer: Node) -> tuple[GuestOrder, ...]:
    """The answer of GuestOrder.graphql."""
    return tuple(
        GuestOrder(
            order_id=order["id"],
            customer_id=_id_of(order["user"]),
            phones=tuple(
                address["phone"]
                for address in (order["billingAddress"], order["shippingAddress"])
                if address and address["phone"]
            ),
        )
        for order in (edge["node"] for edge in answer["orders"]["edges"])
    )


@dataclass(frozen=True, slots=True)
class OwnPermissions:
    """Whom Saleor takes a token for, and what it lets that person do."""

    user_id: str
    is_staff: bool
    codes: frozenset[str]


def own_permissions(answer: Node) -> OwnPermissions | None:
    """From the answer to `OwnPermissions`; None: the token counts as nobody's."""
    me = answer["me"]
    if me is None:
        return None
    codes = frozenset(str(permission["code"]) for permission in me["userPermissions"] or ())
    return OwnPermissions(me["id"], me["isStaff"] is True, codes)


def _fen(money: Node) -> Fen:
    return fen_of_yuan(Decimal(money["amount"]))


def _no_fen(_money: Node) -> Fen:
    return Fen(0)


def _whole_fen(money: Node) -> Fen | None:
    """Saleor stores a grant of 10.005 yuan as it is (measured 2026-11)."""
    try:
        return _fen(money)
    except ValueError:
        return None


def _id_of(node: Node | None) -> str:
    return node["id"] if node else ""


def _fulfilled(fulfillments: Iterable[Node]) -> Iterable[FulfilledPieces]:
    for node in fulfillments:
        private, public = node.get("privateMetafields") or {}, node.get("metafields") or {}
        fulfillment = FulfillmentFacts(
            id=node["id"],
            created_at=datetime.fromisoformat(node["created"]),
            metadata=public | private,
            tracking_number=node["trackingNumber"].strip(),
            carrier=node.get("privateCarrier") or node.get("carrier") or "",
        )
        for line in node["lines"] or ():
            if line["orderLine"] is not None:
                order_line_id = line["orderLine"]["id"]
                yield FulfilledPieces(
                    node["status"], line["id"], order_line_id, line["quantity"], fulfillment
                )


def _positions(line: Node, fulfilled: tuple[FulfilledPieces, ...]) -> Positions:
    mine = ((part.status, part.quantity) for part in fulfilled if part.order_line_id == line["id"])
    return positions_of(line["quantityToFulfill"], mine)


def _events(nodes: Iterable[Node] | None) -> tuple[EventFacts, ...]:
    return tuple(
        EventFacts(node["type"] or "", node["pspReference"], _whole_fen(node["amount"]))
        for node in nodes or ()
    )


def _full_fen(money: Node) -> Fen:
    """Whole fen, rounded down: what others refunded in fractions never counts as there."""
    return Fen(math.floor(Decimal(money["amount"]) * FEN_PER_YUAN))


def _transaction(node: Node) -> TransactionFacts:
    maker = node["createdBy"] or {}
    return TransactionFacts(
        id=node["id"],
        psp_reference=node["pspReference"],
        app_id=maker["id"] if maker.get("__typename") == "App" else "",
        charged_fen=_full_fen(node["chargedAmount"]),
        refunded_fen=_full_fen(node["refundedAmount"]),
        refund_pending_fen=_full_fen(node["refundPendingAmount"]),
        events=_events(node["events"]),
    )


def _grant(node: Node) -> GrantFacts:
    return GrantFacts(
        id=node["id"],
        status=node["status"],
        reason=node["reason"] or "",
        amount_fen=_whole_fen(node["amount"]),
        app_id=_id_of(node["app"]),
        transaction_id=_id_of(node["transaction"]),
        with_shipping=node["shippingCostsIncluded"],
        events=_events(node["transactionEvents"]),
    )


def _pieces(lines: Iterable[Node]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for line in lines:
        if line["orderLine"] is not None:
            line_id = line["orderLine"]["id"]
            pieces[line_id] = pieces.get(line_id, 0) + line["quantity"]
    return pieces

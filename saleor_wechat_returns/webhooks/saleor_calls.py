"""Webhooks from Saleor about orders and refunds: one call inward each."""

from __future__ import annotations

from typing import Any

from .. import clock, inbox
from ..models import Shop
from ..usecases.orders import UPDATED
from ..usecases.refund_answers import RefundRequested
from ..usecases.refund_requested import answer_refund_request, digest_of
from .signed_calls import Event, fen_of, id_of, object_of, signed_by_saleor


def refund_requested(shop: Shop, event: Event, body: bytes) -> dict[str, Any]:
    grant, order = event["grantedRefund"], object_of(event["transaction"])["order"]
    asked = RefundRequested(
        order_id=id_of(order) if order else "",
        transaction_id=id_of(event["transaction"]),
        grant_id=id_of(grant) if grant else "",
        amount_fen=fen_of(event["action"]),
        granted_fen=fen_of(object_of(grant)["amount"]) if grant else None,
        body_digest=digest_of(body),
    )
    return answer_refund_request(shop, asked, now=clock.now())


def order_updated(shop: Shop, event: Event, body: bytes) -> dict[str, Any]:
    order = object_of(event["order"])
    heard: dict[str, Any] = {"order_id": id_of(order), "is_shipped": _is_shipped(order)}
    # A webhook that was made before these were asked for does not name them.
    if order.get("fulfillments"):
        heard["transaction_ids"] = [id_of(node) for node in order.get("transactions") or ()]
    inbox.receive(shop, UPDATED, digest_of(body), heard)
    return {}


def _is_shipped(order: dict[str, Any]) -> bool:
    """Has anything a tracking number? A shop of an earlier version does not send that yet."""
    sent = order.get("fulfillments") or ()
    return any(object_of(fulfillment).get("trackingNumber") for fulfillment in sent)


refund_requested_view = signed_by_saleor(refund_requested, for_owner=True)
order_updated_view = signed_by_saleor(order_updated)

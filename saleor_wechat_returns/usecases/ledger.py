"""Reading an order from Saleor into our ledger, and the order lock.

A read is a copy with a time: `facts_read_at` is our clock when it was SENT, and a read sent
before the stored one is discarded (Saleor's `updatedAt` does not move on every return).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from .. import clock
from ..models import (
    Payment,
    Refund,
    ReturnableLine,
    ReturnableOrder,
    ReturnRequest,
    SaleorRefundRequest,
    Shop,
)
from ..models.ledger import PaymentOwner
from ..saleor.payloads import OrderFacts, TransactionFacts, order_facts
from .contradictions import mark_contradictions
from .outbound import keep_outbound
from .shops import app_ids_of, need_app, saleor_of


@dataclass(frozen=True, slots=True)
class Read:
    """An order as Saleor told it, and when we asked."""

    facts: OrderFacts
    sent_at: datetime


def read_order(
    shop: Shop,
    order_id: str,
    *,
    seconds: float | None = None,
    goods_with: Collection[str] | None = None,
    with_parcels: bool = False,
) -> Read | None:
    """Ask Saleor for the order; None if it has none. No transaction may be open.

    `goods_with`: also what was bought and when it went out, with these metadata keys.
    `with_parcels`: also who carries what was sent, and to what telephone number.
    Raises ProviderUnavailable or ProviderRejected.
    """
    sent_at = clock.now()
    asked = {
        "id": order_id,
        "withGoods": goods_with is not None,
        "keys": sorted(goods_with or ()),
        "withParcels": with_parcels,
        "carrierKey": settings.FULFILLMENT_CARRIER_KEY,
    }
    order = saleor_of(shop).read("OrderFacts", asked, seconds=seconds)["order"]
    if order:
        return Read(order_facts(order), sent_at)
    if ReturnableOrder.objects.filter(shop=shop, order_id=order_id).exists():
        need_app(shop)  # it had it: perhaps it shows orders to us no longer
    return None


def lock_order(shop: Shop, read: Read) -> ReturnableOrder:
    """Take the order lock, with the read's facts in the ledger unless newer ones are there."""
    facts = read.facts
    ReturnableOrder.objects.bulk_create(
        [
            ReturnableOrder(
                shop=shop,
                order_id=facts.id,
                number=facts.number,
                channel=facts.channel,
                currency=facts.currency,
                customer_id=facts.customer_id,
                saleor_status=facts.status,
                total_fen=facts.total_fen,
                shipping_fen=facts.shipping_fen,
                charged_fen=facts.charged_fen,
                facts_read_at=read.sent_at,
            )
        ],
        ignore_conflicts=True,
    )
    order = ReturnableOrder.objects.select_for_update().get(shop=shop, order_id=facts.id)
    order.shop = shop
    if read.sent_at >= order.facts_read_at:
        _write_facts(order, read)
    return order


def _write_facts(order: ReturnableOrder, read: Read) -> None:
    facts = read.facts
    order.channel = facts.channel
    order.customer_id = facts.customer_id
    order.saleor_status = facts.status
    order.charged_fen = facts.charged_fen
    order.shipping_granted = _is_shipping_granted(order, facts)
    order.facts_read_at = read.sent_at
    _write_lines(order, facts)
    _write_payments(order, facts)
    order.save()
    mark_contradictions(order, now=clock.now())
    keep_outbound(order, facts, now=clock.now())


def _is_shipping_granted(order: ReturnableOrder, facts: OrderFacts) -> bool:
    """By a grant that is none of ours: Saleor takes no second one, whatever became of the first."""
    with_shipping = [grant for grant in facts.grants if grant.with_shipping]
    if not with_shipping:
        return False
    ours = set(Refund.objects.filter(order=order).values_list("grant_id", flat=True))
    numbers = set(ReturnRequest.objects.filter(order=order).values_list("number", flat=True))
    return any(
        grant.id not in ours and grant.reason.rpartition("-")[0] not in numbers
        for grant in with_shipping
    )


def _write_lines(order: ReturnableOrder, facts: OrderFacts) -> None:
    rows = [
        ReturnableLine(
            shop_id=order.shop_id,
            order=order,
            order_line_id=line.order_line_id,
            product_name=line.product_name[:400],
            variant_name=line.variant_name[:400],
            sku=line.sku[:255],
            quantity=line.quantity,
            total_fen=line.total_fen,
            unshipped=line.positions.unshipped,
            with_customer=line.positions.with_customer,
            returned=line.positions.returned,
            exchanged=line.positions.exchanged,
        )
        for line in facts.lines
    ]
    ReturnableLine.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["shop", "order_line_id"],
        update_fields=["unshipped", "with_customer", "returned", "exchanged"],
    )


def _write_payments(order: ReturnableOrder, facts: OrderFacts) -> None:
    ours = app_ids_of(order.shop)
    known_ours = set(
        Payment.objects.filter(order=order, owner=PaymentOwner.OURS).values_list(
            "transaction_id", flat=True
        )
    )
    uncounted = _uncounted_in_saleor(order, facts, ours)
    rows = [
        Payment(
            shop_id=order.shop_id,
            order=order,
            transaction_id=transaction.id,
            # The maker vanishes from Saleor's answer with its App row; ownership does not.
            owner=PaymentOwner.OURS if transaction.id in known_ours else _owner(transaction, ours),
            psp_reference=transaction.psp_reference,
            total_fen=_paid(transaction),
            bears_fen=transaction.charged_fen + uncounted.get(transaction.id, 0),
            position=position,
        )
        for position, transaction in enumerate(facts.transactions)
    ]
    Payment.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["shop", "transaction_id"],
        update_fields=["owner", "psp_reference", "total_fen", "bears_fen", "position"],
    )


def _uncounted_in_saleor(
    order: ReturnableOrder, facts: OrderFacts, ours: frozenset[str]
) -> dict[str, int]:
    """Fen of our unfinished refunds that Saleor already took off the charge, by transaction.

    They are added back, so that `bears_fen` never lacks money that our own rows still reserve.
    """
    found: dict[str, int] = {}
    attempts = SaleorRefundRequest.objects.filter(
        refund__order=order, refund__counted_at=None, refund__payment__isnull=False
    ).select_related("refund__payment")
    for attempt in attempts:
        refund = attempt.refund
        transaction = facts.transaction(refund.bearer.transaction_id)
        if transaction is not None and transaction.holds_refund(attempt.psp_reference):
            found[transaction.id] = found.get(transaction.id, 0) + refund.amount_fen
    others = {t.id for t in facts.transactions if _owner(t, ours) == PaymentOwner.ANOTHER_APP}
    granted = [g.id for g in facts.grants if g.transaction_id in others and g.is_off_the_charge]
    asked = Refund.objects.filter(order=order, counted_at=None, grant_id__in=granted)
    for refund in asked.select_related("payment"):
        paid_by = refund.bearer.transaction_id
        found[paid_by] = found.get(paid_by, 0) + refund.amount_fen
    return found


def _paid(transaction: TransactionFacts) -> int:
    """What the payer paid: what is still charged plus what went, or is going, back."""
    return transaction.charged_fen + transaction.refunded_fen + transaction.refund_pending_fen


def _owner(transaction: TransactionFacts, our_app_ids: frozenset[str]) -> str:
    if transaction.app_id in our_app_ids:
        return PaymentOwner.OURS
    return PaymentOwner.ANOTHER_APP if transaction.app_id else PaymentOwner.STAFF

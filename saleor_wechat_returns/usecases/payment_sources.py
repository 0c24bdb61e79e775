"""What is paid for: a checkout or an order, how much of it is taken, and its lock.

An order remembers the checkout it was made of, so both are one source here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection
from django.db.models import Q
from psycopg.errors import LockNotAvailable

from ..domain.errors import ProviderUnavailable
from ..domain.money import Fen
from ..domain.payment_faults import PaymentFault, PaymentRefused
from ..models import Shop, WechatPayment
from ..models.payments import LIVE_PAYMENTS, WechatPaymentStatus
from ..saleor.payloads import PaymentFacts, payment_facts
from .shops import need_app, saleor_of


@dataclass(frozen=True, slots=True)
class SeenTransaction:
    """A transaction of the source in Saleor; rounded so that it never takes too little."""

    id: str
    takes_fen: Fen  # charged, authorised, or about to be
    gone_fen: Fen  # went back to the payer, or is on its way


@dataclass(frozen=True, slots=True)
class Source:
    """A checkout or order as Saleor showed it when it asked us."""

    id: str
    checkout_id: str  # what it is or was made of; blank: an order without checkout
    order_number: str  # blank: a checkout
    channel: str
    total_fen: Fen | None  # None: not a whole number of fen in CNY
    transactions: tuple[SeenTransaction, ...]


def paid_for(payment: WechatPayment) -> PaymentFacts:
    """What the payment's transaction looks like in Saleor now. No transaction may be open.

    Raises ProviderUnavailable, also when Saleor does not show it.
    """
    asked = {"id": payment.transaction_id}
    node = saleor_of(payment.shop).read("PaymentFacts", asked)["transaction"]
    if node is None:
        need_app(payment.shop)
        raise ProviderUnavailable("Saleor does not show the transaction")
    return payment_facts(node)


@contextmanager
def locked(shop: Shop, source: Source) -> Iterator[None]:
    """One payment of a source is begun at a time, on however many devices.

    An advisory lock of this session: WeChat is called meanwhile, so it is no transaction.
    Raises PaymentRefused when the wait is too long (`lock_timeout`).
    """
    name = f"saleor_wechat_returns payments of {shop.pk} {source.checkout_id or source.id}"
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        except OperationalError as waited:
            if not isinstance(waited.__cause__, LockNotAvailable):
                raise
            raise PaymentRefused(PaymentFault.PAYMENT_IN_PROGRESS) from waited
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def other_payments(shop: Shop, source: Source, transaction_id: str) -> list[WechatPayment]:
    """Our rows of the source but for one, oldest first."""
    seen = [transaction.id for transaction in source.transactions]
    rows = WechatPayment.objects.filter(
        Q(source_id__in={source.id, source.checkout_id} - {""}) | Q(transaction_id__in=seen),
        shop=shop,
    )
    others = rows.exclude(transaction_id=transaction_id).select_related("merchant", "shop")
    return list(others.order_by("expires_at", "id"))


def taken_fen(source: Source, transaction_id: str, rows: list[WechatPayment]) -> int:
    """What is charged or being charged on the source, but for live payments and one of ours."""
    seen = {transaction.id: transaction for transaction in source.transactions}
    seen.pop(transaction_id, None)
    taken = 0
    for row in rows:
        there = seen.pop(row.transaction_id, None)
        if row.status in LIVE_PAYMENTS:
            continue
        takes, gone = (there.takes_fen, there.gone_fen) if there else (0, 0)
        is_counted = takes + gone >= row.amount_fen
        is_paid = row.status == WechatPaymentStatus.PAID
        taken += row.amount_fen if is_paid and not is_counted else takes
    return taken + sum(there.takes_fen for there in seen.values())

"""A day's trade bill against our own rows.

Reads the bill in chunks, and writes each chunk in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.db.models import F
from django.db.models.functions import TruncDate

from ..domain.differences import DifferenceKind
from ..domain.numbers import is_out_trade_no
from ..models import Reconciliation, WechatPayment, WechatRefund
from ..models.payments import WechatPaymentStatus
from ..models.reconciliation import ReconciliationStatus
from ..models.refunds import WechatRefundStatus
from ..wechat.bill_rows import BEIJING, BilledRefund, PaymentRow, RefundRow, TradeRow
from .differences import Found, note, rewrite
from .own_side import Owner, bounds_of, chunks, own_payments, own_refunds, owners_of
from .take_from_bill import put_take


class TradeComparison:
    """One turn through a trade bill. `numbers`: WeChat Pay's own, of what is this shop's."""

    def __init__(self, run: Reconciliation) -> None:
        self.run = run
        self.numbers: set[str] = set()
        self._counted = {"payments": 0, "payments_fen": 0, "refunds": 0, "refunds_fen": 0}
        self._others = 0

    def compare(self, rows: Iterable[TradeRow]) -> None:
        """Every row of the bill, then what of ours is not in it."""
        for chunk in chunks(rows):
            with transaction.atomic():
                self._payments([row for row in chunk if isinstance(row, PaymentRow)])
                self._refunds([row for row in chunk if isinstance(row, RefundRow)])
        with transaction.atomic():
            for found in (*_payments_not_in(self.run), *_refunds_not_in(self.run)):
                note(self.run, found)
        rewrite(self.run, **self._counted, others=self._others)

    def _payments(self, rows: list[PaymentRow]) -> None:
        owners = owners_of(rows)
        seen = []
        for row in rows:
            owner = owners.get(row.out_trade_no) or owners.get(row.transaction_id)
            if owner is not None and owner.shop_id == self.run.shop_id:
                self._own("payments", row.transaction_id, row.total_fen)
                if owner.row is not None:
                    seen.append(owner.row.pk)
                self._compare_payment(row, owner)
            elif owner is None and is_out_trade_no(row.out_trade_no):
                unknown = DifferenceKind.PAYMENT_UNKNOWN
                note(self.run, Found(unknown, row.out_trade_no, theirs_fen=row.total_fen))
            else:
                self._others += 1
        WechatPayment.objects.filter(pk__in=seen).update(billed_on=self.run.day)

    def _compare_payment(self, row: PaymentRow, owner: Owner) -> None:
        number, said = row.out_trade_no, row.total_fen
        if said != owner.amount_fen:
            kind = DifferenceKind.PAYMENT_AMOUNT_DIFFERS
            note(self.run, Found(kind, number, owner.amount_fen, said))
        elif owner.row is not None and owner.row.status != WechatPaymentStatus.PAID:
            kind = DifferenceKind.PAYMENT_STATUS_DIFFERS
            detail = f"paid at WeChat Pay, here {owner.row.status}"
            put_take(note(self.run, Found(kind, number, owner.amount_fen, said, detail)))

    def _refunds(self, rows: list[RefundRow]) -> None:
        numbers = [row.out_refund_no for row in rows]
        known = WechatRefund.objects.filter(out_refund_no__in=numbers)
        ours = {attempt.out_refund_no: attempt for attempt in known}
        owners = owners_of([row for row in rows if row.out_refund_no not in ours])
        seen = []
        for row in rows:
            attempt = ours.get(row.out_refund_no)
            owner = owners.get(row.out_trade_no) or owners.get(row.transaction_id)
            shop_id = attempt.shop_id if attempt else owner and owner.shop_id
            if shop_id != self.run.shop_id:
                self._others += 1
                continue
            if row.status is not BilledRefund.FAIL:
                self._own("refunds", row.refund_id, row.refund_fen)
            if attempt is not None:
                seen.append(attempt.pk)
                self._compare_refund(row, attempt)
            elif row.status is not BilledRefund.FAIL:
                kind = DifferenceKind.REFUND_UNKNOWN
                detail = f"{row.status} in the bill"
                found = Found(kind, row.out_refund_no, None, row.refund_fen, detail)
                put_take(note(self.run, found))
        WechatRefund.objects.filter(pk__in=seen).update(billed_on=self.run.day)

    def _compare_refund(self, row: RefundRow, attempt: WechatRefund) -> None:
        number, ours, said = row.out_refund_no, attempt.amount_fen, row.refund_fen
        if said != ours:
            note(self.run, Found(DifferenceKind.REFUND_AMOUNT_DIFFERS, number, ours, said))
        elif not _agree(row.status, WechatRefundStatus(attempt.status)):
            kind = DifferenceKind.REFUND_STATUS_DIFFERS
            detail = f"{row.status} in the bill, here {attempt.status}"
            put_take(note(self.run, Found(kind, number, ours, said, detail)))

    def _own(self, what: str, number: str, fen: int) -> None:
        self.numbers.add(number)
        self._counted[what] += 1
        self._counted[f"{what}_fen"] += fen


def _payments_not_in(run: Reconciliation) -> Iterator[Found]:
    missing = own_payments(run).filter(success_at__range=bounds_of(run), billed_on=None)
    for payment in missing.order_by("pk").iterator():
        number, fen = payment.out_trade_no, payment.amount_fen
        yield Found(DifferenceKind.PAYMENT_NOT_IN_BILL, number, fen)


def _refunds_not_in(run: Reconciliation) -> Iterator[Found]:
    """A refund may stand in the bill of the day it was sent, or of the day it succeeded."""
    begins, ends = bounds_of(run)
    missing = own_refunds(run).filter(success_at__range=(begins, ends), billed_on=None)
    for attempt in missing.annotate(sent_on=_day("sent_at")).order_by("pk").iterator():
        if attempt.sent_on in {None, run.day} or _is_done(run, attempt.sent_on):
            number, fen = attempt.out_refund_no, attempt.amount_fen
            yield Found(DifferenceKind.REFUND_NOT_IN_BILL, number, fen)


def _day(field: str) -> TruncDate:
    return TruncDate(F(field), tzinfo=BEIJING)


def _is_done(run: Reconciliation, day: date) -> bool:
    same = Reconciliation.objects.filter(shop=run.shop, mchid=run.mchid, day=day)
    return same.filter(status=ReconciliationStatus.DONE).exists()


def _agree(said: BilledRefund, ours: WechatRefundStatus) -> bool:
    """May both be true? The bill is of some morning, our row is of now."""
    match said:
        case BilledRefund.SUCCESS:
            return ours == WechatRefundStatus.SUCCESS
        case BilledRefund.FAIL:
            return ours not in {WechatRefundStatus.SUCCESS, WechatRefundStatus.ABNORMAL}
        case BilledRefund.CHANGE:
            return ours in {WechatRefundStatus.ABNORMAL, WechatRefundStatus.PROCESSING}
        case BilledRefund.PROCESSING | BilledRefund.UNRECOGNISED:
            return ours != WechatRefundStatus.REJECTED

"""Taking money: ordering, paying, querying, closing, and the rules between them.

Source: WeChat Pay v3, "JSAPI order", "close order", error codes and troubleshooting handbook,
read 2026-11. Where the documents leave the code of an answer open, INVALID_REQUEST is used.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from .book import Book
from .payments import Order, Payment
from .prepay_request import PrepayRequest
from .problems import Problem, already_paid, broken_rule, order_closed, order_not_found, user_paying


class Till:
    """All orders of all merchants. The caller holds the lock."""

    def __init__(self, book: Book) -> None:
        self.orders: dict[tuple[str, str], Order] = {}
        self._book = book

    def order(self, mchid: str, request: PrepayRequest, now: datetime) -> Order:
        """Take an order, or give the one of that number a prepay that can be paid."""
        known = self.orders.get((mchid, request.out_trade_no))
        if known is None:
            if self._book.paid(mchid, request.out_trade_no) is not None:
                raise already_paid()
            order = Order(mchid, request, now, _new_prepay_id(now), now)
            self.orders[mchid, request.out_trade_no] = order
            return order
        _check_open(known, now)
        if known.request != request:
            raise broken_rule("请求重入时，参数与首次请求时不一致")
        if known.is_too_late(now):
            raise broken_rule("该订单已失效")
        if not known.has_live_prepay(now):
            known.prepay_id, known.prepay_at = _new_prepay_id(now), now
        return known

    def query(self, mchid: str, out_trade_no: str, now: datetime) -> dict[str, object]:
        order = self.orders.get((mchid, out_trade_no))
        if order is not None:
            return order.answer(now)
        payment = self._book.paid(mchid, out_trade_no)
        if payment is None:
            raise order_not_found()
        return payment.answer()

    def query_transaction(self, mchid: str, transaction_id: str) -> dict[str, object]:
        payment = self._book.payments.get(transaction_id)
        if payment is None or payment.mchid != mchid:
            raise order_not_found()
        return payment.answer()

    def close(self, mchid: str, out_trade_no: str, now: datetime) -> None:
        """Closing twice is no mistake; while the payer types his password it is not done."""
        order = self.orders.get((mchid, out_trade_no))
        if order is None and self._book.paid(mchid, out_trade_no) is None:
            raise order_not_found()
        if order is None or order.payment is not None:
            raise already_paid()
        state = order.trade_state(now)
        if state == "USERPAYING":
            raise user_paying()
        if state != "CLOSED":
            order.closed_at = now

    def start_paying(self, order: Order, now: datetime) -> None:
        """ValueError with what WeChat would tell the payer instead of asking for his password."""
        _check_payable(order, now)
        order.is_being_paid = True

    def pay(self, order: Order, now: datetime, payer_total_fen: int | None) -> Payment:
        """The payer pays in WeChat. ValueError with what WeChat would tell him instead."""
        _check_payable(order, now)
        request = order.request
        payment = Payment(
            mchid=order.mchid,
            transaction_id=f"4200001234{now:%Y%m%d}{len(self._book.payments) + 1:010d}",
            out_trade_no=order.out_trade_no,
            total_fen=request.total_fen,
            payer_total_fen=request.total_fen if payer_total_fen is None else payer_total_fen,
            payer_openid=request.payer_openid,
            paid_at=now,
            appid=request.appid,
            attach=request.attach,
        )
        order.payment, order.is_being_paid = payment, False
        self._book.payments[payment.transaction_id] = payment
        return payment


def _check_open(order: Order, now: datetime) -> None:
    if order.payment is not None:
        raise already_paid()
    if order.trade_state(now) == "CLOSED":
        raise order_closed()


def _check_payable(order: Order, now: datetime) -> None:
    try:
        _check_open(order, now)
    except Problem as problem:
        raise ValueError(f"{order.out_trade_no}: {problem}") from None
    if order.is_too_late(now) or not order.has_live_prepay(now):
        raise ValueError(f"{order.out_trade_no}: too late to pay with this prepay")


def _new_prepay_id(now: datetime) -> str:
    return f"wx{now:%Y%m%d%H%M%S}{secrets.token_hex(10)}"

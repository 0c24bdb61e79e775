"""What a customer does about money: in the mini-program, and on WeChat Pay's own screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from saleor_wechat_returns.models import WechatPayment
from saleor_wechat_returns.sandbox.saleor import LineSpec, PayBy, Payment
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests.world import APPID, HOODIE, TestShop

# Two hoodies and 12.00 shipping.
TOTAL, TOTAL_FEN = "410.00", 41000


def fill(shop: TestShop, lines: list[LineSpec] | None = None) -> str:
    """A checkout of Li's; its id."""
    return shop.saleor.shopper(shop.li).fill_checkout(lines or [HOODIE])


def begin(
    shop: TestShop,
    source_id: str,
    amount: str | None = None,
    *,
    code: str | None = None,
    key: str | None = None,
) -> Payment:
    """Tap "pay": log in and begin a payment of what is left, or of `amount`."""
    code = shop.world.mini.login("openid-of-li") if code is None else code
    by = PayBy(IDENTIFIER, {"code": code}, amount, key)
    return shop.saleor.shopper(shop.li).pay(source_id, by)


def carry_on(shop: TestShop, payment: Payment) -> Payment:
    """Back from paying, or from wherever: ask how it stands."""
    return shop.saleor.shopper(shop.li).carry_on(payment)


def pay(shop: TestShop, payment: Payment) -> str:
    """Type the password on WeChat Pay's screen; the WeChat transaction id."""
    return shop.world.wechat.request_payment(APPID, payment.data["paymentParameters"])


def row_of(payment: Payment) -> WechatPayment:
    return WechatPayment.objects.get(transaction_id=payment.transaction_id)


def faults(payment: Payment) -> list[str]:
    """The codes that the mini-program was given."""
    return [error["code"] for error in payment.data["errors"]]


def booked(shop: TestShop, payment: Payment) -> tuple[str, str, list[str]]:
    """Saleor's transaction: reference, amount charged, and the events that count, oldest first."""
    transaction: Any = shop.saleor.world.find(payment.transaction_id)
    counted = [event.type for event in transaction.events if event.counts]
    return transaction.psp_reference, f"{transaction.charged:.2f}", counted


@contextmanager
def nothing_is_begun() -> Iterator[None]:
    """Fail if the block writes a payment."""
    before = WechatPayment.objects.count()
    yield
    assert WechatPayment.objects.count() == before

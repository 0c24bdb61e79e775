"""Guests, who have an order and no account."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.sandbox.saleor.people import Address
from tests.world import Answer, TestShop

PHONE = "13800138000"
BEGIN = """mutation($number: String!, $phone: String!) {
  returnGuestSessionCreate(orderNumber: $number, phone: $phone) {
    token expiresAt orderId errors { field code message } } }"""


def guest_order(shop: TestShop, phone: str = "+8613800138000") -> Any:
    return shop.order(user=None, shipping_address=Address("QWRkcmVzczox", phone=phone))


def begin(shop: TestShop, number: str, phone: str = PHONE, token: str = "") -> Answer:
    return shop.ask(BEGIN, {"number": number, "phone": phone}, token)


def guest_session(shop: TestShop, order: Any) -> str:
    """The token of a session that begins."""
    payload = begin(shop, order.number).payload
    assert payload["errors"] == []
    return str(payload["token"])

"""Paying in the mini-program: Saleor asks our service for real, the payer's phone is simulated."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saleor_wechat_returns.models import WechatPayment
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests.live.live_shop import ALL, LiveOrder, LiveShop
from tests.live.real_saleor import Account
from tests.world import APPID

TOLD = "transaction { id } transactionEvent { type message } data errors { field code message }"


@dataclass(frozen=True, slots=True)
class Told:
    """What the mini-program hears when it begins a payment, or carries it on."""

    transaction_id: str
    event: str
    message: str
    data: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        return [error["code"] for error in self.data["errors"]]

    @property
    def prepay(self) -> str:
        return str(self.data["paymentParameters"]["package"])


def gateway(shop: LiveShop, checkout_id: str) -> dict[str, Any]:
    """May this be paid through us, and in which mini-program?"""
    query = """mutation($id: ID!, $gateways: [PaymentGatewayToInitialize!]) {
      paymentGatewayInitialize(id: $id, paymentGateways: $gateways) {
        gatewayConfigs { id data errors { code message } } errors { field code message } } }"""
    token = shop.saleor.token_of(shop.li)
    answer = shop.saleor.run(query, token, id=checkout_id, gateways=[{"id": IDENTIFIER}])
    (config,) = answer["paymentGatewayInitialize"]["gatewayConfigs"]
    assert (config["id"], config["errors"]) == (IDENTIFIER, [])
    return dict(config["data"])


def begin(
    shop: LiveShop,
    source_id: str,
    amount: str | None = None,
    *,
    code: str | None = None,
    key: str | None = None,
    buyer: Account | None = None,
    openid: str = "openid-of-li",
) -> Told:
    """Tap "pay": log in with WeChat and begin a payment of what is left, or of `amount`."""
    query = f"""mutation($id: ID!, $amount: PositiveDecimal, $key: String,
        $gateway: PaymentGatewayToInitialize!) {{
      transactionInitialize(id: $id, amount: $amount, idempotencyKey: $key,
        paymentGateway: $gateway) {{ {TOLD} }} }}"""
    code = shop.mini.login(openid) if code is None else code
    by = {"id": IDENTIFIER, "data": {"code": code}}
    token = shop.saleor.token_of(buyer or shop.li)
    answer = shop.saleor.run(query, token, id=source_id, amount=amount, key=key, gateway=by)
    return _told(answer["transactionInitialize"])


def carry_on(shop: LiveShop, told: Told, buyer: Account | None = None) -> Told:
    """Back from paying, or from wherever: ask how it stands."""
    query = f"mutation($id: ID!) {{ transactionProcess(id: $id) {{ {TOLD} }} }}"
    token = shop.saleor.token_of(buyer or shop.li)
    answer = shop.saleor.run(query, token, id=told.transaction_id)
    return _told(answer["transactionProcess"])


def pay(shop: LiveShop, told: Told) -> str:
    """Type the password on WeChat Pay's screen; WeChat's transaction id."""
    return shop.wechat.request_payment(APPID, told.data["paymentParameters"])


def paid(shop: LiveShop, told: Told) -> str:
    """As `pay`, and what follows by itself: WeChat Pay tells us, and we tell Saleor."""
    transaction_id = pay(shop, told)
    row = WechatPayment.objects.filter(transaction_id=told.transaction_id)
    shop.work_until(lambda: row.exclude(reported_at=None).exists())
    return transaction_id


def buy(
    shop: LiveShop,
    quantities: Sequence[int],
    *,
    sent: int = ALL,
    buyer: Account | None = None,
    openid: str = "openid-of-li",
) -> LiveOrder:
    """An order of Li's, or of another's, paid in the mini-program and shipped."""
    buyer = buyer or shop.li
    checkout = shop.fill(quantities, buyer=buyer)
    paid(shop, begin(shop, checkout.id, buyer=buyer, openid=openid))
    order_id, lines = shop.orders.complete(buyer, checkout)
    if sent:
        shop.orders.send(order_id, sent)
    return LiveOrder(order_id, lines, checkout.total_fen)


def guest() -> Account:
    """Somebody without an account, whom this Saleor has never seen."""
    return Account(f"guest-{secrets.token_hex(6)}@example.com", password="")


def _told(payload: dict[str, Any]) -> Told:
    event = payload["transactionEvent"]
    return Told(
        payload["transaction"]["id"], event["type"], event["message"], payload["data"] or {}
    )

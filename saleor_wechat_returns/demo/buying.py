"""Li logs in, pays a deposit, orders, pays the balance; staff ship it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..sandbox.saleor import LineSpec, PayBy, Shopper
from . import voice
from .people import Person, li_at_saleor, li_by_wechat, staff_at_saleor
from .processes import StackFailed
from .stack import Stack

IDENTIFIER = "saleor-wechat-returns"
OPENID_OF_LI = "openid-of-li"
HOODIES = LineSpec("连帽卫衣", "M", "HOODIE-M", 2, Decimal("199.00"))
SHIRTS = LineSpec("T恤", "S", "TSHIRT-S", 3, Decimal("99.90"))
FADING = LineSpec("印花T恤", "L", "PRINT-L", 1, Decimal("99.90"))
DEPOSIT = Decimal("200.00")
PAID_SECONDS = 30.0
WAYBILL = "YT1234567890123"

LINK = """mutation($code: String!) { answer: wechatAccountLink(code: $code) {
  token isLinked errors { code message } } }"""
FULFILL = """mutation($order: ID!, $input: OrderFulfillInput!) {
  answer: orderFulfill(order: $order, input: $input) { errors { code message } } }"""


def log_in(stack: Stack) -> Person:
    """wx.login, tied to Li's account at the shop; from then on her WeChat session is enough."""
    code = stack.providers.mini.login(OPENID_OF_LI)
    session = li_at_saleor(stack).do(LINK, code=code)["token"]
    voice.say("customer", "微信登录,绑定店铺账号", "wx.login, tied to her account at the shop")
    return li_by_wechat(stack, session)


def buy(stack: Stack) -> Any:
    """The order, as the simulated Saleor holds it: deposit and balance paid, all shipped."""
    shopper = stack.providers.saleor.shopper(stack.li)
    checkout = shopper.fill_checkout([HOODIES, SHIRTS])
    voice.say("customer", "买两件卫衣、三件T恤", "a checkout of two hoodies and three T-shirts")
    _pay(stack, shopper, checkout, "定金", "deposit", DEPOSIT)
    order = shopper.complete(checkout)
    paid, total = order.total_charged, order.total
    voice.say("saleor", f"订单 #{order.number},已付 {paid:.2f}", f"ordered; {total:.2f} in all")
    _pay(stack, shopper, order.id, "尾款", "balance", total - paid)
    _ship(stack, order)
    _watch_telling(stack, order)
    return order


def buy_at_once(stack: Stack) -> Any:
    """Another order, as the simulated Saleor holds it: one T-shirt, paid in full, shipped."""
    shopper = stack.providers.saleor.shopper(stack.li)
    checkout = shopper.fill_checkout([FADING])
    filled: Any = stack.providers.saleor.world.find(checkout)
    _pay(stack, shopper, checkout, "货款", "payment", filled.total)
    order = shopper.complete(checkout)
    voice.say("saleor", f"订单 #{order.number},已付 {order.total:.2f}", "ordered and paid at once")
    _ship(stack, order)
    return order


def _pay(
    stack: Stack, shopper: Shopper, source_id: str, name: str, english: str, amount: Decimal
) -> None:
    """What a mini-program does; over when Saleor has heard of the money from the app."""
    appid = shopper.ask_gateway(source_id, IDENTIFIER)["appId"]
    code = stack.providers.mini.login(OPENID_OF_LI)
    payment = shopper.pay(source_id, PayBy(IDENTIFIER, {"code": code}, f"{amount:.2f}"))
    if "paymentParameters" not in payment.data:
        raise StackFailed(f"{english}: {payment.event_type} {payment.data}")
    parameters = payment.data["paymentParameters"]
    number = stack.providers.wechat.request_payment(appid, parameters)
    voice.say("customer", f"付{name} {amount:.2f} 元", f"{english}: wx.requestPayment")
    voice.say("wechat", f"{name}已收,通知商户", f"signed notice of {number}")
    transaction: Any = stack.providers.saleor.world.find(payment.transaction_id)
    stack.wait_for(f"the {english}", lambda: transaction.charged == amount, seconds=PAID_SECONDS)
    voice.say("saleor", f"{name}到账 {amount:.2f} 元", "CHARGE_SUCCESS, reported by the app")


def _ship(stack: Stack, order: Any) -> None:
    warehouse = stack.providers.saleor.world.default_warehouse_id
    lines = [
        {
            "orderLineId": line.id,
            "stocks": [{"warehouse": warehouse, "quantity": line.quantity}],
        }
        for line in order.lines
    ]
    shipped = {"lines": lines, "trackingNumber": WAYBILL}
    staff_at_saleor(stack).do(FULFILL, order=order.id, input=shipped)
    voice.say("staff", "全部发货,李已签收", f"shipped; order is {order.status}")


def _watch_telling(stack: Stack, order: Any) -> None:
    """WeChat hears of the parcel for each payment, and lets the money go in time."""
    numbers = {transaction.psp_reference for transaction in order.transactions}
    told = stack.providers.mini.shipping.told
    stack.wait_for("the telling", lambda: numbers <= told.keys(), seconds=PAID_SECONDS)
    voice.say(
        "service", "两笔付款的发货信息已上传微信", f"发货信息管理: {WAYBILL}, for each payment"
    )

"""One of two hoodies is too small: from the request to the money, played through the API."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx

from . import voice
from .stack import WECHAT_TRANSACTION, Stack, StackFailed

MONEY_SECONDS = 90.0

RETURNABLE = """query($order: ID!) { returnableLines(orderId: $order) {
  orderLineId productName variantName quantity returnableQuantity amounts { amount } } }"""
CREATE = """mutation($input: ReturnRequestCreateInput!) {
  answer: returnRequestCreate(input: $input, idempotencyKey: "demo-1") {
    returnRequest { id number version statusLabel promisedAmount { amount } }
    errors { code message } } }"""
APPROVE = """mutation($id: ID!, $version: Int!) {
  answer: returnRequestApprove(id: $id, expectedVersion: $version) {
    returnRequest { version statusLabel } errors { code message } } }"""
SUBMIT = """mutation($id: ID!, $input: ReturnDeliveryInput!) {
  answer: returnDeliverySubmit(id: $id, input: $input, idempotencyKey: "demo-2") {
    returnRequest { version statusLabel } errors { code message } } }"""
RECEIVE = """mutation($id: ID!, $version: Int!) {
  answer: returnReceive(id: $id, expectedVersion: $version) {
    returnRequest { version statusLabel } errors { code message } } }"""
INSPECT = """mutation($id: ID!, $version: Int!, $lines: [ReturnInspectedLineInput!]!) {
  answer: returnInspect(id: $id, expectedVersion: $version, lines: $lines) {
    returnRequest { version statusLabel } errors { code message } } }"""
READ = """query($id: ID!) { returnRequest(id: $id) { status statusLabel
  refunds { statusLabel amount { amount } receivedAccount countedAt }
  events { at kind actor statusLabel } tasks { kind detail } } }"""


def play(stack: Stack, stop: threading.Event) -> bool:
    """Tell the story; True if the money arrived exactly once on both sides."""
    voice.title("One of two hoodies is too small")
    order = stack.place_order()
    voice.say("customer", f"付款 {order.total} 元,买了两件卫衣、三件T恤,已签收", "order #1, paid")
    request = _ask_and_ship(stack, order)
    _accept(stack, order, request)
    return _watch_money(stack, order, request, stop) and _compare(stack, order)


def _ask_and_ship(stack: Stack, order: Any) -> dict[str, Any]:
    customer = _Speaker(stack, stack.token_of_customer)
    for line in customer.ask(RETURNABLE, order=order.id)["returnableLines"]:
        worth = " / ".join(amount["amount"] for amount in line["amounts"])
        text = f"可退 {line['returnableQuantity']} 件:{line['productName']} {line['variantName']}"
        voice.say("service", text, f"refund for 1, 2 … pieces: {worth}")
    wanted = {
        "orderId": order.id,
        "kind": "RETURN_AND_REFUND",
        "reason": "size_does_not_fit",
        "note": "M 码太小",
        "lines": [{"orderLineId": order.lines[0].id, "quantity": 1}],
    }
    request = customer.do(CREATE, input=wanted)
    promised = request["promisedAmount"]["amount"]
    voice.say("customer", f"申请退货 1 件:尺码不合 → {request['number']}", f"{promised} yuan")
    staff = _Speaker(stack, stack.token_of_staff)
    request |= staff.do(APPROVE, id=request["id"], version=request["version"])
    voice.say("staff", f"同意退货 → {request['statusLabel']}", "approved")
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    request |= customer.do(SUBMIT, id=request["id"], input=parcel)
    voice.say("customer", f"寄回,顺丰 SF1234567890123 → {request['statusLabel']}", "shipped")
    return request


def _accept(stack: Stack, order: Any, request: dict[str, Any]) -> None:
    staff = _Speaker(stack, stack.token_of_staff)
    request |= staff.do(RECEIVE, id=request["id"], version=request["version"])
    voice.say("staff", f"收到包裹 → {request['statusLabel']}", "received")
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    request |= staff.do(INSPECT, id=request["id"], version=request["version"], lines=lines)
    voice.say("staff", f"验货通过 → {request['statusLabel']}", "accepted: the refund begins")


def _watch_money(stack: Stack, order: Any, request: dict[str, Any], stop: threading.Event) -> bool:
    """Say each thing as it happens, until Saleor's totals contain the refund."""
    customer = _Speaker(stack, stack.token_of_customer)
    told: set[str] = set()
    deadline = time.monotonic() + MONEY_SECONDS
    while time.monotonic() < deadline and not stop.wait(0.2):
        for key, who, text, detail in _signs(stack, order):
            if key not in told:
                told.add(key)
                voice.say(who, text, detail)
        seen = customer.ask(READ, id=request["id"])["returnRequest"]
        if seen["status"] == "REFUNDED" and "refunded" not in told:
            told.add("refunded")
            account = seen["refunds"][0]["receivedAccount"]
            voice.say("customer", f"{seen['statusLabel']},退至 {account}", "the payer has it")
        if seen["refunds"] and all(refund["countedAt"] for refund in seen["refunds"]):
            voice.say("service", "Saleor 的账也对上了", "Saleor's totals contain the refund")
            return True
    voice.failed(f"the money did not arrive in time; logs: {stack.logs}")
    return False


def _signs(stack: Stack, order: Any) -> list[tuple[str, str, str, str]]:
    """What can be seen at the providers now, in the order in which it comes about."""
    signs = []
    if any(f.status == "RETURNED" for f in order.fulfillments):
        signs.append(("returned", "saleor", "订单记入退货 1 件", f"order is {order.status}"))
    for grant in order.granted_refunds:
        signs.append((f"g{grant.id}", "saleor", f"批准退款 {grant.amount:.2f} 元", grant.reason))
    for refund in stack.wechat.refunds:
        number = refund.out_refund_no
        signs.append((f"w{number}", "wechat", f"受理退款 {refund.refund_fen} 分", number))
        if refund.status == "SUCCESS":
            signs.append((f"s{number}", "wechat", "退款成功,通知商户", "signed notice"))
    return signs


def _compare(stack: Stack, order: Any) -> bool:
    transaction = order.transactions[0]
    sent = [call for call in stack.wechat.calls if call.method == "POST"]
    checks = {
        f"WeChat Pay refunded {stack.wechat.refunded_fen(WECHAT_TRANSACTION)} fen; "
        f"refunds {len(stack.wechat.refunds)}, requests for them {len(sent)}": (
            stack.wechat.refunded_fen(WECHAT_TRANSACTION) == 19900 and len(sent) == 1
        ),
        f"Saleor: charged {transaction.charged:.2f}, refunded {transaction.refunded:.2f}, "
        f"pending {transaction.refund_pending:.2f}, of {order.total:.2f} yuan": (
            (transaction.charged, transaction.refunded) == (order.total - 199, 199)
            and not transaction.refund_pending
        ),
        f"Saleor: {len(order.granted_refunds)} granted refund, "
        f"{order.granted_refunds[0].status}; order {order.status}": (
            [grant.status for grant in order.granted_refunds] == ["SUCCESS"]
            and order.status == "PARTIALLY_RETURNED"
        ),
    }
    voice.verdict(checks)
    return all(checks.values())


class _Speaker:
    """One person at the API, with a fresh token for each question: they live five minutes."""

    def __init__(self, stack: Stack, token: Any) -> None:
        self._url = f"{stack.public_url}/s/{stack.shop_key}/graphql/"
        self._token = token

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(
            self._url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self._token()}"},
            timeout=20,
        )
        body: dict[str, Any] = answer.json()
        if body.get("errors"):
            raise StackFailed(f"the API answered {body['errors']}")
        return dict(body["data"])

    def do(self, mutation: str, **variables: Any) -> dict[str, Any]:
        payload = self.ask(mutation, **variables)["answer"]
        if payload["errors"]:
            raise StackFailed(f"the API refused: {payload['errors']}")
        return dict(payload["returnRequest"])

"""Both hoodies and two T-shirts go back: from the request to the money, played through the API."""

from __future__ import annotations

from typing import Any

from . import voice
from .fetching import have_it_fetched, tell_address
from .people import Person, staff_in_the_dashboard
from .stack import Stack

MONEY_SECONDS = 120.0
# By position of the order's lines: more than the balance, so the deposit pays some of it back.
PIECES = {0: 2, 1: 2}

RETURNABLE = """query($order: ID!) { returnableLines(orderId: $order) {
  productName variantName returnableQuantity amounts { amount } } }"""
CREATE = """mutation($input: ReturnRequestCreateInput!) {
  answer: returnRequestCreate(input: $input, idempotencyKey: "demo-1") {
    returnRequest { id number version statusLabel promisedAmount { amount } }
    errors { code message } } }"""
APPROVE = """mutation($id: ID!, $version: Int!) {
  answer: returnRequestApprove(id: $id, expectedVersion: $version) {
    returnRequest { version statusLabel } errors { code message } } }"""
RECEIVE = """mutation($id: ID!, $version: Int!) {
  answer: returnReceive(id: $id, expectedVersion: $version) {
    returnRequest { version statusLabel } errors { code message } } }"""
INSPECT = """mutation($id: ID!, $version: Int!, $lines: [ReturnInspectedLineInput!]!) {
  answer: returnInspect(id: $id, expectedVersion: $version, lines: $lines) {
    returnRequest { version statusLabel } errors { code message } } }"""
READ = """query($id: ID!) { returnRequest(id: $id) { number status statusLabel
  refunds { amount { amount } receivedAccount countedAt } } }"""


def send_back(stack: Stack, li: Person, order: Any) -> str:
    """Asked for, approved, fetched, received and accepted: the refund is owed. Its id."""
    staff = staff_in_the_dashboard(stack)
    tell_address(stack)
    request = _request(li, order)
    approved = {"id": request["id"], "version": request["version"]}
    request |= staff.do(APPROVE, **approved)["returnRequest"]
    voice.say("staff", f"同意退货 → {request['statusLabel']}", "approved")
    request |= have_it_fetched(stack, li, request["id"])
    request |= staff.do(RECEIVE, id=request["id"], version=request["version"])["returnRequest"]
    voice.say("staff", f"收到包裹 → {request['statusLabel']}", "received")
    lines = [
        {"orderLineId": order.lines[at].id, "acceptedQuantity": quantity}
        for at, quantity in PIECES.items()
    ]
    seen = {"id": request["id"], "version": request["version"], "lines": lines}
    request |= staff.do(INSPECT, **seen)["returnRequest"]
    voice.say("staff", f"验货通过 → {request['statusLabel']}", "accepted: the refund begins")
    return str(request["id"])


def _request(li: Person, order: Any) -> dict[str, Any]:
    for line in li.ask(RETURNABLE, order=order.id)["returnableLines"]:
        worth = " / ".join(amount["amount"] for amount in line["amounts"])
        text = f"可退 {line['returnableQuantity']} 件:{line['productName']} {line['variantName']}"
        voice.say("service", text, f"refund for 1, 2 … pieces: {worth}")
    wanted = {
        "orderId": order.id,
        "kind": "RETURN_AND_REFUND",
        "reason": "size_does_not_fit",
        "note": "都小了一号",
        "lines": [
            {"orderLineId": order.lines[at].id, "quantity": quantity}
            for at, quantity in PIECES.items()
        ],
    }
    request = dict(li.do(CREATE, input=wanted)["returnRequest"])
    promised = request["promisedAmount"]["amount"]
    voice.say("customer", f"申请退货 4 件,应退 {promised} 元", request["number"])
    return request


def watch_money(stack: Stack, li: Person, order: Any, request_id: str) -> dict[str, Any]:
    """Say each thing as it happens, until Saleor's totals contain every refund; the return."""
    told: set[str] = set()
    seen: dict[str, Any] = {}

    def is_counted() -> bool:
        for key, who, text, detail in _signs(stack, order):
            if key not in told:
                told.add(key)
                voice.say(who, text, detail)
        seen.update(li.ask(READ, id=request_id)["returnRequest"])
        refunds = seen["refunds"]
        return bool(refunds) and all(refund["countedAt"] for refund in refunds)

    stack.wait_for("the refund", is_counted, seconds=MONEY_SECONDS)
    account = seen["refunds"][0]["receivedAccount"]
    voice.say("customer", f"{seen['statusLabel']},退至{account}", "the payer has it")
    return seen


def _signs(stack: Stack, order: Any) -> list[tuple[str, str, str, str]]:
    """What can be seen at the providers now, in the order in which it comes about."""
    signs = []
    if any(f.status == "RETURNED" for f in order.fulfillments):
        signs.append(("returned", "saleor", "订单记入退货 4 件", f"order is {order.status}"))
    refunds = {refund.out_refund_no: refund for refund in stack.providers.wechat.refunds}
    for grant in order.granted_refunds:
        name, english = name_of(order, grant.transaction)
        text = f"批准退款 {grant.amount:.2f} 元"
        signs.append((f"g{grant.id}", "saleor", text, f"of the {english}: {grant.reason}"))
        for number, refund in refunds.items():
            if not number.startswith(grant.reason):
                continue
            yuan = f"{refund.refund_fen / 100:.2f}"
            signs.append((f"w{number}", "wechat", f"受理退款 {yuan} 元", f"{number}"))
            if refund.status == "SUCCESS":
                signs.append((f"s{number}", "wechat", f"{name}退款成功,通知商户", "signed notice"))
        if grant.status == "SUCCESS":
            signs.append((f"c{grant.id}", "saleor", f"{name}退款入账", "REFUND_SUCCESS"))
    return signs


def name_of(order: Any, transaction: Any) -> tuple[str, str]:
    """Which of the order's two payments it is."""
    is_first = transaction is order.transactions[0]
    return ("定金", "deposit") if is_first else ("尾款", "balance")

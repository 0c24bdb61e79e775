"""A T-shirt fades: evidence, a question, an offer, an appeal, and the money after all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import voice
from .people import Person, second_staff_in_the_dashboard, staff_in_the_dashboard
from .pictures import upload
from .stack import Stack

SECONDS = 60.0
READY = ("READY", "PASSED")
OFFERED_FEN = 3000
REASON = "colour_fades"
# What must stand in the timeline, in this order.
EVENTS = (
    "create",
    "request_evidence",
    "answer",
    "make_offer",
    "decline_offer",
    "reject",
    "appeal",
    "resolve_appeal",
    "money_arrived",
)

ANSWER = "returnRequest { id number version statusLabel } errors { code message }"
CHECKLIST = """query($order: ID!) { returnableLines(orderId: $order) { orderLineId reasons {
  lastDay reason { code label freightLabel evidence { label count } } } } }"""
CREATE = f"""mutation($input: ReturnRequestCreateInput!) {{
  answer: returnRequestCreate(input: $input, idempotencyKey: "demo-ask") {{ {ANSWER} }} }}"""
ASK = f"""mutation($id: ID!, $version: Int!, $text: String!, $wants: [ReturnEvidenceWantInput!]) {{
  answer: returnEvidenceRequest(id: $id, expectedVersion: $version, text: $text, wants: $wants) {{
    {ANSWER} }} }}"""
REPLY = f"""mutation($id: ID!, $input: ReturnMessageInput!) {{
  answer: returnMessageCreate(id: $id, input: $input, idempotencyKey: "demo-reply") {{
    {ANSWER} }} }}"""
OFFER = """mutation($id: ID!, $version: Int!, $input: ReturnOfferInput!) {
  answer: returnOfferCreate(id: $id, expectedVersion: $version, input: $input) {
    returnRequest { id number version statusLabel openOffer { id amount { amount } } }
    errors { code message } } }"""
DECLINE = f"""mutation($id: ID!) {{
  answer: returnOfferDecline(offerId: $id, idempotencyKey: "demo-decline") {{ {ANSWER} }} }}"""
REJECT = """mutation($id: ID!, $version: Int!, $why: String!) {
  answer: returnRequestReject(id: $id, expectedVersion: $version, code: EVIDENCE_INSUFFICIENT,
    explanation: $why) {
    returnRequest { id number version statusLabel } errors { code message } } }"""
APPEAL = f"""mutation($id: ID!, $input: ReturnAppealInput!) {{
  answer: returnAppealCreate(id: $id, input: $input, idempotencyKey: "demo-appeal") {{
    {ANSWER} }} }}"""
RESOLVE = f"""mutation($id: ID!, $version: Int!, $words: String!) {{
  answer: returnAppealResolve(id: $id, expectedVersion: $version, isGranted: true,
    resolution: $words) {{ {ANSWER} }} }}"""
READ = """query($id: ID!) { returnRequest(id: $id) { number status statusLabel
  refunds { amount { amount } receivedAccount countedAt }
  evidence { label status safety sha256 }
  events { at kind label en: label(languageCode: EN) } } }"""


def dispute(stack: Stack, li: Person, order: Any) -> dict[str, Any]:
    """From the request to the money, through the API; the return as Li reads it at the end."""
    staff, other = staff_in_the_dashboard(stack), second_staff_in_the_dashboard(stack)
    request = _ask(li, order)
    request |= _question(staff, li, request)
    request |= _offer(staff, li, request, order)
    why = "吊牌已剪,无法确认为洗涤褪色"
    seen = {"id": request["id"], "version": request["version"]}
    request |= staff.do(REJECT, **seen, why=why)["returnRequest"]
    voice.say("staff", f"拒绝:{why}", "rejected: evidence_insufficient, and why")
    request |= _appeal(li, request)
    words = "核对三张照片,确为褪色,全额退款"
    seen = {"id": request["id"], "version": request["version"]}
    request |= other.do(RESOLVE, **seen, words=words)["returnRequest"]
    voice.say("lead", f"申诉成立 → {request['statusLabel']}", "a second person decides for her")
    return _watch(stack, li, request["id"])


def _ask(li: Person, order: Any) -> dict[str, Any]:
    (line,) = li.ask(CHECKLIST, order=order.id)["returnableLines"]
    found = next(one for one in line["reasons"] if one["reason"]["code"] == REASON)
    reason = found["reason"]
    wanted = "、".join(f"{need['label']}{need['count']}张" for need in reason["evidence"])
    voice.say("service", f"{reason['label']}:需{wanted}", f"can be asked until {found['lastDay']}")
    shown = [upload(li, shows, key=f"demo-{shows}") for shows in ("damage", "label")]
    voice.say("customer", "上传两张照片", "by two tickets, as wx.uploadFile sends them")
    wanted_return = {
        "orderId": order.id,
        "kind": "REFUND_ONLY",
        "reason": REASON,
        "note": "洗了一次就褪色",
        "lines": [{"orderLineId": line["orderLineId"], "quantity": 1}],
        "evidence": [{"id": id} for id in shown],
    }
    request = dict(li.do(CREATE, input=wanted_return)["returnRequest"])
    voice.say("customer", "申请仅退款", request["number"])
    return request


def _question(staff: Person, li: Person, request: dict[str, Any]) -> dict[str, Any]:
    question = "请补拍整件衣服的照片"
    asked = staff.do(
        ASK,
        id=request["id"],
        version=request["version"],
        text=question,
        wants=[{"shows": "GOODS"}],
    )["returnRequest"]
    voice.say("staff", f"{question} → {asked['statusLabel']}", "asks for one more picture")
    reply = {"text": "整件都褪了", "evidence": [{"id": upload(li, "goods", key="demo-goods")}]}
    answered: dict[str, Any] = li.do(REPLY, id=request["id"], input=reply)["returnRequest"]
    voice.say("customer", f"补拍一张 → {answered['statusLabel']}", "answers with the picture")
    return answered


def _offer(staff: Person, li: Person, request: dict[str, Any], order: Any) -> dict[str, Any]:
    line = {"orderLineId": order.lines[0].id, "quantity": 1, "amountFen": OFFERED_FEN}
    offer = {"kind": "REFUND_ONLY", "lines": [line], "note": "衣服留着,补偿您"}
    seen = {"id": request["id"], "version": request["version"]}
    offered = staff.do(OFFER, **seen, input=offer)["returnRequest"]
    amount = offered["openOffer"]["amount"]["amount"]
    voice.say("staff", f"提出补偿 {amount} 元,衣服留着", "an offer: keep it, and 30 yuan back")
    declined: dict[str, Any] = li.do(DECLINE, id=offered["openOffer"]["id"])["returnRequest"]
    voice.say("customer", f"不接受 → {declined['statusLabel']}", "declines it")
    return declined


def _appeal(li: Person, request: dict[str, Any]) -> dict[str, Any]:
    appeal = {"text": "水洗标上写着可机洗,请再看照片"}
    appealed: dict[str, Any] = li.do(APPEAL, id=request["id"], input=appeal)["returnRequest"]
    voice.say("customer", f"申诉 → {appealed['statusLabel']}", "the rejection is looked at again")
    return appealed


def _watch(stack: Stack, li: Person, request_id: str) -> dict[str, Any]:
    """Until Saleor's totals contain the money and every picture was looked at."""
    seen: dict[str, Any] = {}

    def is_over() -> bool:
        seen.update(li.ask(READ, id=request_id)["returnRequest"])
        is_counted = bool(seen["refunds"]) and all(r["countedAt"] for r in seen["refunds"])
        return is_counted and all(shown["safety"] == "PASSED" for shown in seen["evidence"])

    stack.wait_for("the second refund", is_over, seconds=SECONDS)
    account = seen["refunds"][0]["receivedAccount"]
    voice.say("customer", f"{seen['statusLabel']},退至{account}", "the payer has it")
    return seen


def verdict(order: Any, request: dict[str, Any]) -> bool:
    """Print the timeline as Li reads it, and whether everything of the story stands in it."""
    voice.topic("李看到的进度 · What Li reads")
    for event in request["events"]:
        voice.line(f"{event['at'][11:19]}  {event['label']} · {event['en']}")
    kinds = [event["kind"] for event in request["events"]]
    places = [kinds.index(kind) if kind in kinds else -1 for kind in EVENTS]
    (transaction,) = order.transactions
    given = sum(Decimal(refund["amount"]["amount"]) for refund in request["refunds"])
    shown = [one for one in request["evidence"] if (one["status"], one["safety"]) == READY]
    checks = {
        "evidence, question, offer, rejection and appeal stand in the timeline, in order": (
            -1 not in places
            and places == sorted(places)
            and request["events"][0]["label"].endswith("(附凭证 2 件)")
        ),
        f"{len(shown)} pictures made anew, and passed by WeChat's check (simulated)": (
            len(shown) == len(request["evidence"]) == 3
        ),
        f"{request['number']} {request['status']}: {given:.2f} yuan, shipping included; Saleor"
        f" refunded {transaction.refunded:.2f}": (
            request["status"] == "REFUNDED" and given == transaction.refunded == order.total
        ),
    }
    voice.verdict(checks)
    return all(checks.values())

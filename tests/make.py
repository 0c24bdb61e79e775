"""Returns at every stage, reached by walking there through the API."""

from __future__ import annotations

import itertools
from typing import Any

from tests.world import Answer, TestShop

FIELDS = """
  id number kind status version orderId reason note explanation
  promisedAmount { amount fen currency }
  lines { orderLineId quantity acceptedQuantity refusedQuantity amount { fen } }
  deliveries { carrier waybillNo status }
  shippingAmount { fen }
  refunds { id version status amount { fen } receivedAccount succeededAt countedAt }
  events { kind actor status }
  availableActions { action }
  tasks { kind detail }
"""
# What both sides say to each other; read where a test is about it.
TALK = """
  messages { edges { node {
    id actor text isHidden safety sentAt readAt wants { shows label orderLineId }
    evidence { id shows orderLineId } } } }
  unreadMessageCount
  offers { id kind status amount { fen } shippingAmount { fen } note expiresAt endedAt
    lines { orderLineId quantity amount { fen } } }
  openOffer { id }
  appeal { text evidence { id } isGranted resolution samePersonReason }
  appealUntil rejectionCode rejectionLabel furtherHelp
"""
ERRORS = "errors { field code message lines }"

CREATE = f"""mutation($input: ReturnRequestCreateInput!, $key: String!) {{
  returnRequestCreate(input: $input, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
SUBMIT = f"""mutation($id: ID!, $input: ReturnDeliveryInput!, $key: String!) {{
  returnDeliverySubmit(id: $id, input: $input, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
APPROVE = f"""mutation($id: ID!, $version: Int!) {{
  returnRequestApprove(id: $id, expectedVersion: $version) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
REJECT = f"""mutation(
    $id: ID!, $version: Int!, $why: String!, $code: ReturnRejectionCode = NOT_COVERED) {{
  returnRequestReject(id: $id, code: $code, explanation: $why, expectedVersion: $version) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
RECEIVE = f"""mutation($id: ID!, $version: Int!, $lines: [ReturnReceivedLineInput!],
    $parcels: [ID!]) {{
  returnReceive(id: $id, expectedVersion: $version, lines: $lines, deliveryIds: $parcels) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
INSPECT = f"""mutation($id: ID!, $version: Int!, $lines: [ReturnInspectedLineInput!]!,
    $code: ReturnRejectionCode = NOT_INTACT, $why: String = "有污渍",
    $evidence: [ReturnEvidenceInput!]) {{
  returnInspect(id: $id, lines: $lines, expectedVersion: $version, rejectionCode: $code,
      explanation: $why, evidence: $evidence) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
MESSAGE = f"""mutation($id: ID!, $input: ReturnMessageInput!, $key: String!) {{
  returnMessageCreate(id: $id, input: $input, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
MARK_READ = f"""mutation($id: ID!, $upTo: ID!) {{
  returnMessagesRead(id: $id, upTo: $upTo) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
ASK_EVIDENCE = f"""mutation(
    $id: ID!, $version: Int!, $text: String!, $wants: [ReturnEvidenceWantInput!]) {{
  returnEvidenceRequest(id: $id, text: $text, wants: $wants, expectedVersion: $version) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
OFFER = f"""mutation($id: ID!, $version: Int!, $input: ReturnOfferInput!) {{
  returnOfferCreate(id: $id, input: $input, expectedVersion: $version) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
ACCEPT = f"""mutation($offer: ID!, $key: String!) {{
  returnOfferAccept(offerId: $offer, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
DECLINE = f"""mutation($offer: ID!, $key: String!) {{
  returnOfferDecline(offerId: $offer, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
APPEAL = f"""mutation($id: ID!, $input: ReturnAppealInput!, $key: String!) {{
  returnAppealCreate(id: $id, input: $input, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
RESOLVE = f"""mutation($id: ID!, $version: Int!, $granted: Boolean!, $words: String!,
    $reason: String, $shipping: Boolean) {{
  returnAppealResolve(id: $id, isGranted: $granted, resolution: $words,
      samePersonReason: $reason, expectedVersion: $version, refundShipping: $shipping) {{
    returnRequest {{ {FIELDS} {TALK} }} {ERRORS} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: ReturnRequestUpdateInput!, $key: String!) {{
  returnRequestUpdate(id: $id, input: $input, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
CANCEL = f"""mutation($id: ID!, $key: String!) {{
  returnRequestCancel(id: $id, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
CLOSE = f"""mutation($id: ID!, $version: Int!, $why: String!) {{
  returnRequestClose(id: $id, explanation: $why, expectedVersion: $version) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
RETRY = f"""mutation($refund: ID!, $version: Int!, $adopt: Boolean) {{
  returnRefundRetry(refundId: $refund, expectedVersion: $version, adoptReturn: $adopt) {{
    returnRefund {{ status }} returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
SETTLE = f"""mutation($refund: ID!, $version: Int!, $input: ReturnRefundSettleInput!) {{
  returnRefundSettleManually(refundId: $refund, expectedVersion: $version, input: $input) {{
    returnRefund {{ status settledReference }} returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
READ = (
    f"query($id: ID, $number: String) {{ returnRequest(id: $id, number: $number) {{ {FIELDS} }} }}"
)
READ_TALK = f"query($id: ID) {{ returnRequest(id: $id) {{ {FIELDS} {TALK} }} }}"
RETURNABLE = """query($order: ID!) { returnableLines(orderId: $order) {
  orderLineId productName variantName sku quantity returnableQuantity refundableQuantity
  amounts { fen } } }"""

_keys = itertools.count()


def key() -> str:
    return f"key-{next(_keys)}"


def wanted(order: Any, quantities: dict[int, int] | None = None, **changes: Any) -> dict[str, Any]:
    """Input for one hoodie of `order`; `quantities` by position of the line instead."""
    lines = [
        {"orderLineId": order.lines[position].id, "quantity": quantity}
        for position, quantity in (quantities or {0: 1}).items()
    ]
    keeps_goods = changes.get("kind") == "REFUND_ONLY"
    base = {
        "orderId": order.id,
        "kind": "RETURN_AND_REFUND",
        "reason": "changed_mind" if keeps_goods else "size_does_not_fit",
        "note": "太小了",
        "lines": lines,
    }
    return base | changes


def requested(
    shop: TestShop, order: Any, quantities: dict[int, int] | None = None, **changes: Any
) -> dict[str, Any]:
    answer = shop.as_li(CREATE, input=wanted(order, quantities, **changes), key=key())
    return answer.request


def approved(
    shop: TestShop, order: Any, quantities: dict[int, int] | None = None, **changes: Any
) -> dict[str, Any]:
    request = requested(shop, order, quantities, **changes)
    return shop.as_clerk(APPROVE, id=request["id"], version=request["version"]).request


def in_transit(
    shop: TestShop, order: Any, quantities: dict[int, int] | None = None, **changes: Any
) -> dict[str, Any]:
    request = approved(shop, order, quantities, **changes)
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    return shop.as_li(SUBMIT, id=request["id"], input=parcel, key=key()).request


def received(
    shop: TestShop, order: Any, quantities: dict[int, int] | None = None, **changes: Any
) -> dict[str, Any]:
    request = in_transit(shop, order, quantities, **changes)
    return shop.as_clerk(RECEIVE, id=request["id"], version=request["version"]).request


def inspected(
    shop: TestShop,
    order: Any,
    quantities: dict[int, int] | None = None,
    accepted: dict[int, int] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Accepted by staff: all of it, and the refund is owed, unless told otherwise."""
    request = received(shop, order, quantities, **changes)
    lines = [
        {
            "orderLineId": order.lines[position].id,
            "acceptedQuantity": (accepted or {}).get(position, quantity),
        }
        for position, quantity in (quantities or {0: 1}).items()
    ]
    answer = shop.as_clerk(INSPECT, id=request["id"], version=request["version"], lines=lines)
    return answer.request


def inspected_again(shop: TestShop, request: dict[str, Any], accepted: int) -> dict[str, Any]:
    """Of a return of one line, which is with the shop: so many pieces are accepted now."""
    (line,) = request["lines"]
    lines = [{"orderLineId": line["orderLineId"], "acceptedQuantity": accepted}]
    answer = shop.as_clerk(INSPECT, id=request["id"], version=request["version"], lines=lines)
    return answer.request


def lowered(shop: TestShop, order: Any) -> dict[str, Any]:
    """Two hoodies of Li's came back, and one of them is refused."""
    return inspected(shop, order, {0: 2}, {0: 1})


def agree(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    """Li takes what the inspection gave, if it is less than was promised."""
    seen = read_talk(shop, request)
    return accept(shop, seen).request if seen["status"] == "INSPECTED" else seen


def read(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    return dict(shop.as_clerk(READ, id=request["id"]).data["returnRequest"])


def actions(request: dict[str, Any]) -> list[str]:
    """What the reader may do; whether a deadline can be extended is a story of its own."""
    offered = [action["action"] for action in request["availableActions"]]
    return [action for action in offered if action != "EXTEND_DEADLINE"]


def read_talk(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    """As staff read it, with all that was said."""
    return dict(shop.as_clerk(READ_TALK, id=request["id"]).data["returnRequest"])


def offered(
    shop: TestShop, order: Any, amounts: dict[int, tuple[int, int]] | None = None, **terms: Any
) -> dict[str, Any]:
    """A request of Li's for a hoodie, and an offer: keep it, 30.00 yuan back.

    `amounts`: pieces and fen by position of the line instead.
    """
    request = requested(shop, order)
    return offer(shop, order, request, amounts, **terms).request


def offer(
    shop: TestShop,
    order: Any,
    request: dict[str, Any],
    amounts: dict[int, tuple[int, int]] | None = None,
    **terms: Any,
) -> Answer:
    lines = [
        {"orderLineId": order.lines[position].id, "quantity": quantity, "amountFen": fen}
        for position, (quantity, fen) in (amounts or {0: (1, 3000)}).items()
    ]
    wanted = {"kind": "REFUND_ONLY", "lines": lines, "note": "衣服留着,退 30 元"} | terms
    return shop.as_clerk(OFFER, id=request["id"], version=request["version"], input=wanted)


def accept(shop: TestShop, request: dict[str, Any], **changes: Any) -> Answer:
    """Li accepts the newest offer."""
    fitting = {"offer": request["offers"][0]["id"], "key": key()}
    return shop.as_li(ACCEPT, **(fitting | changes))


def decline(shop: TestShop, request: dict[str, Any], **changes: Any) -> Answer:
    fitting = {"offer": request["offers"][0]["id"], "key": key()}
    return shop.as_li(DECLINE, **(fitting | changes))


def rejected(
    shop: TestShop, order: Any, quantities: dict[int, int] | None = None, **changes: Any
) -> dict[str, Any]:
    request = requested(shop, order, quantities, **changes)
    reject = {"id": request["id"], "version": request["version"], "why": "不符合条件"}
    return shop.as_clerk(REJECT, **reject).request


def appeal(shop: TestShop, request: dict[str, Any], text: str = "吊牌都在") -> Answer:
    return shop.as_li(APPEAL, id=request["id"], input={"text": text}, key=key())


def resolve(shop: TestShop, request: dict[str, Any], *, granted: bool, **changes: Any) -> Answer:
    """Another clerk than the one who rejected decides."""
    fitting = {"id": request["id"], "version": request["version"], "words": "已复核"}
    return shop.as_supervisor(RESOLVE, granted=granted, **(fitting | changes))


def tasks(shop: TestShop, request: dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and detail of every open staff task of the return."""
    return [(task["kind"], task["detail"]) for task in read(shop, request)["tasks"]]


def retry(shop: TestShop, request: dict[str, Any], *, at: int = 0, adopt: bool = False) -> Answer:
    """Staff let one of the return's refunds go on, as they see it now."""
    refund = read(shop, request)["refunds"][at]
    return shop.as_clerk(RETRY, refund=refund["id"], version=refund["version"], adopt=adopt)


def settle(
    shop: TestShop,
    request: dict[str, Any],
    *,
    at: int = 0,
    reference: str = "bank transfer 42",
    **details: Any,
) -> Answer:
    """Staff write down that they paid one of the return's refunds by other means."""
    refund = read(shop, request)["refunds"][at]
    settlement = {"reference": reference, **details}
    return shop.as_clerk(SETTLE, refund=refund["id"], version=refund["version"], input=settlement)

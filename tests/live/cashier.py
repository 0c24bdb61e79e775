"""What staff do with payments in the real Dashboard, and what of a payment they see there."""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.orders import fen_of
from tests.live.real_saleor import Node, RealSaleor

GRANT_FIELDS = "id status amount { amount } shippingCostsIncluded createdAt"


@dataclass(frozen=True, slots=True)
class TransactionSeen:
    """One payment as staff read it; events oldest first."""

    psp_reference: str
    charged_fen: int
    refunded_fen: int
    refund_pending_fen: int
    actions: list[str]
    events: list[tuple[str, int, str]]  # type, fen and pspReference

    @property
    def event_types(self) -> list[str]:
        return [kind for kind, _, _ in self.events]


def see(saleor: RealSaleor, transaction_id: str) -> TransactionSeen:
    query = """query($id: ID!) { transaction(id: $id) { pspReference actions
      chargedAmount { amount } refundedAmount { amount } refundPendingAmount { amount }
      events { type createdAt pspReference message amount { amount } } } }"""
    node = saleor.as_staff(query, id=transaction_id)["transaction"]
    return TransactionSeen(
        psp_reference=node["pspReference"],
        charged_fen=fen_of(node["chargedAmount"]),
        refunded_fen=fen_of(node["refundedAmount"]),
        refund_pending_fen=fen_of(node["refundPendingAmount"]),
        actions=node["actions"],
        events=[
            (event["type"], fen_of(event["amount"]), event["pspReference"])
            for event in _oldest_first(node["events"])
        ],
    )


def latest_message(saleor: RealSaleor, transaction_id: str) -> str:
    """Of the newest event: what staff read when we refuse."""
    query = "query($id: ID!) { transaction(id: $id) { events { createdAt message } } }"
    events = saleor.as_staff(query, id=transaction_id)["transaction"]["events"]
    return str(_oldest_first(events)[-1]["message"])


def transactions_of(saleor: RealSaleor, order_id: str) -> list[str]:
    """Ids, in the order in which they were begun."""
    query = "query($id: ID!) { order(id: $id) { transactions { id createdAt } } }"
    found = saleor.as_staff(query, id=order_id)["order"]["transactions"]
    return [node["id"] for node in _oldest_first(found)]


def ask(saleor: RealSaleor, transaction_id: str, action: str, amount: str | None = None) -> None:
    """Click "Refund", "Capture" or "Cancel" on a payment: REFUND, CHARGE, CANCEL."""
    query = """mutation($id: ID!, $action: TransactionActionEnum!, $amount: PositiveDecimal) {
      transactionRequestAction(id: $id, actionType: $action, amount: $amount) {
        errors { field code message } } }"""
    saleor.as_staff(query, id=transaction_id, action=action, amount=amount)


def grant(
    saleor: RealSaleor,
    order_id: str,
    transaction_id: str,
    amount: str,
    *,
    pieces: dict[str, int] | None = None,
    shipping: bool = False,
) -> str:
    """Grant a refund, for pieces by order line or none; its id. Nobody hears until `request`."""
    query = """mutation($order: ID!, $input: OrderGrantRefundCreateInput!) {
      orderGrantRefundCreate(id: $order, input: $input) {
        grantedRefund { id } errors { field code message } } }"""
    wish = {
        "amount": amount,
        "transactionId": transaction_id,
        "reason": "by staff",
        "lines": [{"id": line, "quantity": many} for line, many in (pieces or {}).items()],
        "grantRefundForShipping": shipping,
    }
    answer = saleor.as_staff(query, order=order_id, input=wish)
    return str(answer["orderGrantRefundCreate"]["grantedRefund"]["id"])


def request(saleor: RealSaleor, grant_id: str) -> None:
    query = """mutation($grant: ID!) {
      transactionRequestRefundForGrantedRefund(grantedRefundId: $grant) {
        errors { field code message } } }"""
    saleor.as_staff(query, grant=grant_id)


def try_request(saleor: RealSaleor, grant_id: str) -> str:
    """As `request`, where Saleor may say no: its code, blank when it agreed."""
    query = """mutation($grant: ID!) {
      transactionRequestRefundForGrantedRefund(grantedRefundId: $grant) {
        refusals: errors { code } } }"""
    answer = saleor.as_staff(query, grant=grant_id)["transactionRequestRefundForGrantedRefund"]
    return "".join(refusal["code"] for refusal in answer["refusals"])


def grants_of(saleor: RealSaleor, order_id: str) -> list[Node]:
    """Oldest first."""
    query = f"query($id: ID!) {{ order(id: $id) {{ grantedRefunds {{ {GRANT_FIELDS} }} }} }}"
    return _oldest_first(saleor.as_staff(query, id=order_id)["order"]["grantedRefunds"])


def _oldest_first(nodes: list[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: str(node["createdAt"]))

"""What staff do about money in Saleor's own Dashboard, behind our back."""

from __future__ import annotations

from typing import Any

import httpx

from tests.world import TestShop

GRANT = """mutation($order: ID!, $input: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $order, input: $input) { errors { code field } } }"""
CHANGE_GRANT = """mutation($grant: ID!, $input: OrderGrantRefundUpdateInput!) {
  orderGrantRefundUpdate(id: $grant, input: $input) { errors { code field } } }"""
REQUEST = """mutation($grant: ID!) {
  transactionRequestRefundForGrantedRefund(grantedRefundId: $grant) { errors { code field } } }"""
REFUND = """mutation($transaction: ID!, $amount: PositiveDecimal!) {
  transactionRequestAction(id: $transaction, actionType: REFUND, amount: $amount) {
    errors { code field } } }"""
CANCEL = """mutation($order: ID!) { orderCancel(id: $order) { errors { code field } } }"""
REPORT = """mutation($transaction: ID!, $amount: PositiveDecimal!, $psp: String!) {
  transactionEventReport(id: $transaction, type: REFUND_SUCCESS, amount: $amount,
    pspReference: $psp) { errors { code field } } }"""


def grant(
    shop: TestShop,
    order: Any,
    amount: str,
    quantities: dict[int, int],
    transaction: Any = None,
) -> None:
    """Grant a refund for pieces of lines, by position; on the first payment unless told."""
    lines = [{"id": order.lines[at].id, "quantity": count} for at, count in quantities.items()]
    payment = transaction or order.transactions[0]
    granted = {"amount": amount, "transactionId": payment.id, "lines": lines}
    _ask(shop, GRANT, order=order.id, input=granted)


def grant_shipping(shop: TestShop, order: Any, amount: str) -> None:
    """Grant the order's shipping, and nothing else."""
    payment = order.transactions[0]
    granted = {"amount": amount, "transactionId": payment.id, "grantRefundForShipping": True}
    _ask(shop, GRANT, order=order.id, input=granted)


def change_grant(shop: TestShop, granted: Any, amount: str) -> None:
    _ask(shop, CHANGE_GRANT, grant=granted.id, input={"amount": amount})


def request(shop: TestShop, granted: Any) -> None:
    """Click "refund" on a granted refund."""
    _ask(shop, REQUEST, grant=granted.id)


def request_at_the_same_moment(shop: TestShop, granted: Any) -> None:
    """The same, when Saleor has not yet noticed that somebody else did: nothing there locks."""
    granted.status = "NONE"
    request(shop, granted)


def refund_plainly(shop: TestShop, transaction: Any, amount: str) -> None:
    """Refund a payment without granting anything."""
    _ask(shop, REFUND, transaction=transaction.id, amount=amount)


def cancel_order(shop: TestShop, order: Any) -> None:
    _ask(shop, CANCEL, order=order.id)


def book_refund_made_elsewhere(shop: TestShop, transaction: Any, amount: str, psp: str) -> None:
    """Part of the money went back another way, and the payment's app told Saleor."""
    variables = {"transaction": transaction.id, "amount": amount, "psp": psp}
    _post(shop, shop.app.auth_token, REPORT, variables)


def _ask(shop: TestShop, query: str, **variables: Any) -> None:
    cashier = shop.saleor.add_staff(
        "cashier@example.com", permissions=frozenset({"MANAGE_ORDERS", "HANDLE_PAYMENTS"})
    )
    _post(shop, shop.saleor.user_token(cashier), query, variables)


def _post(shop: TestShop, token: str, query: str, variables: dict[str, Any]) -> None:
    with httpx.Client(transport=shop.saleor.transport) as dashboard:
        answer = dashboard.post(
            shop.saleor.world.api_url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    assert payload["errors"] == []

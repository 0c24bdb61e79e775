"""A payment app of somebody else in the simulated Saleor: it answers, fails, or is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from saleor_wechat_returns.sandbox.saleor import ForeignPaymentApp, PaidWith
from saleor_wechat_returns.sandbox.saleor.foreign_app import Manner
from saleor_wechat_returns.sandbox.saleor.world import Order
from tests.contracts.payment_shop import SHIRTS, Shop

GRANT = """mutation($id: ID!, $input: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $id, input: $input) { grantedRefund { id } errors { code } } }"""
REQUEST = """mutation($grant: ID!) {
  transactionRequestRefundForGrantedRefund(grantedRefundId: $grant) { errors { field code } } }"""
PAY_TEST_REPORTS = """mutation($id: ID!) { transactionEventReport(id: $id, pspReference: "x",
  type: REFUND_SUCCESS, amount: "1.00") { errors { code } } }"""


def granted() -> tuple[Shop, ForeignPaymentApp, Order, str]:
    """An order of 199.80 paid through the foreign app, and a grant of 99.90."""
    shop = Shop()
    foreign = shop.add_payment_app("stripe.test")
    order = shop.seed_order(lines=SHIRTS, paid_with=[PaidWith("stripe.test", "pi_1")])
    wanted = {"amount": "99.90", "transactionId": order.transactions[0].id}
    grant = shop.as_app(GRANT, id=order.id, input=wanted)["grantedRefund"]["id"]
    return shop, foreign, order, grant


def request(shop: Shop, grant: str) -> list[dict[str, Any]]:
    answer = shop.ask(REQUEST, shop.app.auth_token, grant=grant)
    shop.deliver_all()
    errors: list[dict[str, Any]] = answer["data"]["transactionRequestRefundForGrantedRefund"][
        "errors"
    ]
    return errors


@pytest.mark.parametrize(
    ("manner", "status", "refunded", "failure"),
    [
        (Manner.SUCCEED, "SUCCESS", "99.90", None),
        (Manner.ACCEPT, "PENDING", "0", None),
        (Manner.FAIL, "FAILURE", "0", "Refused by the provider."),
        (Manner.GARBAGE, "FAILURE", "0", "Failed to delivery request."),
        (Manner.UNREACHABLE, "FAILURE", "0", "Failed to delivery request."),
    ],
)
def test_it_answers(manner: Manner, status: str, refunded: str, failure: str | None) -> None:
    shop, foreign, order, grant = granted()
    foreign.manner = manner

    assert request(shop, grant) == []

    (transaction,) = order.transactions
    assert order.granted_refunds[0].status == status
    assert f"{transaction.refunded:.2f}" == f"{float(refunded):.2f}"
    messages = [e.message for e in transaction.events if e.type == "REFUND_FAILURE"]
    assert messages == ([failure] if failure else [])
    heard = {request.headers["saleor-event"] for request in shop.heard}
    assert "transaction_refund_requested" not in heard  # nobody but the owner is asked


@pytest.mark.parametrize(
    ("outcome", "status"), [("REFUND_SUCCESS", "SUCCESS"), ("REFUND_FAILURE", "FAILURE")]
)
def test_it_says_later_how_an_accepted_refund_ended(outcome: str, status: str) -> None:
    shop, foreign, order, grant = granted()
    foreign.manner = Manner.ACCEPT
    request(shop, grant)

    foreign.finish(outcome)

    (transaction,) = order.transactions
    assert order.granted_refunds[0].status == status
    assert transaction.refund_pending == 0
    assert transaction.events[-1].app is foreign.app


@pytest.mark.parametrize(
    "leave",
    [
        lambda shop, foreign: shop.uninstall_app(foreign.app),
        lambda shop, foreign: shop.deactivate_app(foreign.app),
        lambda _shop, foreign: foreign.app.webhooks.clear(),
    ],
    ids=["uninstalled", "deactivated", "without webhook"],
)
def test_when_it_is_gone_nobody_can_be_asked(
    leave: Callable[[Shop, ForeignPaymentApp], None],
) -> None:
    """Recordings 78 and 325."""
    shop, foreign, order, grant = granted()
    leave(shop, foreign)

    errors = request(shop, grant)

    missing = "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"
    assert errors == [{"field": None, "code": missing}]
    assert foreign.heard == []
    assert order.transactions[0].events[-1].type == "REFUND_FAILURE"


def test_nobody_else_may_report_on_its_transaction() -> None:
    """Recordings 48 and 125."""
    shop, _, order, _ = granted()

    answer = shop.ask(PAY_TEST_REPORTS, shop.app.auth_token, id=order.transactions[0].id)

    assert answer["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"
    assert order.transactions[0].refunded == 0

"""Payments beyond the recordings: what a running Saleor 3.23.28 was seen to do with each answer."""

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import PayBy, Payment
from saleor_wechat_returns.sandbox.saleor.world import Transaction
from tests.contracts.payment_shop import PAID, SHIRTS, Shop

PREPARED = {"result": "CHARGE_ACTION_REQUIRED", "data": {"prepay_id": "wx2026"}}
REPORT = """mutation($id: ID!, $p: String!, $t: TransactionEventTypeEnum!) {
  transactionEventReport(id: $id, pspReference: $p, type: $t, amount: "211.80") {
  errors { code } } }"""
REQUEST = """mutation($id: ID!, $t: TransactionActionEnum!, $a: PositiveDecimal) {
  transactionRequestAction(id: $id, actionType: $t, amount: $a) { errors { code } } }"""
INITIALIZE = """mutation($id: ID!, $key: String, $action: TransactionFlowStrategyEnum) {
  transactionInitialize(id: $id, idempotencyKey: $key, action: $action,
  paymentGateway: {id: "pay.test"}) {
  transaction { id } transactionEvent { type message } errors { field code } } }"""
GATEWAY = """mutation($id: ID!) { paymentGatewayInitialize(id: $id,
  paymentGateways: [{id: "pay.test"}, {id: "nobody.test"}]) {
  gatewayConfigs { id data errors { code } } errors { code } } }"""


def test_a_shopper_pays_where_the_app_asks_him_to() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = PREPARED
    seen: list[Payment] = []

    def notify(payment: Payment) -> None:
        seen.append(payment)
        shop.as_app(REPORT, id=payment.transaction_id, p="wx-1", t="CHARGE_SUCCESS")

    order = shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test")], while_paying=notify)

    assert [payment.data for payment in seen] == [{"prepay_id": "wx2026"}]
    assert (order.charge_status, order.transactions[0].psp_reference) == ("FULL", "wx-1")
    assert shop.delivered("TRANSACTION_PROCESS_SESSION") == []


def test_what_the_customer_sends_reaches_the_app_unchanged() -> None:
    shop = Shop()
    data = {"openid": "o-1", "rate": 0.5, "list": [1, None]}

    shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test", data=data)])

    (delivery,) = shop.delivered("TRANSACTION_INITIALIZE_SESSION")
    assert delivery.payload["data"] == data
    assert delivery.payload["action"] == {"amount": 211.8, "actionType": "CHARGE"}


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
def test_every_version_knows_the_payment_events(version: str) -> None:
    shop = Shop(version)

    order = shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test")])

    assert order.charge_status == "FULL"


def test_a_repeated_key_asks_the_app_again_about_the_same_transaction() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = PREPARED
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)

    first, second = (shop.as_app(INITIALIZE, id=checkout, key="k") for _ in range(2))

    assert first["transaction"] == second["transaction"]
    heard = shop.delivered("TRANSACTION_INITIALIZE_SESSION")
    assert [delivery.payload["idempotencyKey"] for delivery in heard] == ["k", "k"]


def test_a_key_of_another_checkout_is_refused() -> None:
    shop = Shop()
    shopper = shop.shopper(shop.li)
    shop.as_app(INITIALIZE, id=shopper.fill_checkout(SHIRTS), key="k")

    answer = shop.ask(INITIALIZE, id=shopper.fill_checkout(SHIRTS), key="k")

    payload = answer["data"]["transactionInitialize"]
    assert payload["errors"] == [{"field": "idempotencyKey", "code": "UNIQUE"}]
    assert len(shop.delivered("TRANSACTION_INITIALIZE_SESSION")) == 1


def test_a_4xx_answer_to_a_session_counts_as_none() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = httpx.Response(400, json=PAID)
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)

    payload = shop.as_app(INITIALIZE, id=checkout)

    failed = {"type": "CHARGE_FAILURE", "message": "Failed to delivery request."}
    assert payload["transactionEvent"] == failed
    assert len(shop.delivered("TRANSACTION_INITIALIZE_SESSION")[0].attempts) == 1


def test_an_answer_that_is_no_object_breaks_the_mutation() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = [PAID]
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)

    answer = shop.ask(INITIALIZE, id=checkout)

    assert answer["errors"][0]["extensions"]["exception"]["code"] == "AttributeError"


def test_a_payment_that_the_app_let_fail_cannot_be_carried_on() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = PREPARED
    shop.answers["TRANSACTION_PROCESS_SESSION"] = {"result": "CHARGE_FAILURE", "message": "no"}
    shopper = shop.shopper(shop.li)
    payment = shopper.pay(shopper.fill_checkout(SHIRTS), PayBy("pay.test"))

    results = [shopper.carry_on(payment) for _ in range(2)]

    assert [(r.event_type, r.message) for r in results] == [("CHARGE_FAILURE", "no")] * 2
    assert len(shop.delivered("TRANSACTION_PROCESS_SESSION")) == 1


def test_gateways_answer_each_for_itself() -> None:
    shop = Shop()
    shop.answers["PAYMENT_GATEWAY_INITIALIZE_SESSION"] = {"data": {"mode": "jsapi"}}
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)

    payload = shop.as_app(GATEWAY, id=checkout)

    assert payload["gatewayConfigs"] == [
        {"id": "pay.test", "data": {"mode": "jsapi"}, "errors": []},
        {"id": "nobody.test", "data": None, "errors": [{"code": "NOT_FOUND"}]},
    ]


def test_a_gateway_that_cannot_be_read_is_named() -> None:
    shop = Shop()
    shop.answers["PAYMENT_GATEWAY_INITIALIZE_SESSION"] = httpx.Response(200, text="oops")
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)

    payload = shop.as_app(GATEWAY, id=checkout)

    assert payload["gatewayConfigs"][0]["errors"] == [{"code": "INVALID"}]


def test_an_authorised_amount_is_charged_in_part_and_the_rest_cancelled() -> None:
    shop = Shop()
    authorised = {"result": "AUTHORIZATION_SUCCESS", "pspReference": "auth-1"}
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = authorised
    shop.answers["TRANSACTION_CHARGE_REQUESTED"] = {
        "result": "CHARGE_SUCCESS",
        "pspReference": "charge-1",
    }
    shop.answers["TRANSACTION_CANCELATION_REQUESTED"] = {"pspReference": "cancel-1"}
    shopper = shop.shopper(shop.li)
    checkout = shopper.fill_checkout(SHIRTS)
    shop.as_app(INITIALIZE, id=checkout, action="AUTHORIZATION")
    order = shopper.complete(checkout)
    transaction = order.transactions[0]
    shop.deliver_all()
    before = len(shop.deliveries.log)

    shop.as_app(REQUEST, id=transaction.id, t="CHARGE", a="100.00")
    shop.deliver_all()
    shop.as_app(REQUEST, id=transaction.id, t="CANCEL")
    shop.deliver_all()

    assert [(d.event, d.payload["issuingPrincipal"]) for d in shop.deliveries.log[before:]] == [
        ("TRANSACTION_CHARGE_REQUESTED", None),
        ("ORDER_PAID", None),
        ("ORDER_UPDATED", None),
        ("TRANSACTION_CANCELATION_REQUESTED", None),
        ("ORDER_UPDATED", None),
    ]
    amounts = (transaction.authorized, transaction.charged, transaction.cancel_pending)
    assert [str(amount) for amount in amounts] == ["0.000", "100.000", "111.800"]
    assert order.charge_status == "PARTIAL"
    assert shop.history()[2:] == ["TRANSACTION_CHARGE_REQUESTED", "TRANSACTION_CANCEL_REQUESTED"]


@pytest.mark.parametrize(
    ("said", "name"),
    [({"result": "CHARGE_SUCCESS", "amount": 211.8}, ""), ({}, "wx-1")],
    ids=["with its result", "without a result"],
)
def test_a_capture_answered_with_its_result_leaves_the_transaction_unnamed(
    said: dict[str, object], name: str
) -> None:
    """The report that follows is processed already then, and names nothing (seen 2026-11)."""
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = PREPARED
    shop.answers["TRANSACTION_CHARGE_REQUESTED"] = said | {"pspReference": "wx-1"}
    shopper = shop.shopper(shop.li)
    payment = shopper.pay(shopper.fill_checkout(SHIRTS), PayBy("pay.test"))
    shop.as_app(REQUEST, id=payment.transaction_id, t="CHARGE")
    shop.deliver_all()

    shop.as_app(REPORT, id=payment.transaction_id, p="wx-1", t="CHARGE_SUCCESS")

    transaction = shop.world.find(payment.transaction_id)
    assert isinstance(transaction, Transaction)
    assert (transaction.psp_reference, str(transaction.charged)) == (name, "211.800")
    assert [event.type for event in transaction.events].count("CHARGE_SUCCESS") == 1

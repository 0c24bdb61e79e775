"""What an app reads of the simulated Saleor: orders by number, own webhooks, times of change."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import Address, LineSpec, PaidWith
from saleor_wechat_returns.sandbox.saleor.world import Order
from tests.contracts.payment_shop import SHIRTS, Shop

BY_NUMBER = """query($numbers: [String!]) { orders(first: 5, filter: {numbers: $numbers}) {
  edges { node { number userEmail user { id } shippingAddress { phone }
    billingAddress { phone } } } } }"""
OWN = """{ app { isActive webhooks { id name isActive targetUrl
  asyncEvents { eventType } syncEvents { eventType } } } }"""
CREATE = """mutation($input: WebhookCreateInput!) { webhookCreate(input: $input) {
  webhook { id } errors { field code } } }"""
UPDATE = """mutation($id: ID!, $input: WebhookUpdateInput!) {
  webhookUpdate(id: $id, input: $input) { webhook { id } errors { field code } } }"""
DELETE = """mutation($id: ID!) { webhookDelete(id: $id) { errors { field code } } }"""
UPDATED = "subscription { event { ... on OrderUpdated { order { id } } } }"
RETURN = """mutation($id: ID!, $line: ID!) { orderFulfillmentReturnProducts(order: $id,
  input: {refund: false, fulfillmentLines: [{fulfillmentLineId: $line, quantity: 1}]}) {
  errors { code } } }"""
GRANT = """mutation($id: ID!, $input: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $id, input: $input) { grantedRefund { id } errors { code } } }"""
REQUEST = """mutation($grant: ID!) {
  transactionRequestRefundForGrantedRefund(grantedRefundId: $grant) { errors { code } } }"""


def test_an_order_is_found_by_its_number_with_the_phones_of_its_addresses() -> None:
    """What a guest must know: the number, and a phone."""
    shop = Shop()
    address = Address(shop.world.ids.numbered("Address"), phone="+8613800138000")
    for _ in range(3):
        shop.seed_order(lines=SHIRTS, user_email="guest@example.com", shipping_address=address)

    answer = shop.ask(BY_NUMBER, shop.app.auth_token, numbers=["2", "77"])

    phone = {"phone": "+8613800138000"}
    assert [edge["node"] for edge in answer["data"]["orders"]["edges"]] == [
        {
            "number": "2",
            "userEmail": "guest@example.com",
            "user": None,
            "shippingAddress": phone,
            "billingAddress": phone,
        }
    ]


def test_a_required_variable_with_a_default_is_refused() -> None:
    """By Saleor's older GraphQL library; today's takes it."""
    shop = Shop()
    query = (
        "query($id: ID!, $with: Boolean! = false) { order(id: $id) { id number @skip(if: $with) } }"
    )

    answer = shop.ask(query, shop.app.auth_token, id="T3JkZXI6MQ==")

    assert [error["message"] for error in answer["errors"]] == [
        'Variable "$with" of type "Boolean!" is required and will not use the default value.'
        ' Perhaps you meant to use type "Boolean".'
    ]


@pytest.mark.parametrize("who", ["customer", "nobody"])
def test_customers_and_strangers_cannot_search_orders(who: str) -> None:
    shop = Shop()
    bearer = shop.user_token(shop.li) if who == "customer" else None

    answer = shop.ask(BY_NUMBER, bearer, numbers=["1"])

    assert answer["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"


def test_an_app_makes_changes_and_deletes_its_own_webhooks() -> None:
    """Making one is recording 141."""
    shop = Shop()
    shop.app.webhooks.clear()
    url = "https://pay.test/new"
    made = {"name": "new", "targetUrl": "https://pay.test/old", "query": UPDATED, "isActive": True}

    webhook = shop.as_app(CREATE, input=made)["webhook"]["id"]
    shop.as_app(UPDATE, id=webhook, input={"targetUrl": url})
    listed = own_webhooks(shop)
    shop.as_app(DELETE, id=webhook)

    assert listed == [
        {
            "id": webhook,
            "name": "new",
            "isActive": True,
            "targetUrl": url,
            "asyncEvents": [{"eventType": "ORDER_UPDATED"}],
            "syncEvents": [],
        }
    ]
    assert own_webhooks(shop) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { event {", "SYNTAX"),
        ("subscription { event { ... on OrderUpdated { order { nope } } } }", "GRAPHQL_ERROR"),
        ("query { shop { name } }", "MISSING_SUBSCRIPTION"),
        ("subscription { event { issuedAt } }", "MISSING_EVENT"),
    ],
)
def test_a_webhooks_query_must_be_a_subscription_that_names_an_event(query: str, code: str) -> None:
    """Also where events are given (3.23.28, seen 2026-11)."""
    shop = Shop()
    made = {"targetUrl": "https://pay.test/", "query": query, "asyncEvents": ["ORDER_UPDATED"]}
    before = own_webhooks(shop)

    refused = shop.ask(CREATE, shop.app.auth_token, input=made)["data"]["webhookCreate"]

    assert refused["errors"] == [{"field": "query", "code": code}]
    assert own_webhooks(shop) == before


def test_a_deactivated_app_hears_nothing_and_is_nobody() -> None:
    """Recording 357."""
    shop = Shop()
    order = shipped(shop)
    shop.deactivate_app(shop.app)
    clerk = shop.add_staff("clerk@example.com")

    answer = shop.ask(RETURN, shop.user_token(clerk), id=order.id, line=line_of(order))

    assert answer["data"]["orderFulfillmentReturnProducts"]["errors"] == []
    assert shop.deliveries.log == []
    assert shop.ask(OWN, shop.app.auth_token)["data"]["app"] is None


def test_a_later_return_leaves_the_time_of_change_alone() -> None:
    """Recordings 151 to 155: only a change of the status and its like moves it."""
    shop = Shop()
    order = shipped(shop)

    times = []
    for _ in range(3):
        shop.as_app(RETURN, id=order.id, line=line_of(order))
        times.append(order.updated_at)

    assert times[0] == times[1] < times[2]  # the last piece makes it RETURNED
    assert order.status == "RETURNED"


@pytest.mark.parametrize(
    ("answer", "moves"),
    [
        (httpx.Response(400, text="oops"), False),
        (httpx.Response(200, json={}), False),
        (httpx.Response(200, json={"result": "REFUND_FAILURE", "message": "no"}), True),
    ],
    ids=["unreadable", "empty", "a failure"],
)
def test_only_a_failure_that_the_app_told_moves_the_time_of_change(
    answer: httpx.Response, moves: bool
) -> None:
    """Recordings 63, 66, 70 and 77 (not moved), 61 and 185 (moved)."""
    shop = Shop()
    order = shipped(shop)
    given = {"amount": "1.00", "transactionId": order.transactions[0].id}
    grant = shop.as_app(GRANT, id=order.id, input=given)["grantedRefund"]["id"]
    before: datetime = order.updated_at
    shop.answers["TRANSACTION_REFUND_REQUESTED"] = answer

    shop.as_app(REQUEST, grant=grant)
    shop.deliver_all()

    assert order.granted_refunds[0].status == "FAILURE"
    assert (order.updated_at > before) == moves


@pytest.mark.parametrize(
    ("references", "statuses"),
    [
        pytest.param(({}, {}), ["FAILURE", "PENDING"], id="without one"),
        pytest.param(
            ({"pspReference": "no-1"}, {"pspReference": "no-2"}),
            ["FAILURE", "FAILURE"],
            id="each its own",
        ),
    ],
)
def test_a_second_failure_of_a_payment_needs_a_reference_of_its_own(
    references: tuple[dict[str, str], dict[str, str]], statuses: list[str]
) -> None:
    """Seen on 3.21.69, 3.22.67 and 3.23.28 in 2026-11: else it is dropped as told before."""
    shop = Shop()
    order = shipped(shop)
    given = {"amount": "1.00", "transactionId": order.transactions[0].id}

    for reference in references:
        said = {"result": "REFUND_FAILURE", "message": "no"} | reference
        shop.answers["TRANSACTION_REFUND_REQUESTED"] = httpx.Response(200, json=said)
        grant = shop.as_app(GRANT, id=order.id, input=given)["grantedRefund"]["id"]
        shop.as_app(REQUEST, grant=grant)
        shop.deliver_all()

    assert [grant.status for grant in order.granted_refunds] == statuses


def shipped(shop: Shop) -> Order:
    """Three T-shirts, paid and shipped."""
    return shop.seed_order(
        lines=[LineSpec("T-shirt", "T-shirt-S", "TS-S", 3, "99.90")],
        paid_with=[PaidWith("pay.test", "wx-1")],
        fulfilled="all",
    )


def line_of(order: Order) -> str:
    (fulfillment,) = (f for f in order.fulfillments if f.status == "FULFILLED")
    return fulfillment.lines[0].id


def own_webhooks(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.ask(OWN, shop.app.auth_token)["data"]["app"]["webhooks"]
    return found

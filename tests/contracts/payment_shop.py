"""A shop with one customer and one payment app, whose next answers a test lays out."""

from typing import Any

import httpx

from saleor_wechat_returns.sandbox.saleor import LineSpec, SaleorSandbox
from saleor_wechat_returns.sandbox.saleor.people import App, Webhook
from saleor_wechat_returns.sandbox.saleor.subscriptions import events_of
from tests.contracts.recordings import TickingClock

API_URL = "https://shop.test/graphql/"
SHIRTS = [LineSpec("T-shirt", "T-shirt-S", "TS-S", 2, "99.90")]  # 211.80 with shipping
PAID = {"result": "CHARGE_SUCCESS", "pspReference": "wx-1"}

SESSION = "sourceObject { __typename } transaction { id pspReference } action { amount actionType }"
SUBSCRIPTIONS = {
    "PAYMENT_GATEWAY_INITIALIZE_SESSION": "PaymentGatewayInitializeSession { data amount }",
    "TRANSACTION_INITIALIZE_SESSION": "TransactionInitializeSession { data idempotencyKey "
    f"merchantReference customerIpAddress {SESSION} }}",
    "TRANSACTION_PROCESS_SESSION": f"TransactionProcessSession {{ data {SESSION} }}",
    "TRANSACTION_REFUND_REQUESTED": "TransactionRefundRequested { action { amount } }",
    "TRANSACTION_CHARGE_REQUESTED": "TransactionChargeRequested { action { amount actionType } }",
    "TRANSACTION_CANCELATION_REQUESTED": "TransactionCancelationRequested "
    "{ action { amount actionType } }",
    **{
        f"ORDER_{name.upper()}": f"Order{name.title().replace('_', '')} {{ order {{ number }} }}"
        for name in ("created", "confirmed", "paid", "fully_paid", "updated")
    },
}


class Shop(SaleorSandbox):
    """`answers` maps an event to the JSON, or the whole response, that the app gives to it.

    A function instead is called for it, and may also raise or take its time.
    """

    def __init__(self, version: str = "3.23", *, time_scale: float = 1.0) -> None:
        http = httpx.Client(transport=httpx.MockTransport(self._serve))
        self.clock = TickingClock()
        super().__init__(
            API_URL, http, clock=self.clock, schema_version=version, time_scale=time_scale
        )
        self.heard: list[httpx.Request] = []
        self.li = self.add_customer("li@example.com")
        self.app = self.add_app("pay.test", ["HANDLE_PAYMENTS", "MANAGE_ORDERS"])
        for event, query in SUBSCRIPTIONS.items():
            self._subscribe(self.app, event, query, version)
        self.answers: dict[str, Any] = {"TRANSACTION_INITIALIZE_SESSION": PAID}

    def _subscribe(self, app: App, event: str, query: str, version: str) -> None:
        query = f"subscription {{ event {{ issuingPrincipal {{ __typename }} ... on {query} }} }}"
        url, events = "https://pay.test/wh", events_of(query, [event], version)
        app.webhooks.append(Webhook(event, app, event, url, query, events))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        answer = self.answers.get(request.headers["saleor-event"].upper(), {})
        answer = answer() if callable(answer) else answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def ask(self, query: str, bearer: str | None = None, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        client = httpx.Client(transport=self.transport, headers=headers)
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = client.post(API_URL, json=body).json()
        return answer

    def as_app(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.ask(query, self.app.auth_token, **variables)
        assert "errors" not in answer, answer
        payload: dict[str, Any]
        (payload,) = answer["data"].values()
        assert payload["errors"] == []
        return payload

    def history(self) -> list[str]:
        return [event.type for event in self.world.orders[-1].events]

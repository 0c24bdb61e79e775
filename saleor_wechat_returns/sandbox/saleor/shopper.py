"""A customer at the storefront: fills a checkout, pays and orders, all through the API."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from .people import User
from .seed import LineSpec, offer
from .world import Order

if TYPE_CHECKING:
    from .sandbox import SaleorSandbox

_ADDRESS = {
    "firstName": "Li",
    "lastName": "Lei",
    "streetAddress1": "Nanjing Lu 1",
    "city": "黄浦区",
    "countryArea": "上海市",
    "postalCode": "200001",
    "country": "CN",
    "phone": "+8613800138000",
}


@dataclass(frozen=True)
class PayBy:
    """A payment through an app; without amount, of all that is left."""

    app_identifier: str
    data: Mapping[str, Any] | None = None
    amount: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Payment:
    """How a payment stands: what the app gave the storefront is in `data`."""

    transaction_id: str
    event_type: str
    data: Any
    message: str


class OrderRefused(Exception):
    """The API said no; the text is its answer."""


class Shopper:
    """One customer, or a guest with an e-mail address, at one shop."""

    def __init__(
        self, shop: "SaleorSandbox", user: User | None = None, email: str | None = None
    ) -> None:
        self._shop, self._user = shop, user
        self._email = email or (user.email if user else "guest@example.com")
        self._http = httpx.Client(transport=shop.transport)

    def fill_checkout(self, lines: Iterable[LineSpec]) -> str:
        """A checkout with address and shipping; returns its id."""
        wanted = [
            {"variantId": offer(self._shop.world, line).id, "quantity": line.quantity}
            for line in lines
        ]
        given = {
            "email": self._email,
            "lines": wanted,
            "shippingAddress": _ADDRESS,
            "billingAddress": _ADDRESS,
        }
        checkout = self._call(_CREATE, input=given)["checkout"]
        method = checkout["shippingMethods"][0]["id"]
        self._call(_SHIP, id=checkout["id"], method=method)
        return str(checkout["id"])

    def pay(self, source_id: str, by: PayBy) -> Payment:
        """Begin to pay a checkout or an order."""
        gateway = {"id": by.app_identifier, "data": by.data}
        return self._payment(
            _INITIALIZE,
            id=source_id,
            gateway=gateway,
            amount=by.amount,
            key=by.idempotency_key,
        )

    def ask_gateway(self, source_id: str, app_identifier: str) -> Any:
        """What the app tells the storefront before a payment begins."""
        answer = self._call(_GATEWAY, id=source_id, gateways=[{"id": app_identifier}])
        (config,) = answer["gatewayConfigs"]
        return config["data"]

    def carry_on(self, payment: Payment, data: Mapping[str, Any] | None = None) -> Payment:
        """Ask the app again, as a storefront does when the customer comes back from paying."""
        return self._payment(_PROCESS, id=payment.transaction_id, data=data)

    def complete(self, checkout_id: str) -> Order:
        order_id = self._call(_COMPLETE, id=checkout_id)["order"]["id"]
        order: Order = self._shop.world.find(order_id)
        return order

    def place_order(
        self,
        lines: Iterable[LineSpec],
        payments: Sequence[PayBy],
        while_paying: Callable[[Payment], Any] | None = None,
    ) -> Order:
        """Fill, pay by all of `payments`, complete.

        Where the app asks for an action, `while_paying` plays it (such as the provider's notice to
        the app), then the app is asked again.
        """
        checkout_id = self.fill_checkout(lines)
        for by in payments:
            payment = self.pay(checkout_id, by)
            if payment.event_type.endswith("_ACTION_REQUIRED"):
                if while_paying:
                    while_paying(payment)
                self.carry_on(payment)
        return self.complete(checkout_id)

    def _payment(self, query: str, **variables: Any) -> Payment:
        answer = self._call(query, **variables)
        event = answer["transactionEvent"]
        return Payment(answer["transaction"]["id"], event["type"], answer["data"], event["message"])

    def _call(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {}
        if self._user:
            headers["Authorization"] = f"Bearer {self._shop.user_token(self._user)}"
        body = {"query": query, "variables": variables}
        answer = self._http.post(self._shop.world.api_url, json=body, headers=headers).json()
        if "errors" in answer:
            raise OrderRefused(str(answer["errors"]))
        payload: dict[str, Any]
        (payload,) = answer["data"].values()
        if payload["errors"]:
            raise OrderRefused(str(payload["errors"]))
        return payload


_CREATE = """mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) {
  checkout { id shippingMethods { id } } errors { field code message } } }"""
_SHIP = """mutation($id: ID!, $method: ID!) {
  checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $method) {
  errors { field code message } } }"""
_INITIALIZE = """mutation(
  $id: ID!, $gateway: PaymentGatewayToInitialize!, $amount: PositiveDecimal, $key: String
) { transactionInitialize(
  id: $id, paymentGateway: $gateway, amount: $amount, idempotencyKey: $key) {
  transaction { id } transactionEvent { type message } data errors { field code message } } }"""
_GATEWAY = """mutation($id: ID!, $gateways: [PaymentGatewayToInitialize!]) {
  paymentGatewayInitialize(id: $id, paymentGateways: $gateways) {
  gatewayConfigs { id data errors { field code message } }
  errors { field code message } } }"""
_PROCESS = """mutation($id: ID!, $data: JSON) { transactionProcess(id: $id, data: $data) {
  transaction { id } transactionEvent { type message } data errors { field code message } } }"""
_COMPLETE = """mutation($id: ID!) { checkoutComplete(id: $id) {
  order { id } errors { field code message } } }"""

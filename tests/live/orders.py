"""Orders in a real Saleor: bought by a customer, shipped by staff, and read back afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.live.real_saleor import Account, Node, RealSaleor

ADDRESS = {
    "firstName": "Lei",
    "lastName": "Li",
    "streetAddress1": "南京东路1号",
    "city": "黄浦区",
    "countryArea": "上海市",
    "postalCode": "200001",
    "country": "CN",
    "phone": "+8613800138000",
}


@dataclass(frozen=True, slots=True)
class Checkout:
    id: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    quantity: int
    total_fen: int


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """What of an order a return changes, as staff read it."""

    status: str
    pieces: dict[str, int]  # fulfilment status -> pieces; those never sent are not in it
    returns: list[dict[str, int]]  # pieces per order line of each FULFILLMENT_RETURNED
    grants: list[tuple[str, int]]  # status and fen, oldest first
    refund_events: list[tuple[str, int]]  # type and fen on all transactions, oldest first
    charged_fen: int
    refunded_fen: int


class Orders:
    """What people of one Saleor do with orders."""

    def __init__(self, saleor: RealSaleor) -> None:
        self._saleor = saleor

    def variants(self) -> list[str]:
        """Variant ids of the channel, the dearest first."""
        return [variant for _, variant, _ in self._priced()]

    def products(self) -> list[str]:
        """The products of `variants`, in the same order."""
        return [product for _, _, product in self._priced()]

    def _priced(self) -> list[tuple[Decimal, str, str]]:
        query = """query($channel: String!) { products(first: 50, channel: $channel) { edges {
          node { id variants { id pricing { price { gross { amount } } } } } } } }"""
        found = self._saleor.as_staff(query, channel=self._saleor.channel)["products"]["edges"]
        priced = [
            (variant["pricing"]["price"]["gross"]["amount"], variant["id"], edge["node"]["id"])
            for edge in found
            for variant in edge["node"]["variants"]
            if variant["pricing"] and variant["pricing"]["price"]
        ]
        return sorted(priced, reverse=True)

    def check_out(
        self, buyer: Account, wanted: Sequence[tuple[str, int]], promo_code: str = ""
    ) -> Checkout:
        """Everything before paying: variants with quantities, an address, a way of sending."""
        token = self._saleor.token_of(buyer)
        query = """mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) {
          checkout { id shippingMethods { id } } errors { field code message } } }"""
        wish = {
            "channel": self._saleor.channel,
            "email": buyer.email,
            "shippingAddress": ADDRESS,
            "billingAddress": ADDRESS,
            "lines": [{"variantId": variant, "quantity": count} for variant, count in wanted],
        }
        checkout = self._saleor.run(query, token, input=wish)["checkoutCreate"]["checkout"]
        if promo_code:
            query = """mutation($id: ID!, $code: String!) {
              checkoutAddPromoCode(id: $id, promoCode: $code) { errors { code message } } }"""
            self._saleor.run(query, token, id=checkout["id"], code=promo_code)
        query = """mutation($id: ID!, $method: ID!) {
          checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $method) {
            checkout { totalPrice { gross { amount currency } } } errors { code message } } }"""
        method = checkout["shippingMethods"][0]["id"]
        answer = self._saleor.run(query, token, id=checkout["id"], method=method)
        total = answer["checkoutDeliveryMethodUpdate"]["checkout"]["totalPrice"]["gross"]
        assert total["currency"] == "CNY", f"SALEOR_CHANNEL must sell in CNY, not {total}"
        return Checkout(checkout["id"], fen_of(total))

    def pay(self, checkout: Checkout, psp_reference: str, app_token: str) -> None:
        """The app that owns the payment records it; the money itself is elsewhere."""
        query = """mutation($id: ID!, $transaction: TransactionCreateInput!) {
          transactionCreate(id: $id, transaction: $transaction) { errors { code message } } }"""
        paid = {
            "name": "WeChat Pay",
            "pspReference": psp_reference,
            "amountCharged": {"amount": _yuan(checkout.total_fen), "currency": "CNY"},
            "availableActions": ["REFUND"],
        }
        self._saleor.run(query, app_token, id=checkout.id, transaction=paid)

    def pay_by_card(self, buyer: Account, checkout: Checkout, code: str, yuan: str) -> None:
        """Part of it by gift card, the way of 3.23: a payment of its own, kept by Saleor itself."""
        query = """mutation($id: ID!, $amount: PositiveDecimal, $by: PaymentGatewayToInitialize!) {
          transactionInitialize(id: $id, amount: $amount, paymentGateway: $by) {
            transactionEvent { type message } errors { field code message } } }"""
        by = {"id": "saleor.io.gift-card-payment-gateway", "data": {"code": code}}
        token = self._saleor.token_of(buyer)
        answer = self._saleor.run(query, token, id=checkout.id, amount=yuan, by=by)
        event = answer["transactionInitialize"]["transactionEvent"]
        assert event["type"] == "AUTHORIZATION_SUCCESS", event

    def complete(self, buyer: Account, checkout: Checkout) -> tuple[str, list[Line]]:
        """The order's id and its lines, as they were asked for."""
        query = """mutation($id: ID!) { checkoutComplete(id: $id) {
          order { id lines { id quantity totalPrice { gross { amount } } } }
          errors { code message } } }"""
        answer = self._saleor.run(query, self._saleor.token_of(buyer), id=checkout.id)
        order = answer["checkoutComplete"]["order"]
        return order["id"], [
            Line(line["id"], line["quantity"], fen_of(line["totalPrice"]["gross"]))
            for line in order["lines"]
        ]

    def send(self, order_id: str, most: int) -> None:
        """Staff ship up to `most` pieces of every line, from where they are allocated."""
        query = """query($id: ID!) { order(id: $id) { lines {
          id allocations { quantity warehouse { id } } } } }"""
        lines = []
        for line in self._saleor.as_staff(query, id=order_id)["order"]["lines"]:
            left, stocks = most, []
            for part in line["allocations"]:
                taken = min(left, part["quantity"])
                left -= taken
                stocks.append({"warehouse": part["warehouse"]["id"], "quantity": taken})
            lines.append({"orderLineId": line["id"], "stocks": stocks})
        query = """mutation($order: ID!, $input: OrderFulfillInput!) {
          orderFulfill(order: $order, input: $input) { errors { field code message } } }"""
        self._saleor.as_staff(
            query, order=order_id, input={"notifyCustomer": False, "lines": lines}
        )

    def return_in_dashboard(self, order_id: str, pieces: dict[str, int]) -> None:
        """Staff return shipped pieces themselves, by order line."""
        query = """query($id: ID!) { order(id: $id) { fulfillments {
          status lines { id orderLine { id } } } } }"""
        wanted = [
            {"fulfillmentLineId": part["id"], "quantity": pieces[part["orderLine"]["id"]]}
            for fulfillment in self._saleor.as_staff(query, id=order_id)["order"]["fulfillments"]
            if fulfillment["status"] == "FULFILLED"
            for part in fulfillment["lines"]
            if part["orderLine"]["id"] in pieces
        ]
        query = """mutation($order: ID!, $input: OrderReturnProductsInput!) {
          orderFulfillmentReturnProducts(order: $order, input: $input) {
            errors { field code message } } }"""
        self._saleor.as_staff(
            query, order=order_id, input={"refund": False, "fulfillmentLines": wanted}
        )

    def charge_status(self, order_id: str) -> str:
        query = "query($id: ID!) { order(id: $id) { chargeStatus } }"
        return str(self._saleor.as_staff(query, id=order_id)["order"]["chargeStatus"])

    def number(self, order_id: str) -> str:
        query = "query($id: ID!) { order(id: $id) { number } }"
        return str(self._saleor.as_staff(query, id=order_id)["order"]["number"])

    def see(self, order_id: str) -> OrderSeen:
        query = """query($id: ID!) { order(id: $id) {
          status totalCharged { amount } totalRefunded { amount }
          fulfillments { status lines { quantity } }
          events { type lines { quantity orderLine { id } } }
          grantedRefunds { status createdAt amount { amount } }
          transactions { events { type createdAt amount { amount } } } } }"""
        order = self._saleor.as_staff(query, id=order_id)["order"]
        pieces: Counter[str] = Counter()
        for fulfillment in order["fulfillments"]:
            pieces[fulfillment["status"]] += sum(line["quantity"] for line in fulfillment["lines"])
        events = [event for node in order["transactions"] for event in node["events"]]
        return OrderSeen(
            status=order["status"],
            pieces=dict(pieces),
            returns=[
                {line["orderLine"]["id"]: line["quantity"] for line in event["lines"]}
                for event in order["events"]
                if event["type"] == "FULFILLMENT_RETURNED"
            ],
            grants=[
                (grant["status"], fen_of(grant["amount"]))
                for grant in sorted(order["grantedRefunds"], key=_made_at)
            ],
            refund_events=[
                (event["type"], fen_of(event["amount"]))
                for event in sorted(events, key=_made_at)
                if event["type"].startswith("REFUND_")
            ],
            charged_fen=fen_of(order["totalCharged"]),
            refunded_fen=fen_of(order["totalRefunded"]),
        )


def _made_at(node: Node) -> str:
    return str(node["createdAt"])


def fen_of(money: Node) -> int:
    return int(Decimal(money["amount"]) * 100)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"

"""Recorded payments: from the checkout, in parts, on the order, and what goes wrong on the way."""

import re
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import LineSpec, Shopper
from tests.contracts import recordings
from tests.contracts.recordings import LI, PRICES, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    Step,
    Story,
    answer_by,
    answer_with,
    answers,
    deliver,
    do,
    hear,
    play,
    tell,
)

GATEWAY, INIT, PROCESS = (f"/wh/lab.wxpay/{name}" for name in ("gateway", "init", "process"))
OWN_INIT = "/wh/lab.returns/init"
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def _tokens_are_arbitrary(lab: Lab) -> None:
    lab.same.opaque = _UUID


def _shipped_by_express(lab: Lab) -> None:
    """Between recordings 10 and 11 the customer chose the shipping."""
    checkout = lab.shop.world.checkouts[-1]
    checkout.shipping_method = lab.shop.world.shipping_methods[0]


def _unpaid_orders_are_allowed(lab: Lab) -> None:
    lab.shop.world.allow_unpaid_orders = True


def _too_late(lab: Lab) -> httpx.Response:
    lab.clock.advance(18.4)
    return httpx.Response(200, json={"result": "CHARGE_SUCCESS", "pspReference": "q0"})


def _shopper(lab: Lab) -> Shopper:
    return lab.shop.shopper(lab.shop.world.find(LI))


def checkout_for(name: str, product: str, size: str, quantity: int) -> Step:
    """Fill the checkout whose id a recorded call mentions."""

    def act(lab: Lab) -> None:
        variant = f"{product}-{size}"
        line = LineSpec(product, variant, variant, quantity, PRICES[product])
        checkout_id = _shopper(lab).fill_checkout([line])
        assert lab.same.learn(recordings.load(name).variables["id"], checkout_id)

    return Step(act)


def orders_so_far(number: int) -> Step:
    return Step(lambda lab: lab.shop.world.ids.start_after("order numbers", number))


def init(name: str, **arguments: Any) -> Step:
    """Initialise a payment, which was not recorded, of the checkout of a recorded call."""

    def act(lab: Lab) -> None:
        variables = {"id": recordings.load(name).variables["id"], **arguments}
        lab.call_as_li(INITIALIZE, variables)

    return Step(act)


def failing(name: str, answer: Step) -> Story:
    """One of the recordings 330: an answer that Saleor cannot use."""
    return [checkout_for(name, "T-shirt", "S", 1), answer, play(name)]


INITIALIZE = """mutation($id: ID!, $g: String!, $a: PositiveDecimal, $k: String) {
  transactionInitialize(id: $id, amount: $a, idempotencyKey: $k,
  paymentGateway: {id: $g, data: {a: 1}}) { transaction { id } errors { field code } } }"""
KEY = "key-cxMDRi"

STORIES: dict[str, Story] = {
    "a checkout is paid while it becomes an order": [
        do(_tokens_are_arbitrary),
        play("10-checkout-create"),
        do(_shipped_by_express),
        answers("12-webhook-payment-gateway-initialize-session", GATEWAY),
        play("11-payment-gateway-initialize"),
        hear("12-webhook-payment-gateway-initialize-session"),
        answers("14-webhook-transaction-initialize-session", INIT),
        play("13-transaction-initialize"),
        hear("14-webhook-transaction-initialize-session"),
        answers("15b-webhook-transaction-process-session", PROCESS),
        play("15-transaction-process"),
        hear("15b-webhook-transaction-process-session"),
        play("16-checkout-complete-while-charge-pending"),
        deliver,
        hear("21-webhook-order_confirmed"),
        hear("21-webhook-order_created"),
        play("17-transaction-event-report-charge-success"),
        play("18-transaction-event-report-duplicate"),
        play("19-transaction-event-report-same-psp-other-amount"),
        play("20-checkout-complete"),
        deliver,
        hear("21-webhook-order_paid"),
        hear("21-webhook-order_fully_paid"),
        hear("21-webhook-order_updated"),
        play("22-order-after-payment"),
    ],
    "a customer may not choose the action": [
        checkout_for("13a-", "T-shirt", "S", 1),
        play("13a-transaction-initialize-customer-passes-action-denied"),
    ],
    "a checkout is paid in two parts through two apps": [
        do(_tokens_are_arbitrary),
        orders_so_far(14),
        checkout_for("90-", "Hoodie", "L", 2),
        answer_with(
            {"result": "CHARGE_SUCCESS", "pspReference": "dep-1", "actions": ["REFUND"]}, path=INIT
        ),
        play("90-init-deposit"),
        play("91-checkout-complete-deposit-only"),
        answer_with(
            {"result": "CHARGE_SUCCESS", "pspReference": "bal-1", "actions": ["REFUND"]},
            path=OWN_INIT,
        ),
        play("92-init-balance"),
        play("93-checkout-complete-two-transactions"),
        play("94-order-two-transactions"),
    ],
    "a deposit makes the order, the balance is paid on it": [
        do(_tokens_are_arbitrary),
        orders_so_far(24),
        do(_unpaid_orders_are_allowed),
        checkout_for("180-", "Hoodie", "L", 1),
        answer_with(
            {"result": "CHARGE_SUCCESS", "pspReference": "d-1", "actions": ["REFUND"]},
            path=OWN_INIT,
        ),
        init("180-", g="lab.returns", a="50.00"),
        play("180-unpaid-allowed-checkout-complete-deposit"),
        answers("182-webhook-transaction-initialize-session-order", OWN_INIT),
        do(lambda lab: lab.heard.clear()),
        play("181-transaction-initialize-on-order-balance"),
        hear("182-webhook-transaction-initialize-session-order"),
        play("183-order-deposit-then-balance"),
    ],
    "answers to the beginning of a payment that Saleor cannot use": [
        do(_tokens_are_arbitrary),
        *failing("330-init-session-http500", answer_with({}, status=500, path=INIT)),
        *failing("330-init-session-not-json", answer_with("oops", path=INIT)),
        *failing("330-init-session-no-result", answer_with({"pspReference": "q"}, path=INIT)),
        *failing("330-init-session-slow", answer_by(_too_late, INIT)),
        *failing(
            "330-init-session-amount-less",
            answer_with(
                {"result": "CHARGE_SUCCESS", "pspReference": "q1", "amount": 10}, path=INIT
            ),
        ),
    ],
    "an idempotency key is used for another amount": [
        checkout_for("331-", "T-shirt", "S", 1),
        answer_with({"result": "CHARGE_ACTION_REQUIRED", "data": {}}, path=INIT),
        init("331-", g="lab.wxpay", k=KEY),
        play("331-init-same-key-other-amount"),
    ],
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])


def test_confirmation_overtakes_creation() -> None:
    lab = tell(STORIES["a checkout is paid while it becomes an order"][:13])
    lab.heard.clear()

    lab.shop.deliver_all()

    events = [request.headers["saleor-event"] for request in lab.heard]
    assert events == ["order_confirmed", "order_created"]

"""Saleor's payment webhooks …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import StaffTask, WechatPayment
from tests.usecases import payer
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.saleor_posts import changed, latest_webhook, post, without
from tests.world import TestShop, World

BEGUN = "TRANSACTION_INITIALIZE_SESSION"
PATHS = {
    "payment-begun": "CHARGE_FAILURE",
    "payment-carried-on": "CHARGE_FAILURE",
    "payment-gateway": "CHARGE_FAILURE",
    "charge-requested": "CHARGE_FAILURE",
    "cancelation-requested": "CANCEL_FAILURE",
}
ACTION = """mutation($id: ID!, $action: TransactionActionEnum!) {
  transactionRequestAction(id: $id, actionType: $action) { errors { code field } } }"""


def begun(shop: TestShop) -> tuple[Any, dict[str, Any]]:
    """A payment that was begun, and the webhook that began it."""
    payment = payer.begin(shop, payer.fill(shop))
    return payment, latest_webhook(shop, BEGUN)


def request_action(shop: TestShop, transaction_id: str, action: str) -> None:
    """What staff's buttons on the order page do; Saleor's worker then asks us."""
    cashier = shop.saleor.add_staff("c@example.com", permissions=frozenset({"HANDLE_PAYMENTS"}))
    with httpx.Client(transport=shop.saleor.transport) as dashboard:
        answer = dashboard.post(
            shop.saleor.world.api_url,
            json={"query": ACTION, "variables": {"id": transaction_id, "action": action}},
            headers={"Authorization": f"Bearer {shop.saleor.user_token(cashier)}"},
        ).json()
    assert answer["data"]["transactionRequestAction"]["errors"] == []
    shop.saleor.deliver_due()


def events(shop: TestShop, payment: Any) -> list[tuple[str, str]]:
    transaction: Any = shop.saleor.world.find(payment.transaction_id)
    return [(event.type, event.message) for event in transaction.events]


def said_no(answer: httpx.Response) -> tuple[str, str]:
    """Result and message, under a reference that Saleor has not seen before."""
    body = answer.json()
    assert set(body) == {"pspReference", "result", "message"}
    assert body["pspReference"].startswith("no-")
    return body["result"], body["message"]


@pytest.mark.parametrize("path", PATHS)
def test_are_refused_for_another_app(world: World, path: str) -> None:
    _, event = begun(world.shop)
    foreign = changed(event, "recipient.id", "QXBwOjk5OQ==")

    with nothing_changes(world):
        answer = post(world.shop, foreign, to=path)

    assert answer.status_code == 403
    assert said_no(answer) == (PATHS[path], "Nothing was paid: meant for another app.")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("minutes", [-31, 31])
def test_are_refused_when_they_are_stale(world: World, path: str, minutes: int) -> None:
    _, event = begun(world.shop)
    issued_at = (world.clock.now + timedelta(minutes=minutes)).isoformat()

    with nothing_changes(world):
        answer = post(world.shop, changed(event, "issuedAt", issued_at), to=path)

    assert (answer.status_code, answer.json()["result"]) == (400, PATHS[path])


@pytest.mark.parametrize("path", PATHS)
def test_are_refused_when_another_shop_signed_them(world: World, path: str) -> None:
    _, event = begun(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, event, to=path, signed_by=world.other_shop)

    assert (answer.status_code, answer.json()["result"]) == (401, PATHS[path])


@pytest.mark.parametrize(
    "path",
    [
        "action",
        "action.amount",
        "action.currency",
        "action.actionType",
        "data",
        "transaction",
        "transaction.id",
        "sourceObject",
        "sourceObject.__typename",
        "sourceObject.id",
        "sourceObject.channel.slug",
        "sourceObject.totalPrice",
        "sourceObject.transactions",
    ],
)
def test_are_refused_when_anything_is_missing(world: World, path: str) -> None:
    _, event = begun(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, without(event, path), to="payment-begun")

    assert (answer.status_code, answer.json()["result"]) == (400, "CHARGE_FAILURE")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sourceObject.transactions", None),
        ("sourceObject.transactions", [None]),
        ("sourceObject.transactions", [{"id": "VHJhbnNhY3Rpb25JdGVtOjE="}]),
        ("sourceObject.id", ""),
        ("sourceObject.channel", None),
        ("action", []),
        ("transaction", "text"),
    ],
)
def test_are_refused_when_a_part_is_nonsense(world: World, path: str, value: object) -> None:
    _, event = begun(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, changed(event, path, value), to="payment-begun")

    assert (answer.status_code, answer.json()["result"]) == (400, "CHARGE_FAILURE")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("action.actionType", "AUTHORIZATION", "ACTION_NOT_SUPPORTED"),
        ("action.currency", "USD", "CURRENCY_NOT_SUPPORTED"),
        ("action.amount", 0, "AMOUNT_NOT_PAYABLE"),
        ("action.amount", -1, "AMOUNT_NOT_PAYABLE"),
        ("action.amount", 1.001, "AMOUNT_NOT_PAYABLE"),
        ("action.amount", 1e30, "AMOUNT_EXCEEDS_TOTAL"),
        ("action.amount", "410", "AMOUNT_NOT_PAYABLE"),
        ("action.amount", None, "AMOUNT_NOT_PAYABLE"),
        ("data", None, "CODE_MISSING"),
        ("data", [], "CODE_MISSING"),
        ("data", {}, "CODE_MISSING"),
        ("data", {"code": 1}, "CODE_MISSING"),
        ("data", {"code": None}, "CODE_MISSING"),
    ],
)
def test_begin_no_payment_that_cannot_be_taken(
    world: World, path: str, value: object, code: str
) -> None:
    _, event = begun(world.shop)
    fresh = changed(event, "transaction.id", "VHJhbnNhY3Rpb25JdGVtOjk5OQ==")
    fresh = changed(fresh, "data", {"code": world.mini.login("openid-of-li")})

    with payer.nothing_is_begun():
        answer = post(world.shop, changed(fresh, path, value), to="payment-begun")

    said = answer.json()
    assert (answer.status_code, said["result"]) == (200, "CHARGE_FAILURE")
    assert [error["code"] for error in said["data"]["errors"]] == [code]
    assert said["message"] == said["data"]["errors"][0]["message"]
    assert len(world.wechat.orders) == 1


def test_fail_when_the_amount_of_a_known_payment_changed(world: World) -> None:
    _, event = begun(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, changed(event, "action.amount", 409), to="payment-begun")

    assert answer.json()["result"] == "CHARGE_FAILURE"
    assert [e["code"] for e in answer.json()["data"]["errors"]] == ["AMOUNT_CHANGED"]


def test_name_no_reference_before_the_money_is_there(world: World) -> None:
    _, event = begun(world.shop)

    answer = post(world.shop, event, to="payment-begun").json()

    assert answer["result"] == "CHARGE_ACTION_REQUIRED"
    assert set(answer) == {"result", "data"}


def test_of_a_charge_fail_with_a_sentence_while_it_is_unpaid(world: World) -> None:
    payment, _ = begun(world.shop)

    request_action(world.shop, payment.transaction_id, "CHARGE")

    kind, message = events(world.shop, payment)[-1]
    assert (kind, message[:7]) == ("CHARGE_FAILURE", "顾客尚未付款,")


def test_of_a_charge_succeed_once_it_is_paid(world: World) -> None:
    payment, _ = begun(world.shop)
    number = payer.pay(world.shop, payment)

    request_action(world.shop, payment.transaction_id, "CHARGE")
    world.quiet()

    counted = ["CHARGE_ACTION_REQUIRED", "CHARGE_REQUEST", "CHARGE_SUCCESS"]
    assert payer.booked(world.shop, payment) == (number, payer.TOTAL, counted)
    assert WechatPayment.objects.get().wechat_transaction_id == number
    assert not StaffTask.objects.exists()


def test_of_a_charge_change_nothing_when_it_was_reported(world: World) -> None:
    payment, _ = begun(world.shop)
    number = payer.pay(world.shop, payment)
    world.quiet()

    request_action(world.shop, payment.transaction_id, "CHARGE")
    world.quiet()

    reference, charged, counted = payer.booked(world.shop, payment)
    assert (reference, charged) == (number, payer.TOTAL)
    assert counted.count("CHARGE_SUCCESS") == 1
    assert not StaffTask.objects.exists()


def test_of_a_cancelation_close_the_payment(world: World) -> None:
    payment, _ = begun(world.shop)

    request_action(world.shop, payment.transaction_id, "CANCEL")

    assert events(world.shop, payment)[-1][0] == "CANCEL_SUCCESS"
    row = payer.row_of(payment)
    assert (row.status, row.latest_error) == ("closed", "the shop canceled it")
    with pytest.raises(ValueError, match="ORDER_CLOSED"):
        payer.pay(world.shop, payment)


def test_of_a_cancelation_fail_when_it_was_paid_meanwhile(world: World) -> None:
    payment, _ = begun(world.shop)
    payer.pay(world.shop, payment)

    request_action(world.shop, payment.transaction_id, "CANCEL")
    world.quiet()

    assert "CANCEL_FAILURE" in [kind for kind, _ in events(world.shop, payment)]
    assert payer.booked(world.shop, payment)[1] == payer.TOTAL


@pytest.mark.parametrize("fault", ["connect_refused", "user_paying", "http_500"])
def test_of_a_cancelation_come_again_while_wechat_pay_leaves_it_open(
    world: World, fault: str
) -> None:
    payment, event = begun(world.shop)
    world.wechat.faults.add(fault)

    answer = post(world.shop, event, to="cancelation-requested")

    assert (answer.status_code, answer.json()["result"]) == (503, "CANCEL_FAILURE")
    assert payer.row_of(payment).status == "prepaid"
    again = post(world.shop, event, to="cancelation-requested")
    number = payer.row_of(payment).out_trade_no
    assert again.json() == {"result": "CANCEL_SUCCESS", "pspReference": number}


@pytest.mark.parametrize("path", ["charge-requested", "cancelation-requested"])
def test_of_actions_fail_for_a_payment_of_another_shop(world: World, path: str) -> None:
    _, event = begun(world.shop)
    theirs = changed(event, "recipient.id", world.other_shop.app.id)

    with nothing_changes(world):
        answer = post(world.other_shop, theirs, to=path)

    why = "没有这笔微信支付。 No payment was begun in this app."
    assert said_no(answer) == (PATHS[path], why)

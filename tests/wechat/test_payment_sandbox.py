"""The simulator's own rules about payments, met with requests signed here, not by the adapter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from tests.wechat.answers import Ask, code_of

PREPAY = "/v3/pay/transactions/jsapi"
BY_NUMBER = "/v3/pay/transactions/out-trade-no"
MCHID = "?mchid=1900000001"


def order(number: str = "SO-000001", **more: object) -> dict[str, Any]:
    return {
        "appid": "wx0000000000000001",
        "mchid": "1900000001",
        "description": "连帽卫衣",
        "out_trade_no": number,
        "notify_url": "https://shop.example/paid",
        "amount": {"total": 5999, "currency": "CNY"},
        "payer": {"openid": "oPayer"},
    } | more


def test_answers_an_order_with_a_prepay_id_and_nothing_else(ask: Ask) -> None:
    response = ask(order(), target=PREPAY)

    assert response.status_code == 200
    assert response.headers["Wechatpay-Signature"]
    assert list(response.json()) == ["prepay_id"]
    assert response.json()["prepay_id"].startswith("wx2026")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"out_trade_no": ""}, "/out_trade_no"),
        ({"out_trade_no": "SO-01"}, "/out_trade_no"),
        ({"out_trade_no": "S" * 33}, "/out_trade_no"),
        ({"out_trade_no": "SO@0001"}, "/out_trade_no"),
        ({"appid": ""}, "/appid"),
        ({"description": ""}, "/description"),
        ({"description": "衣" * 128}, "/description"),
        ({"attach": "衣" * 129}, "/attach"),
        ({"payer": {}}, "/payer/openid"),
        ({"payer": "oPayer"}, "/payer"),
        ({"amount": 5999}, "/amount"),
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": 59.99}}, "/amount/total"),
        ({"amount": {"total": True}}, "/amount/total"),
        ({"amount": {"total": 5999, "currency": "USD"}}, "/amount/currency"),
        ({"notify_url": ""}, "/notify_url"),
        ({"notify_url": "http://shop.example/paid"}, "/notify_url"),
        ({"notify_url": "https://shop.example/paid?x=1"}, "/notify_url"),
        ({"time_expire": "2026-01-01 08:30:00"}, "/time_expire"),
        ({"time_expire": "2026-01-01T08:30:00"}, "/time_expire"),
        ({"time_expire": "2026-13-01T08:30:00+08:00"}, "/time_expire"),
        ({"out_refund_no": "RF-1"}, "/out_refund_no"),
    ],
)
def test_names_the_bad_field(
    ask: Ask, sandbox: WechatPaySandbox, changes: dict[str, object], field: str
) -> None:
    response = ask(order() | changes, target=PREPAY)

    assert code_of(response) == (400, "PARAM_ERROR")
    assert response.json()["detail"]["field"] == field
    assert sandbox.orders == []


def test_takes_127_characters_and_a_missing_currency(ask: Ask) -> None:
    generous = order(description="衣" * 127, amount={"total": 1}, attach="衣" * 128)

    assert ask(generous, target=PREPAY).status_code == 200


def test_wants_the_merchant_who_signed(ask: Ask) -> None:
    other = "?mchid=1900000002"

    assert code_of(ask(order(mchid="1900000002"), target=PREPAY)) == (400, "INVALID_REQUEST")
    assert code_of(ask(target=f"{BY_NUMBER}/SO1{other}")) == (400, "INVALID_REQUEST")
    assert code_of(ask(target=f"{BY_NUMBER}/SO1")) == (400, "PARAM_ERROR")
    closing = ask({"mchid": "1900000002"}, target=f"{BY_NUMBER}/SO1/close")
    assert code_of(closing) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "T恤"},
        {"amount": {"total": 5998, "currency": "CNY"}},
        {"payer": {"openid": "oOther"}},
        {"attach": "x"},
        {"time_expire": "2026-01-01T09:00:00+08:00"},
    ],
)
def test_wants_repeats_unchanged(ask: Ask, changes: dict[str, object]) -> None:
    first = ask(order(), target=PREPAY).json()

    assert code_of(ask(order() | changes, target=PREPAY)) == (400, "INVALID_REQUEST")
    assert ask(dict(reversed(order().items())), target=PREPAY).json() == first


def test_lets_two_merchants_use_the_same_number(
    ask: Ask, sandbox: WechatPaySandbox, shop_keys: tuple[str, str]
) -> None:
    sandbox.add_merchant("1900000002", "77", shop_keys[1], "k" * 32)
    sandbox.add_payment("1900000002", "42SECOND", "SO-000001", 1, "oPayer", sandbox_now(sandbox))

    assert ask(order(), target=PREPAY).status_code == 200
    assert code_of(ask(target=f"/v3/pay/transactions/id/42SECOND{MCHID}")) == (
        404,
        "ORDER_NOT_EXIST",
    )


def sandbox_now(sandbox: WechatPaySandbox) -> datetime:
    return next(iter(sandbox.payments.values())).paid_at


def test_tells_of_an_unpaid_order(ask: Ask) -> None:
    ask(order(attach="checkout 7"), target=PREPAY)

    assert ask(target=f"{BY_NUMBER}/SO-000001{MCHID}").json() == {
        "mchid": "1900000001",
        "appid": "wx0000000000000001",
        "out_trade_no": "SO-000001",
        "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付",
        "attach": "checkout 7",
        "amount": {"total": 5999, "currency": "CNY"},
    }


def test_tells_of_a_payment_by_both_numbers(ask: Ask, sandbox: WechatPaySandbox) -> None:
    ask(order(attach="checkout 7"), target=PREPAY)
    transaction_id = sandbox.pay("SO-000001", payer_total_fen=5000)

    by_number = ask(target=f"{BY_NUMBER}/SO-000001{MCHID}").json()
    by_transaction = ask(target=f"/v3/pay/transactions/id/{transaction_id}{MCHID}").json()

    assert by_number == by_transaction
    assert by_number == {
        "mchid": "1900000001",
        "appid": "wx0000000000000001",
        "out_trade_no": "SO-000001",
        "transaction_id": transaction_id,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "checkout 7",
        "success_time": "2026-01-01T08:00:00+08:00",
        "payer": {"openid": "oPayer"},
        "amount": {
            "total": 5999,
            "payer_total": 5000,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


def test_tells_of_a_payment_that_was_only_put_there(ask: Ask) -> None:
    assert ask(target=f"{BY_NUMBER}/SO1{MCHID}").json()["trade_state"] == "SUCCESS"
    assert code_of(ask(order("SO-000001"), target=f"{BY_NUMBER}/SO1/close")) == (400, "ORDERPAID")


def test_pays_once(ask: Ask, sandbox: WechatPaySandbox) -> None:
    prepay_id = ask(order(), target=PREPAY).json()["prepay_id"]
    sandbox.pay(prepay_id)

    with pytest.raises(ValueError, match="ORDERPAID"):
        sandbox.pay("SO-000001")
    with pytest.raises(KeyError):
        sandbox.pay("SO-never")

    assert len(sandbox.notices) == 1
    assert code_of(ask(order(), target=PREPAY)) == (400, "ORDERPAID")


@pytest.mark.parametrize(
    ("seconds", "is_payable"), [(7199, True), (7200, False)], ids=["in time", "too late"]
)
def test_lets_a_prepay_live_for_two_hours(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any, seconds: int, is_payable: bool
) -> None:
    prepay_id = ask(order(), target=PREPAY).json()["prepay_id"]
    clock.pass_seconds(seconds)

    if is_payable:
        sandbox.pay(prepay_id)
    else:
        with pytest.raises(ValueError, match="too late"):
            sandbox.pay(prepay_id)
        fresh = ask(order(), target=PREPAY).json()["prepay_id"]
        with pytest.raises(KeyError):
            sandbox.pay(prepay_id)
        sandbox.pay(fresh)

    assert len(sandbox.payments) == 2


def test_closes_an_order_by_itself_after_seven_days(ask: Ask, clock: Any) -> None:
    ask(order(), target=PREPAY)
    clock.pass_seconds(timedelta(days=7).total_seconds())

    state = ask(target=f"{BY_NUMBER}/SO-000001{MCHID}").json()["trade_state"]

    assert state == "CLOSED"
    assert code_of(ask(order(), target=PREPAY)) == (400, "ORDER_CLOSED")


def test_gives_at_least_a_minute_to_pay(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    ask(order(time_expire="2026-01-01T08:00:01+08:00"), target=PREPAY)
    clock.pass_seconds(60)

    sandbox.pay("SO-000001")

    assert len(sandbox.payments) == 2


def test_closes_with_a_signed_204(ask: Ask) -> None:
    ask(order(), target=PREPAY)

    response = ask({"mchid": "1900000001"}, target=f"{BY_NUMBER}/SO-000001/close")

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Wechatpay-Signature"]


@pytest.mark.parametrize(
    "change",
    [
        {"paySign": "AAAA"},
        {"nonceStr": "other"},
        {"timeStamp": "1767225601"},
        {"signType": "MD5"},
    ],
)
def test_checks_what_the_phone_hands_over(
    client: Any, make_prepay_order: Any, sandbox: WechatPaySandbox, change: dict[str, str]
) -> None:
    prepay = client.create_prepay(make_prepay_order())
    parameters = client.payment_parameters("wx0000000000000001", prepay.prepay_id)

    with pytest.raises(ValueError, match="签名"):
        sandbox.request_payment("wx0000000000000001", parameters | change)
    with pytest.raises(ValueError, match="签名"):
        sandbox.request_payment("wx0000000000000002", parameters)

    assert len(sandbox.payments) == 1


def test_keeps_the_fault_of_closing_for_a_closing(ask: Ask, sandbox: WechatPaySandbox) -> None:
    sandbox.faults.add("user_paying")
    sandbox.faults.add("not_enough")

    assert ask(order(), target=PREPAY).status_code == 200
    closing = {"mchid": "1900000001"}
    assert ask(closing, target=f"{BY_NUMBER}/SO-000001/close").status_code == 202
    assert ask(closing, target=f"{BY_NUMBER}/SO-000001/close").status_code == 204


def test_repeats_a_notice_of_a_payment_until_it_is_taken(
    ask: Ask,
    sandbox: WechatPaySandbox,
    clock: Any,
    inbox: list[httpx.Request],
    shop_answers: list[int],
) -> None:
    shop_answers.append(500)
    ask(order(), target=PREPAY)
    sandbox.pay("SO-000001")

    assert [sandbox.deliver_due(), sandbox.deliver_due()] == [1, 0]
    clock.pass_seconds(15)
    assert [sandbox.deliver_due(), sandbox.deliver_due()] == [1, 0]

    assert sandbox.notices[0].is_taken
    assert sandbox.notices[0].about == "SO-000001"
    assert {str(request.url) for request in inbox} == {"https://shop.example/paid"}


def test_refunds_what_was_paid_here(ask: Ask, sandbox: WechatPaySandbox) -> None:
    ask(order(), target=PREPAY)
    transaction_id = sandbox.pay("SO-000001")

    amount = {"refund": 1, "total": 5999, "currency": "CNY"}
    answer = ask({"transaction_id": transaction_id, "out_refund_no": "RF-1", "amount": amount})

    assert answer.status_code == 200
    state = ask(target=f"{BY_NUMBER}/SO-000001{MCHID}").json()["trade_state"]
    assert state == "REFUND"


def test_refunds_nothing_that_was_not_paid(ask: Ask) -> None:
    ask(order(), target=PREPAY)

    amount = {"refund": 1, "total": 5999, "currency": "CNY"}
    answer = ask({"out_trade_no": "SO-000001", "out_refund_no": "RF-1", "amount": amount})

    assert code_of(answer) == (404, "RESOURCE_NOT_EXISTS")

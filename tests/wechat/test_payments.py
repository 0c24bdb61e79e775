"""Taking payments through the adapter: each call, and what every fault does to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.pay import (
    Merchant,
    PayClient,
    PaymentState,
    PrepayOrder,
    RefundOrder,
    TradeState,
)
from tests.wechat.answers import answering, signed

MakeOrder = Callable[..., PrepayOrder]
APPID = "wx0000000000000001"
NUMBER = "SO-000001"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer_body(**changes: object) -> dict[str, Any]:
    return {
        "appid": APPID,
        "mchid": "1900000001",
        "out_trade_no": NUMBER,
        "transaction_id": "42",
        "trade_state": "SUCCESS",
        "success_time": "2026-01-01T08:00:00+08:00",
        "payer": {"openid": "oPayer"},
        "amount": {"total": 5999, "payer_total": 5999, "currency": "CNY"},
    } | changes


def test_takes_a_payment_from_order_to_money(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    prepay = client.create_prepay(make_prepay_order())
    parameters = client.payment_parameters(APPID, prepay.prepay_id)
    transaction_id = sandbox.request_payment(APPID, parameters)

    state = client.query_payment(NUMBER)

    assert state == PaymentState(
        out_trade_no=NUMBER,
        transaction_id=transaction_id,
        trade_state=TradeState.SUCCESS,
        total_fen=Fen(5999),
        payer_total_fen=Fen(5999),
        payer_openid="oPayer",
        appid=APPID,
        success_at=NOW,
    )
    assert state.is_paid


def test_signs_other_parameters_every_time(client: PayClient) -> None:
    first = client.payment_parameters(APPID, "wx1")
    second = client.payment_parameters(APPID, "wx1")

    assert first.keys() == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert first["timeStamp"] == str(int(NOW.timestamp()))
    assert first["nonceStr"] != second["nonceStr"]
    assert len(first["nonceStr"]) == 32


def test_orders_again_unchanged_and_gets_the_same_prepay(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    first = client.create_prepay(make_prepay_order())
    second = client.create_prepay(make_prepay_order())

    assert first == second
    assert len(sandbox.orders) == 1
    assert sandbox.calls[0].body == sandbox.calls[1].body


def test_gets_another_prepay_of_the_same_order_after_two_hours(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox, clock: Any
) -> None:
    first = client.create_prepay(make_prepay_order())
    clock.pass_seconds(2 * 3600)
    second = client.create_prepay(make_prepay_order())

    sandbox.pay(second.prepay_id)

    assert first != second
    assert len(sandbox.payments) == 2  # with the one that was there


def test_stops_when_the_number_is_used_with_other_parameters(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())

    with pytest.raises(ProviderRejected) as rejected:
        client.create_prepay(make_prepay_order(total_fen=Fen(5998)))

    assert (rejected.value.kind, rejected.value.code) == (Rejection.REQUEST, "INVALID_REQUEST")
    assert [order.request.total_fen for order in sandbox.orders] == [5999]


def test_orders_nothing_that_is_paid_already(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.pay(NUMBER)

    with pytest.raises(ProviderRejected) as rejected:
        client.create_prepay(make_prepay_order())

    assert (rejected.value.kind, rejected.value.code) == (Rejection.BUSINESS, "ORDERPAID")


def test_says_nothing_of_money_before_it_is_paid(
    client: PayClient, make_prepay_order: MakeOrder
) -> None:
    client.create_prepay(make_prepay_order())

    state = client.query_payment(NUMBER)

    assert state == PaymentState(
        out_trade_no=NUMBER,
        transaction_id="",
        trade_state=TradeState.NOTPAY,
        total_fen=Fen(0),
        payer_total_fen=Fen(0),
        payer_openid="",
        appid=APPID,
        success_at=None,
    )
    assert not state.is_paid


def test_says_what_the_payer_paid_himself_when_a_coupon_paid_a_part(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.pay(NUMBER, payer_total_fen=5000)

    state = client.query_payment(NUMBER)

    assert state is not None
    assert (state.total_fen, state.payer_total_fen) == (5999, 5000)


def test_is_still_paid_after_a_part_was_refunded(
    client: PayClient,
    make_prepay_order: MakeOrder,
    make_order: Callable[..., RefundOrder],
    sandbox: WechatPaySandbox,
) -> None:
    client.create_prepay(make_prepay_order())
    transaction_id = sandbox.pay(NUMBER)
    client.create_refund(make_order(transaction_id=transaction_id, refund_fen=Fen(1)))

    state = client.query_payment(NUMBER)

    assert state is not None
    assert (state.trade_state, state.is_paid) == (TradeState.REFUND, True)
    assert state.total_fen == 5999


def test_says_none_for_an_order_that_does_not_exist(client: PayClient) -> None:
    assert client.query_payment("SO-never") is None


def test_closes_an_order_so_that_it_cannot_be_paid(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    prepay = client.create_prepay(make_prepay_order())

    client.close_payment(NUMBER)
    client.close_payment(NUMBER)

    state = client.query_payment(NUMBER)
    assert state is not None
    assert state.trade_state is TradeState.CLOSED
    with pytest.raises(ValueError, match="ORDER_CLOSED"):
        sandbox.pay(prepay.prepay_id)
    with pytest.raises(ProviderRejected) as rejected:
        client.create_prepay(make_prepay_order())
    assert (rejected.value.kind, rejected.value.code) == (Rejection.BUSINESS, "ORDER_CLOSED")


def test_closes_nothing_that_was_paid_meanwhile(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.pay(NUMBER)

    with pytest.raises(ProviderRejected) as rejected:
        client.close_payment(NUMBER)

    assert (rejected.value.kind, rejected.value.code) == (Rejection.BUSINESS, "ORDERPAID")


def test_closes_nothing_that_does_not_exist(client: PayClient) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        client.close_payment("SO-never")

    assert (rejected.value.kind, rejected.value.code) == (Rejection.NOT_FOUND, "ORDER_NOT_EXIST")


def test_does_not_know_whether_it_closed_while_the_payer_is_paying(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.faults.add("user_paying")

    with pytest.raises(OutcomeUnknown, match="HTTP 202"):
        client.close_payment(NUMBER)

    sandbox.pay(NUMBER)


@pytest.mark.parametrize("number", ["", "../certificates", "SO?x=1", "S" * 33])
def test_asks_nothing_for_a_number_that_breaks_the_path(
    client: PayClient, sandbox: WechatPaySandbox, number: str
) -> None:
    for call in (client.query_payment, client.close_payment):
        with pytest.raises(ProviderRejected) as rejected:
            call(number)
        assert rejected.value.kind is Rejection.REQUEST

    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("fault", "orders"),
    [
        ("timeout_before_accept", 0),
        ("timeout_after_accept", 1),
        ("http_500", 0),
        ("http_500_after_accept", 1),
        ("bad_signature", 1),
        ("unsigned", 1),
        ("probe_signature", 1),
        ("garbage", 1),
    ],
)
def test_orders_again_whatever_became_of_the_first_order_after(
    client: PayClient,
    make_prepay_order: MakeOrder,
    sandbox: WechatPaySandbox,
    fault: str,
    orders: int,
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        client.create_prepay(make_prepay_order())

    assert len(sandbox.orders) == orders
    sandbox.pay(client.create_prepay(make_prepay_order()).prepay_id)
    assert len(sandbox.orders) == 1


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("timeout_before_accept", TradeState.NOTPAY),
        ("timeout_after_accept", TradeState.CLOSED),
        ("http_500", TradeState.NOTPAY),
        ("http_500_after_accept", TradeState.CLOSED),
        ("bad_signature", TradeState.CLOSED),
        ("unsigned", TradeState.CLOSED),
        ("probe_signature", TradeState.CLOSED),
        ("garbage", TradeState.CLOSED),
    ],
)
def test_does_not_know_whether_it_closed_after(
    client: PayClient,
    make_prepay_order: MakeOrder,
    sandbox: WechatPaySandbox,
    fault: str,
    state: TradeState,
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        client.close_payment(NUMBER)

    found = client.query_payment(NUMBER)
    assert found is not None
    assert found.trade_state is state


@pytest.mark.parametrize(
    "fault", ["http_500", "bad_signature", "unsigned", "probe_signature", "garbage"]
)
def test_never_takes_a_doubtful_answer_for_no_such_order(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox, fault: str
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        client.query_payment(NUMBER)


@pytest.mark.parametrize(
    ("fault", "after_seconds"), [("connect_refused", None), ("rate_limited", 60)]
)
def test_knows_that_nothing_happened_after(
    client: PayClient,
    make_prepay_order: MakeOrder,
    sandbox: WechatPaySandbox,
    fault: str,
    after_seconds: int | None,
) -> None:
    client.create_prepay(make_prepay_order())

    for call in (
        lambda: client.create_prepay(make_prepay_order(out_trade_no="SO-000002")),
        lambda: client.close_payment(NUMBER),
        lambda: client.query_payment(NUMBER),
    ):
        sandbox.faults.add(fault)
        with pytest.raises(ProviderUnavailable) as unavailable:
            call()
        assert unavailable.value.after_seconds == after_seconds

    state = client.query_payment(NUMBER)
    assert len(sandbox.orders) == 1
    assert state is not None
    assert state.trade_state is TradeState.NOTPAY


def test_is_a_task_for_the_operator_when_the_app_is_not_bound(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox, shop_keys: Any
) -> None:
    serial, key = "5B8F2C6A00000000000000000000000000000001", "0123456789abcdef0123456789ABCDEF"
    sandbox.add_merchant("1900000001", serial, shop_keys[1], key, appids=["wxother"])

    with pytest.raises(ProviderRejected) as rejected:
        client.create_prepay(make_prepay_order())

    assert rejected.value.kind is Rejection.CONFIGURATION
    assert rejected.value.code == "APPID_MCHID_NOT_MATCH"


@pytest.mark.parametrize(
    "word", ["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "SETTLING"]
)
def test_reads_an_unpaid_state_with_hardly_a_field(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, word: str
) -> None:
    body = json.dumps({"appid": APPID, "out_trade_no": NUMBER, "trade_state": word}).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, body)).query_payment(NUMBER)

    assert state is not None
    assert state.trade_state is TradeState(word)
    assert (TradeState("SETTLING"), state.is_paid) == (TradeState.UNRECOGNISED, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_state": None},
        {"trade_state": ""},
        {"appid": None},
        {"transaction_id": None},
        {"transaction_id": ""},
        {"transaction_id": "\ud800"},
        {"payer": None},
        {"payer": {"openid": ""}},
        {"amount": None},
        {"amount": {"total": "5999", "payer_total": 5999}},
        {"amount": {"total": 59.99, "payer_total": 5999}},
        {"amount": {"total": 5999}},
        {"amount": {"total": 5999, "payer_total": 5999, "currency": "USD"}},
        {"amount": {"total": 10**13, "payer_total": 5999}},
    ],
)
def test_does_not_understand_a_signed_answer_with(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, changes: dict[str, object]
) -> None:
    body = json.dumps(answer_body(**changes)).encode()

    with pytest.raises(OutcomeUnknown, match="not understood"):
        answering(merchant, clock, lambda _: signed(sandbox, body)).query_payment(NUMBER)


def test_lets_no_unreadable_date_hold_up_a_payment(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox
) -> None:
    body = json.dumps(answer_body(success_time="soon")).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, body)).query_payment(NUMBER)

    assert state is not None
    assert (state.is_paid, state.success_at) == (True, None)


def test_refuses_a_signed_answer_about_another_payment(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox
) -> None:
    body = json.dumps(answer_body(out_trade_no="SO-000002")).encode()
    client = answering(merchant, clock, lambda _: signed(sandbox, body))

    with pytest.raises(OutcomeUnknown, match="another payment"):
        client.query_payment(NUMBER)


@pytest.mark.parametrize("prepay_id", [None, "", 7, "wx1\nprepay_id=wx2", "w" * 65])
def test_gives_no_odd_prepay_id_to_the_phone(
    merchant: Merchant,
    clock: Any,
    sandbox: WechatPaySandbox,
    make_prepay_order: MakeOrder,
    prepay_id: object,
) -> None:
    body = json.dumps({"prepay_id": prepay_id}).encode()

    with pytest.raises(OutcomeUnknown, match="not understood"):
        answering(merchant, clock, lambda _: signed(sandbox, body)).create_prepay(
            make_prepay_order()
        )


def test_believes_no_204_that_is_signed_for_other_bytes(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox
) -> None:
    forged = httpx.Response(204, headers=sandbox.sign(b"{}"))

    with pytest.raises(OutcomeUnknown, match="forged"):
        answering(merchant, clock, lambda _: forged).close_payment(NUMBER)


def test_sends_its_merchant_number_with_every_question(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    client.query_payment(NUMBER)
    client.close_payment(NUMBER)

    assert [call.path for call in sandbox.calls[1:]] == [
        "/v3/pay/transactions/out-trade-no/SO-000001?mchid=1900000001",
        "/v3/pay/transactions/out-trade-no/SO-000001/close",
    ]
    assert sandbox.calls[-1].body == b'{"mchid":"1900000001"}'


def test_never_shows_who_paid(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_prepay(make_prepay_order())
    sandbox.pay(NUMBER)

    assert "oPayer" not in repr(client.query_payment(NUMBER))


def test_orders_until_a_moment_and_not_after_it(
    client: PayClient, make_prepay_order: MakeOrder, sandbox: WechatPaySandbox, clock: Any
) -> None:
    order = make_prepay_order(time_expire=NOW + timedelta(minutes=30))
    prepay = client.create_prepay(order)
    clock.pass_seconds(30 * 60 + 1)

    with pytest.raises(ValueError, match="too late"):
        sandbox.pay(prepay.prepay_id)
    with pytest.raises(ProviderRejected) as rejected:
        client.create_prepay(order)

    assert (rejected.value.kind, rejected.value.code) == (Rejection.REQUEST, "INVALID_REQUEST")

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.notify import (
    NoticeFault,
    NotificationRefused,
    parse_payment_notification,
    parse_refund_notification,
)
from saleor_wechat_returns.wechat.pay import Merchant, PayClient, TradeState
from saleor_wechat_returns.wechat.signing import SignatureFault

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = "SO-000001"


@pytest.fixture
def paid(
    client: PayClient, make_prepay_order: Callable[..., Any], sandbox: WechatPaySandbox
) -> WechatPaySandbox:
    """A simulator in which SO-000001 has been paid."""
    client.create_prepay(make_prepay_order())
    sandbox.pay(NUMBER)
    return sandbox


def reason_of(headers: dict[str, str], body: bytes, merchant: Merchant, now: datetime = NOW) -> str:
    with pytest.raises(NotificationRefused) as refused:
        parse_payment_notification(headers, body, merchant, now)
    return refused.value.reason


def test_reads_what_the_simulator_sends(
    paid: WechatPaySandbox, merchant: Merchant, inbox: list[Any]
) -> None:
    paid.deliver_due()

    [request] = inbox
    notice = parse_payment_notification(request.headers, request.content, merchant, NOW)

    assert str(request.url) == "https://shop.example/wechat/paid"
    assert (notice.event_type, notice.mchid) == ("TRANSACTION.SUCCESS", "1900000001")
    state = notice.state
    assert (state.out_trade_no, state.trade_state) == (NUMBER, TradeState.SUCCESS)
    assert state.transaction_id in paid.payments
    assert (state.total_fen, state.payer_total_fen) == (5999, 5999)
    assert (state.appid, state.payer_openid) == ("wx0000000000000001", "oPayer")
    assert state.success_at == NOW


def test_reads_the_documented_plaintext(paid: WechatPaySandbox, merchant: Merchant) -> None:
    shared = Path(os.environ.get("RETURNS_SHARED", Path(__file__).parents[3] / "shared"))
    sample = shared / "wechat/samples/wxpay_payment_notification_plaintext.json"
    if not sample.is_file():
        pytest.skip(f"NOT SHOWN: that the documented sample is read. Looked for {sample}.")
    headers, body = paid.make_payment_notification(
        NUMBER, changes=json.loads(sample.read_text("utf-8"))
    )

    state = parse_payment_notification(headers, body, merchant, NOW).state

    assert state.transaction_id == "4200000000202601010000000001"
    assert (state.out_trade_no, state.trade_state) == ("SO20260101000001", TradeState.SUCCESS)
    assert (state.total_fen, state.payer_total_fen) == (5999, 5999)
    assert state.payer_openid == "oTESTopenid0000000000000001"
    assert state.success_at == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_reads_the_same_notice_twice_with_the_same_id(
    paid: WechatPaySandbox, merchant: Merchant
) -> None:
    headers, body = paid.make_payment_notification(NUMBER)

    first = parse_payment_notification(headers, body, merchant, NOW)
    again = parse_payment_notification(paid.sign(body), body, merchant, NOW)

    assert first == again


def test_tells_of_the_payment_even_when_it_comes_after_a_refund(
    paid: WechatPaySandbox,
    client: PayClient,
    make_order: Callable[..., Any],
    merchant: Merchant,
    clock: Any,
    inbox: list[Any],
) -> None:
    [transaction_id] = paid.payments.keys() - {"4200000000202601010000000001"}
    client.create_refund(make_order(transaction_id=transaction_id))
    paid.settle("RF-1")
    clock.pass_seconds(3600)
    paid.deliver_due()

    late, _ = inbox
    notice = parse_payment_notification(late.headers, late.content, merchant, clock())
    state = client.query_payment(NUMBER)

    assert notice.state.trade_state is TradeState.SUCCESS
    assert state is not None
    assert state.trade_state is TradeState.REFUND


def test_accepts_an_empty_associated_data(paid: WechatPaySandbox, merchant: Merchant) -> None:
    headers, body = paid.make_payment_notification(NUMBER, associated_data="")

    assert parse_payment_notification(headers, body, merchant, NOW).state.out_trade_no == NUMBER


def test_reads_a_state_newer_than_itself_as_unrecognised(
    paid: WechatPaySandbox, merchant: Merchant
) -> None:
    headers, body = paid.make_payment_notification(NUMBER, changes={"trade_state": "SETTLING"})

    state = parse_payment_notification(headers, body, merchant, NOW).state

    assert (state.trade_state, state.is_paid) == (TradeState.UNRECOGNISED, False)


def test_names_the_reason_of_each_refusal(paid: WechatPaySandbox, merchant: Merchant) -> None:
    headers, body = paid.make_payment_notification(NUMBER)
    probe, _ = paid.make_payment_notification(NUMBER, probe=True)
    old, old_body = paid.make_payment_notification(NUMBER, signed_at=NOW - timedelta(seconds=301))
    [(_, pem)] = merchant.verifiers.items()
    elsewhere = replace(merchant, verifiers={"PUB_KEY_ID_OTHER": pem})
    large = b" " * (64 * 1024 - len(body) + 1) + body

    assert reason_of({}, body, merchant) == SignatureFault.UNSIGNED
    assert reason_of(probe, body, merchant) == SignatureFault.PROBE
    assert reason_of(old, old_body, merchant) == SignatureFault.STALE
    assert reason_of(headers, body, elsewhere) == SignatureFault.UNKNOWN_SERIAL
    assert reason_of(headers, body + b" ", merchant) == SignatureFault.FORGED
    assert reason_of(paid.sign(large), large, merchant) == NoticeFault.TOO_LARGE
    assert reason_of(paid.sign(b"{}"), b"{}", merchant) == NoticeFault.MALFORMED
    assert reason_of(headers, body, replace(merchant, apiv3_key="x" * 32)) == "undecipherable"
    assert reason_of(headers, body, replace(merchant, mchid="1900000002")) == "wrong_merchant"


def test_tells_payments_and_refunds_apart(
    paid: WechatPaySandbox, client: PayClient, make_order: Callable[..., Any], merchant: Merchant
) -> None:
    client.create_refund(make_order())
    payment = paid.make_payment_notification(NUMBER)
    refund = paid.make_notification("RF-1")

    assert reason_of(*refund, merchant) == NoticeFault.WRONG_RESOURCE
    with pytest.raises(NotificationRefused) as refused:
        parse_refund_notification(*payment, merchant, NOW)
    assert refused.value.reason is NoticeFault.WRONG_RESOURCE


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_state": None},
        {"out_trade_no": ""},
        {"amount": {"total": "5999", "payer_total": 5999}},
        {"amount": []},
        {"payer": {}},
        {"transaction_id": "a\0"},
        {"appid": "\ud800"},
    ],
)
def test_refuses_a_signed_notice_that_says_too_little(
    paid: WechatPaySandbox, merchant: Merchant, changes: dict[str, object]
) -> None:
    headers, body = paid.make_payment_notification(NUMBER, changes=changes)

    assert reason_of(headers, body, merchant) == NoticeFault.MALFORMED


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
# The fixtures are only read here, so sharing them between examples is sound.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SHARED
@given(
    headers=st.dictionaries(
        st.sampled_from(["Wechatpay-Timestamp", "wechatpay-nonce", "Wechatpay-Serial", ""]),
        st.text(st.characters()),
    ),
    body=st.binary(),
)
def test_raises_nothing_else_for_any_bytes_and_headers(
    merchant: Merchant, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(NotificationRefused):
        parse_payment_notification(headers, body, merchant, NOW)


@SHARED
@given(body=st.binary() | st.just(b"[" * 60_000) | ANY_JSON.map(lambda it: json.dumps(it).encode()))
def test_raises_nothing_else_for_any_signed_bytes(
    merchant: Merchant, sandbox: WechatPaySandbox, body: bytes
) -> None:
    with pytest.raises(NotificationRefused):
        parse_payment_notification(sandbox.sign(body), body, merchant, NOW)


@SHARED
@example(changes={"mchid": "\ud800"})
@example(changes={"payer": {"openid": "\ud800"}})
@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                *("mchid", "appid", "transaction_id", "out_trade_no", "trade_state"),
                *("success_time", "payer", "amount"),
            ]
        ),
        ANY_JSON | st.datetimes().map(str),
        max_size=3,
    )
)
def test_raises_nothing_else_for_any_sealed_plaintext(
    merchant: Merchant, paid: WechatPaySandbox, changes: dict[str, object]
) -> None:
    headers, body = paid.make_payment_notification(NUMBER, changes=changes)

    with suppress(NotificationRefused):
        parse_payment_notification(headers, body, merchant, NOW)

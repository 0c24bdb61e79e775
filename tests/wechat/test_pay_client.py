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
    RefundOrder,
    RefundState,
    RefundStatus,
)
from tests.wechat.answers import answering, signed

MakeOrder = Callable[..., RefundOrder]
TRANSACTION = "4200000000202601010000000001"


def answer_body(**changes: object) -> dict[str, Any]:
    return {
        "refund_id": "50",
        "out_refund_no": "RF-1",
        "transaction_id": TRANSACTION,
        "status": "PROCESSING",
        "amount": {"total": 5999, "refund": 1999, "payer_refund": 1999},
    } | changes


def test_reads_an_accepted_refund(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    state = client.create_refund(make_order())

    assert state == RefundState(
        out_refund_no="RF-1",
        refund_id=sandbox.refunds[0].refund_id,
        transaction_id=TRANSACTION,
        status=RefundStatus.PROCESSING,
        refund_fen=Fen(1999),
        total_fen=Fen(5999),
        payer_refund_fen=Fen(1999),
        success_at=None,
        received_account="支付用户零钱",
    )
    assert sandbox.refunded_fen(TRANSACTION) == 1999


def test_asks_again_with_the_same_number_and_gets_the_same_refund(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    first = client.create_refund(make_order())
    second = client.create_refund(make_order())

    assert first == second
    assert sandbox.refunded_fen(TRANSACTION) == 1999
    assert len(sandbox.calls) == 2


def test_stops_when_the_number_is_used_with_other_parameters(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_refund(make_order())

    with pytest.raises(ProviderRejected) as rejected:
        client.create_refund(make_order(refund_fen=Fen(2000)))

    assert (rejected.value.kind, rejected.value.code) == (Rejection.REQUEST, "INVALID_REQUEST")
    assert sandbox.refunded_fen(TRANSACTION) == 1999


@pytest.mark.parametrize("status", ["SUCCESS", "CLOSED", "ABNORMAL"])
def test_asks_how_a_refund_ended(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox, status: str
) -> None:
    client.create_refund(make_order())
    sandbox.settle("RF-1", status)

    state = client.query_refund("RF-1")

    assert state is not None
    assert state.status is RefundStatus(status)
    assert state.success_at == (datetime(2026, 1, 1, tzinfo=UTC) if status == "SUCCESS" else None)


def test_says_what_the_payer_gets_when_a_coupon_paid_a_part(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox, clock: Any
) -> None:
    sandbox.add_payment("1900000001", "42COUPON", "SO2", 100, "oPayer", clock(), payer_total_fen=90)

    state = client.create_refund(
        make_order(transaction_id="42COUPON", refund_fen=Fen(50), total_fen=Fen(100))
    )

    assert (state.refund_fen, state.payer_refund_fen) == (50, 45)


def test_says_none_for_a_number_that_was_never_accepted(client: PayClient) -> None:
    assert client.query_refund("RF-never") is None


@pytest.mark.parametrize("number", ["", "../certificates", "RF?x=1", "R" * 65])
def test_asks_nothing_for_a_number_that_breaks_the_path(
    client: PayClient, sandbox: WechatPaySandbox, number: str
) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        client.query_refund(number)

    assert rejected.value.kind is Rejection.REQUEST
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("fault", "refunded_fen"),
    [
        ("timeout_before_accept", 0),
        ("timeout_after_accept", 1999),
        ("http_500", 0),
        ("http_500_after_accept", 1999),
        ("bad_signature", 1999),
        ("unsigned", 1999),
        ("probe_signature", 1999),
        ("garbage", 1999),
    ],
)
def test_does_not_know_the_outcome_of_a_refund_after(
    client: PayClient,
    make_order: MakeOrder,
    sandbox: WechatPaySandbox,
    fault: str,
    refunded_fen: int,
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        client.create_refund(make_order())

    assert sandbox.refunded_fen(TRANSACTION) == refunded_fen
    assert (client.query_refund("RF-1") is not None) == (refunded_fen > 0)


@pytest.mark.parametrize(
    ("fault", "after_seconds", "calls"), [("connect_refused", None, 0), ("rate_limited", 60, 1)]
)
def test_knows_that_nothing_happened_after(
    client: PayClient,
    make_order: MakeOrder,
    sandbox: WechatPaySandbox,
    fault: str,
    after_seconds: int | None,
    calls: int,
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(ProviderUnavailable) as unavailable:
        client.create_refund(make_order())

    assert unavailable.value.after_seconds == after_seconds
    assert len(sandbox.calls) == calls
    assert sandbox.refunds == []


def test_repeats_unchanged_once_the_balance_is_filled(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    sandbox.faults.add("not_enough")

    with pytest.raises(ProviderRejected) as rejected:
        client.create_refund(make_order())
    state = client.create_refund(make_order())

    assert (rejected.value.kind, rejected.value.code) == (Rejection.BALANCE, "NOT_ENOUGH")
    assert state.status is RefundStatus.PROCESSING
    assert sandbox.calls[0].body == sandbox.calls[1].body


def test_waits_a_minute_between_two_refunds_of_one_payment(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox, clock: Any
) -> None:
    client.create_refund(make_order())
    clock.pass_seconds(59)

    with pytest.raises(ProviderUnavailable) as unavailable:
        client.create_refund(make_order(out_refund_no="RF-2"))
    clock.pass_seconds(1)
    client.create_refund(make_order(out_refund_no="RF-2"))

    assert unavailable.value.after_seconds == 60
    assert sandbox.refunded_fen(TRANSACTION) == 3998


@pytest.mark.parametrize(
    "fault",
    ["unsigned", "bad_signature", "probe_signature", "garbage", "http_500"],
)
def test_never_takes_a_doubtful_answer_for_never_accepted(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox, fault: str
) -> None:
    client.create_refund(make_order())
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        client.query_refund("RF-1")


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (404, b"<html>not found</html>"),
        (404, b'{"code":"NOT_FOUND_HERE"'),
        (403, b'{"code":"RESOURCE_NOT_EXISTS","message":""}'),
    ],
)
def test_takes_only_the_documented_404_for_never_accepted(
    merchant: Merchant, clock: Any, status: int, content: bytes
) -> None:
    with pytest.raises(OutcomeUnknown):
        answering(merchant, clock, lambda _: httpx.Response(status, content=content)).query_refund(
            "RF-1"
        )


@pytest.mark.parametrize("status", [202, 204])
def test_does_not_know_the_outcome_of_a_signed_answer_without_content(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder, status: int
) -> None:
    with pytest.raises(OutcomeUnknown):
        answering(merchant, clock, lambda _: signed(sandbox, b"", status)).create_refund(
            make_order()
        )


def test_believes_no_signed_202_even_if_it_tells_of_a_refund(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    body = json.dumps(answer_body()).encode()

    with pytest.raises(OutcomeUnknown, match="HTTP 202"):
        answering(merchant, clock, lambda _: signed(sandbox, body, 202)).create_refund(make_order())


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    ],
)
def test_calls_a_connection_lost_after_sending_an_unknown_outcome(
    merchant: Merchant, clock: Any, make_order: MakeOrder, error: type[httpx.RequestError]
) -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        raise error("lost", request=request)

    with pytest.raises(OutcomeUnknown):
        answering(merchant, clock, lose).create_refund(make_order())


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
)
def test_calls_a_request_that_was_not_sent_unavailable(
    merchant: Merchant, clock: Any, make_order: MakeOrder, error: type[httpx.RequestError]
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise error("refused", request=request)

    with pytest.raises(ProviderUnavailable) as unavailable:
        answering(merchant, clock, refuse).create_refund(make_order())

    assert unavailable.value.after_seconds is None


def test_loses_an_answer_that_breaks_off_in_the_middle(
    merchant: Merchant, clock: Any, make_order: MakeOrder
) -> None:
    class BreaksOff(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield b'{"refund_id":'
            raise httpx.ReadError("reset")

    with pytest.raises(OutcomeUnknown):
        answering(merchant, clock, lambda _: httpx.Response(200, stream=BreaksOff())).create_refund(
            make_order()
        )


@pytest.mark.parametrize("status", [200, 400, 404])
def test_reads_no_answer_over_a_megabyte(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder, status: int
) -> None:
    body = json.dumps(answer_body(code="RESOURCE_NOT_EXISTS", padding="x" * 2**20)).encode()

    with pytest.raises(OutcomeUnknown, match="too large"):
        answering(merchant, clock, lambda _: signed(sandbox, body, status)).create_refund(
            make_order()
        )


def test_verifies_the_raw_bytes_of_an_answer(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    loose = json.dumps(answer_body(), indent=1).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, loose)).create_refund(make_order())

    assert state.refund_id == "50"


def test_refuses_a_signed_answer_that_is_older_than_five_minutes(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    old = signed(sandbox, json.dumps(answer_body()).encode())
    clock.pass_seconds(301)

    with pytest.raises(OutcomeUnknown, match="stale"):
        answering(merchant, clock, lambda _: old).create_refund(make_order())


def test_refuses_a_signed_answer_about_another_refund(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    other = json.dumps(answer_body(out_refund_no="RF-2")).encode()

    with pytest.raises(OutcomeUnknown, match="another refund"):
        answering(merchant, clock, lambda _: signed(sandbox, other)).create_refund(make_order())


def test_reads_a_status_newer_than_itself_as_unrecognised(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    body = json.dumps(answer_body(status="PAUSED", channel="SOMETHING_NEW")).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, body)).create_refund(make_order())

    assert state.status is RefundStatus.UNRECOGNISED


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": None},
        {"amount": {"total": 5999, "refund": "1999", "payer_refund": 1999}},
        {"amount": {"total": 5999, "refund": 19.99, "payer_refund": 1999}},
        {"amount": {"total": 5999, "refund": True, "payer_refund": 1999}},
        {"amount": {"total": 5999, "refund": -1, "payer_refund": 1999}},
        {"amount": {"total": 10**13, "refund": 1999, "payer_refund": 1999}},
        {"amount": {"total": 5999, "refund": 1999}},
        {"status": None},
        {"status": ""},
        {"refund_id": 50},
        {"refund_id": "a\0b"},
        {"transaction_id": "\ud800"},
        {"user_received_account": None},
    ],
)
def test_does_not_understand_a_signed_answer_with(
    merchant: Merchant,
    clock: Any,
    sandbox: WechatPaySandbox,
    make_order: MakeOrder,
    changes: dict[str, object],
) -> None:
    body = json.dumps(answer_body(**changes)).encode()

    with pytest.raises(OutcomeUnknown, match="not understood"):
        answering(merchant, clock, lambda _: signed(sandbox, body)).create_refund(make_order())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 200_000, b"1" * 5000])
def test_does_not_understand_signed_bytes_that_are_no_object(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder, body: bytes
) -> None:
    with pytest.raises(OutcomeUnknown, match="not understood"):
        answering(merchant, clock, lambda _: signed(sandbox, body)).create_refund(make_order())


@pytest.mark.parametrize(
    "written", [None, 7, "soon", "2026-01-01T08:05:00", "2026-13-01T00:00:00+08:00"]
)
def test_lets_no_unreadable_date_hold_up_a_success(
    merchant: Merchant,
    clock: Any,
    sandbox: WechatPaySandbox,
    make_order: MakeOrder,
    written: object,
) -> None:
    body = json.dumps(answer_body(status="SUCCESS", success_time=written)).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, body)).create_refund(make_order())

    assert (state.status, state.success_at) == (RefundStatus.SUCCESS, None)


def test_reads_the_time_of_success_with_its_offset(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    body = json.dumps(answer_body(success_time="2026-01-01T08:05:00+08:00")).encode()

    state = answering(merchant, clock, lambda _: signed(sandbox, body)).create_refund(make_order())

    assert state.success_at == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


def test_follows_no_redirect(merchant: Merchant, clock: Any, make_order: MakeOrder) -> None:
    seen: list[httpx.URL] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(OutcomeUnknown):
        answering(merchant, clock, redirect).create_refund(make_order())

    assert [url.host for url in seen] == ["api.mch.weixin.qq.com"]


def test_names_the_public_key_that_shall_sign_the_answer(
    client: PayClient, sandbox: WechatPaySandbox
) -> None:
    client.query_refund("RF-1")

    assert sandbox.calls[0].headers["wechatpay-serial"] == sandbox.public_key_id


def test_signs_every_call_with_a_nonce_of_its_own(
    client: PayClient, make_order: MakeOrder, sandbox: WechatPaySandbox
) -> None:
    client.create_refund(make_order())
    client.create_refund(make_order())

    first, second = (call.headers["authorization"] for call in sandbox.calls)
    assert first != second


def test_is_a_task_for_the_operator_when_our_clock_is_wrong(
    merchant: Merchant, clock: Any, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    late = PayClient(
        merchant,
        httpx.Client(transport=sandbox.transport),
        lambda: clock() + timedelta(seconds=301),
    )

    with pytest.raises(ProviderRejected) as rejected:
        late.create_refund(make_order())

    assert (rejected.value.kind, rejected.value.code) == (Rejection.CONFIGURATION, "SIGN_ERROR")


def test_never_shows_where_the_money_went(client: PayClient, make_order: MakeOrder) -> None:
    state = client.create_refund(make_order())

    assert state.received_account not in repr(state)

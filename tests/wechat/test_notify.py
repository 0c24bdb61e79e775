from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.notify import (
    NoticeFault,
    NotificationRefused,
    parse_refund_notification,
)
from saleor_wechat_returns.wechat.pay import Merchant, PayClient, RefundStatus
from saleor_wechat_returns.wechat.signing import SignatureFault

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Vectors = Callable[[str], dict[str, Any]]


@pytest.fixture
def refunded(
    client: PayClient, make_order: Callable[..., Any], sandbox: WechatPaySandbox
) -> WechatPaySandbox:
    """A simulator in which RF-1 has succeeded."""
    client.create_refund(make_order())
    sandbox.settle("RF-1")
    return sandbox


def reason_of(headers: dict[str, str], body: bytes, merchant: Merchant, now: datetime = NOW) -> str:
    with pytest.raises(NotificationRefused) as refused:
        parse_refund_notification(headers, body, merchant, now)
    return refused.value.reason


def merchant_of(keys: dict[str, Any]) -> Merchant:
    return Merchant(
        mchid=keys["mchid"],
        serial_no=keys["merchant_serial_no"],
        private_key_pem=keys["merchant_private_key_pem"],
        apiv3_key=keys["apiv3_key"],
        verifiers={keys["wechatpay_public_key_id"]: keys["platform_public_key_pem"]},
    )


@pytest.mark.parametrize(
    "name",
    [
        "refund_success",
        "refund_abnormal",
        "refund_closed",
        "refund_success_empty_associated_data",
    ],
)
def test_reads_the_vector(vectors: Vectors, name: str) -> None:
    merchant = merchant_of(vectors("wxpay_test_keys.json"))
    [vector] = [
        vector
        for vector in vectors("wxpay_refund_notifications.json")["notifications"]
        if vector["name"] == name
    ]
    plain = vector["plaintext"]

    notice = parse_refund_notification(vector["headers"], vector["body"].encode(), merchant, NOW)

    state = notice.state
    assert (notice.id, notice.mchid) == ("EV-2018022511223320873", "1900000001")
    assert notice.event_type == f"REFUND.{plain['refund_status']}"
    assert (state.out_refund_no, state.refund_id) == (plain["out_refund_no"], plain["refund_id"])
    assert (state.transaction_id, state.status) == (plain["transaction_id"], plain["refund_status"])
    assert (state.refund_fen, state.total_fen, state.payer_refund_fen) == (1999, 5999, 1999)
    assert state.success_at == (
        datetime(2026, 1, 1, 0, 5, tzinfo=UTC) if "success_time" in plain else None
    )
    assert state.received_account == "支付用户零钱"


def test_refuses_the_partner_vector_because_we_serve_direct_merchants(vectors: Vectors) -> None:
    merchant = merchant_of(vectors("wxpay_test_keys.json"))
    [vector] = [
        vector
        for vector in vectors("wxpay_refund_notifications.json")["notifications"]
        if vector["name"] == "refund_success_partner"
    ]

    reason = reason_of(vector["headers"], vector["body"].encode(), merchant)

    assert reason == NoticeFault.WRONG_MERCHANT


def test_refuses_every_vector_once_altered_probed_or_late(vectors: Vectors) -> None:
    merchant = merchant_of(vectors("wxpay_test_keys.json"))
    notifications = vectors("wxpay_refund_notifications.json")["notifications"]
    assert len(notifications) == 5

    for vector in notifications:
        headers, body = vector["headers"], vector["body"].encode()
        probe = headers | {
            "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
        }
        late = NOW + timedelta(seconds=301)

        assert reason_of(headers, body.replace(b"08:05", b"08:06"), merchant) == "forged"
        assert reason_of(headers, json.dumps(json.loads(body)).encode(), merchant) == "forged"
        assert reason_of(probe, body, merchant) == "probe"
        assert reason_of(headers, body, merchant, late) == "stale"


def test_reads_what_the_simulator_sends(
    refunded: WechatPaySandbox, merchant: Merchant, inbox: list[Any]
) -> None:
    refunded.deliver_due()

    [request] = inbox
    notice = parse_refund_notification(request.headers, request.content, merchant, NOW)

    assert notice.event_type == "REFUND.SUCCESS"
    assert (notice.state.out_refund_no, notice.state.status) == ("RF-1", RefundStatus.SUCCESS)
    assert notice.state.success_at == NOW


def test_reads_the_same_notice_twice_with_the_same_id(
    refunded: WechatPaySandbox, merchant: Merchant
) -> None:
    headers, body = refunded.make_notification("RF-1")

    first = parse_refund_notification(headers, body, merchant, NOW)
    again = parse_refund_notification(refunded.sign(body), body, merchant, NOW)

    assert first == again


def test_accepts_an_empty_associated_data(refunded: WechatPaySandbox, merchant: Merchant) -> None:
    headers, body = refunded.make_notification("RF-1", associated_data="")
    envelope = json.loads(body)
    del envelope["resource"]["associated_data"]
    missing = json.dumps(envelope).encode()

    empty = parse_refund_notification(headers, body, merchant, NOW)
    left_out = parse_refund_notification(refunded.sign(missing), missing, merchant, NOW)

    assert empty == left_out


def test_reads_a_status_newer_than_itself_as_unrecognised(
    refunded: WechatPaySandbox, merchant: Merchant
) -> None:
    headers, body = refunded.make_notification("RF-1", changes={"refund_status": "PAUSED"})

    notice = parse_refund_notification(headers, body, merchant, NOW)

    assert notice.state.status is RefundStatus.UNRECOGNISED


def test_names_the_reason_of_each_refusal(refunded: WechatPaySandbox, merchant: Merchant) -> None:
    headers, body = refunded.make_notification("RF-1")
    probe, _ = refunded.make_notification("RF-1", probe=True)
    old, old_body = refunded.make_notification("RF-1", signed_at=NOW - timedelta(seconds=301))
    [(_, pem)] = merchant.verifiers.items()
    elsewhere = replace(merchant, verifiers={"PUB_KEY_ID_OTHER": pem})
    other_key = replace(merchant, apiv3_key="x" * 32)
    other_merchant = replace(merchant, mchid="1900000002")
    large = b" " * (64 * 1024 - len(body) + 1) + body

    assert reason_of({}, body, merchant) == SignatureFault.UNSIGNED
    assert reason_of(probe, body, merchant) == SignatureFault.PROBE
    assert reason_of(old, old_body, merchant) == SignatureFault.STALE
    assert reason_of(headers, body, elsewhere) == SignatureFault.UNKNOWN_SERIAL
    assert reason_of(headers, body + b" ", merchant) == SignatureFault.FORGED
    assert reason_of(refunded.sign(large), large, merchant) == NoticeFault.TOO_LARGE
    assert reason_of(refunded.sign(b"{}"), b"{}", merchant) == NoticeFault.MALFORMED
    assert reason_of(headers, body, other_key) == NoticeFault.UNDECIPHERABLE
    assert reason_of(headers, body, other_merchant) == NoticeFault.WRONG_MERCHANT


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("envelope", "resource_type", "plain-resource"),
        ("resource", "original_type", "transaction"),
        ("resource", "algorithm", "AEAD_SM4_GCM"),
    ],
)
def test_refuses_what_is_not_about_a_refund(
    refunded: WechatPaySandbox, merchant: Merchant, place: str, name: str, value: str
) -> None:
    envelope = json.loads(refunded.make_notification("RF-1")[1])
    (envelope if place == "envelope" else envelope["resource"])[name] = value
    body = json.dumps(envelope).encode()

    assert reason_of(refunded.sign(body), body, merchant) == NoticeFault.WRONG_RESOURCE


@pytest.mark.parametrize(
    "changes",
    [
        {"refund_status": None},
        {"out_refund_no": ""},
        {"amount": {"refund": "1999", "total": 5999, "payer_refund": 1999}},
        {"amount": []},
        {"transaction_id": "a\0"},
    ],
)
def test_refuses_a_signed_notice_that_says_too_little(
    refunded: WechatPaySandbox, merchant: Merchant, changes: dict[str, object]
) -> None:
    headers, body = refunded.make_notification("RF-1", changes=changes)

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


def only_reads_or_refuses(headers: dict[str, str], body: bytes, merchant: Merchant) -> None:
    with suppress(NotificationRefused):
        parse_refund_notification(headers, body, merchant, NOW)


@SHARED
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "Wechatpay-Timestamp",
                "WECHATPAY-NONCE",
                "wechatpay-signature",
                "Wechatpay-Serial",
                "Wechatpay-Signature-Type",
                "",
            ]
        ),
        st.text(st.characters())
        | st.sampled_from(["1767225600", "PUB_KEY_ID_01", "WECHATPAY/SIGNTEST/", "AAAA", "abc"]),
    ),
    body=st.binary(),
)
def test_raises_nothing_else_for_any_bytes_and_headers(
    merchant: Merchant, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(NotificationRefused):
        parse_refund_notification(headers, body, merchant, NOW)


@SHARED
@given(body=st.binary() | st.just(b"[" * 60_000) | ANY_JSON.map(lambda it: json.dumps(it).encode()))
def test_raises_nothing_else_for_any_signed_bytes(
    merchant: Merchant, sandbox: WechatPaySandbox, body: bytes
) -> None:
    with pytest.raises(NotificationRefused):
        parse_refund_notification(sandbox.sign(body), body, merchant, NOW)


@SHARED
@given(
    place=st.sampled_from(["envelope", "resource"]),
    name=st.sampled_from(
        ["id", "event_type", "resource", "nonce", "ciphertext", "associated_data", "algorithm"]
    ),
    value=ANY_JSON,
)
def test_raises_nothing_else_for_any_signed_envelope(
    merchant: Merchant, refunded: WechatPaySandbox, place: str, name: str, value: object
) -> None:
    envelope = json.loads(refunded.make_notification("RF-1")[1])
    (envelope if place == "envelope" else envelope["resource"])[name] = value
    body = json.dumps(envelope).encode()

    only_reads_or_refuses(refunded.sign(body), body, merchant)


@SHARED
@example(changes={"mchid": "\ud800"})
@example(changes={"out_refund_no": "\ud800"})
@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                "mchid",
                "transaction_id",
                "out_refund_no",
                "refund_id",
                "refund_status",
                "success_time",
                "user_received_account",
                "amount",
            ]
        ),
        ANY_JSON | st.datetimes().map(str),
        max_size=3,
    )
)
def test_raises_nothing_else_for_any_sealed_plaintext(
    merchant: Merchant, refunded: WechatPaySandbox, changes: dict[str, object]
) -> None:
    headers, body = refunded.make_notification("RF-1", changes=changes)

    only_reads_or_refuses(headers, body, merchant)

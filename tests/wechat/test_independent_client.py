"""`wechatpayv3` from PyPI, written by other people, against the simulator and the adapter.

Shows that the simulator is not merely our adapter's echo. It talks over a loopback port, since
the library takes no transport; its clock is the machine's.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import build_authorization

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.pay import Merchant, PayClient, RefundStatus, TradeState

MCHID, SERIAL, APIV3_KEY = "1900000001", "5B8F2C6A00000000000000000000000000000001", "k" * 32
AMOUNT = {"refund": 1999, "total": 5999, "currency": "CNY"}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def pay(shop_keys: tuple[str, str], platform_keys: tuple[str, str]) -> WechatPaySandbox:
    pay = WechatPaySandbox(now, local_http=True, platform_private_key_pem=platform_keys[0])
    pay.add_merchant(MCHID, SERIAL, shop_keys[1], APIV3_KEY)
    pay.add_payment(MCHID, "42PAID", "SO1", 5999, "oPayer", now() - timedelta(days=1))
    return pay


@pytest.fixture
def gateway(pay: WechatPaySandbox) -> Iterator[str]:
    server = pay.serve("127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def theirs(pay: WechatPaySandbox, gateway: str, shop_keys: tuple[str, str]) -> Any:
    client = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=MCHID,
        private_key=shop_keys[0]
        .replace("-----BEGIN PRIVATE KEY-----\n", "")
        .replace("\n-----END PRIVATE KEY-----\n", ""),
        cert_serial_no=SERIAL,
        apiv3_key=APIV3_KEY,
        appid="wx0000000000000001",
        public_key=pay.public_key_pem,
        public_key_id=pay.public_key_id,
        timeout=5,
    )
    client._core._gate_way = gateway
    return client


def test_is_understood_and_understands(theirs: Any, pay: WechatPaySandbox) -> None:
    status, text = theirs.refund(
        out_refund_no="RF-1", amount=AMOUNT, transaction_id="42PAID", reason="尺码不合适"
    )

    assert status == 200
    assert json.loads(text)["status"] == "PROCESSING"
    assert pay.refunded_fen("42PAID") == 1999


def test_queries_what_it_ordered_and_reads_a_404(theirs: Any, pay: WechatPaySandbox) -> None:
    theirs.refund(out_refund_no="RF-1", amount=AMOUNT, transaction_id="42PAID")
    pay.settle("RF-1", "ABNORMAL")

    known = theirs.query_refund("RF-1")
    unknown = theirs.query_refund("RF-2")

    assert (known[0], json.loads(known[1])["status"]) == (200, "ABNORMAL")
    assert (unknown[0], json.loads(unknown[1])["code"]) == (404, "RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize("fault", ["bad_signature", "probe_signature", "unsigned"])
def test_does_not_believe_the_simulators_forged_answers(
    theirs: Any, pay: WechatPaySandbox, fault: str
) -> None:
    pay.faults.add(fault)

    with pytest.raises(Exception, match=r"failed to verify|does not support"):
        theirs.refund(out_refund_no="RF-1", amount=AMOUNT, transaction_id="42PAID")


def test_opens_the_simulators_notices(theirs: Any, pay: WechatPaySandbox) -> None:
    theirs.refund(
        out_refund_no="RF-1",
        amount=AMOUNT,
        transaction_id="42PAID",
        notify_url="https://shop.example/x",
    )
    pay.settle("RF-1")

    headers, body = pay.make_notification("RF-1")
    opened = theirs.callback(headers, body)

    assert opened["event_type"] == "REFUND.SUCCESS"
    assert opened["resource"]["out_refund_no"] == "RF-1"
    assert opened["resource"]["refund_status"] == "SUCCESS"
    assert opened["resource"]["amount"] == {
        "total": 5999,
        "refund": 1999,
        "payer_total": 5999,
        "payer_refund": 1999,
    }


def test_does_not_open_probes_and_altered_notices(theirs: Any, pay: WechatPaySandbox) -> None:
    theirs.refund(out_refund_no="RF-1", amount=AMOUNT, transaction_id="42PAID")

    headers, body = pay.make_notification("RF-1")
    probe, probed = pay.make_notification("RF-1", probe=True)

    assert theirs.callback(headers, body + b" ") is None
    assert theirs.callback(probe, probed) is None


def test_signs_a_request_that_the_simulator_accepts_in_process(
    theirs: Any, pay: WechatPaySandbox
) -> None:
    target = "/v3/refund/domestic/refunds/RF-1"
    authorization = build_authorization(target, "GET", MCHID, SERIAL, theirs._core._private_key)

    with httpx.Client(transport=pay.transport) as http:
        answer = http.get(
            f"https://api.mch.weixin.qq.com{target}",
            headers={"Authorization": authorization, "Accept": "application/json"},
        )

    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


@pytest.fixture
def ours(pay: WechatPaySandbox, gateway: str, shop_keys: tuple[str, str]) -> Iterator[PayClient]:
    """Our adapter over real HTTP."""
    merchant = Merchant(
        mchid=MCHID,
        serial_no=SERIAL,
        private_key_pem=shop_keys[0],
        apiv3_key=APIV3_KEY,
        verifiers={pay.public_key_id: pay.public_key_pem},
        base_url=gateway,
    )
    with httpx.Client(trust_env=False) as http:
        yield PayClient(merchant, http, now)


def test_sees_the_same_refund_as_our_adapter_over_real_http(
    theirs: Any, ours: PayClient, make_order: Callable[..., Any]
) -> None:
    refund = ours.create_refund(make_order(transaction_id="42PAID"))

    status, text = theirs.query_refund("RF-1")

    assert refund.status is RefundStatus.PROCESSING
    assert (status, json.loads(text)["refund_id"]) == (200, refund.refund_id)


def order_by(theirs: Any) -> tuple[int, str]:
    answer: tuple[int, str] = theirs.pay(
        description="连帽卫衣",
        out_trade_no="SO-000001",
        amount={"total": 5999, "currency": "CNY"},
        payer={"openid": "oPayer"},
        notify_url="https://shop.example/paid",
    )
    return answer


def test_takes_a_payment_that_our_adapter_reads(
    theirs: Any, ours: PayClient, pay: WechatPaySandbox
) -> None:
    status, text = order_by(theirs)
    transaction_id = pay.pay(json.loads(text)["prepay_id"])

    by_number = theirs.query(out_trade_no="SO-000001")
    by_transaction = theirs.query(transaction_id=transaction_id)
    state = ours.query_payment("SO-000001")

    assert status == 200
    assert by_number == by_transaction
    assert (by_number[0], json.loads(by_number[1])["trade_state"]) == (200, "SUCCESS")
    assert state is not None
    assert (state.transaction_id, state.trade_state) == (transaction_id, TradeState.SUCCESS)


def test_signs_the_phones_parameters_as_our_adapter_does(
    theirs: Any, ours: PayClient, pay: WechatPaySandbox, make_prepay_order: Callable[..., Any]
) -> None:
    prepay = ours.create_prepay(make_prepay_order())
    parameters = ours.payment_parameters("wx0000000000000001", prepay.prepay_id)
    lines = [parameters["timeStamp"], parameters["nonceStr"], parameters["package"]]

    assert theirs.sign(["wx0000000000000001", *lines]) == parameters["paySign"]
    assert pay.request_payment("wx0000000000000001", parameters) in pay.payments


def test_closes_and_is_told_of_the_closing(theirs: Any, ours: PayClient) -> None:
    order_by(theirs)

    status, text = theirs.close("SO-000001")
    state = ours.query_payment("SO-000001")

    assert (status, text) == (204, "")
    assert state is not None
    assert state.trade_state is TradeState.CLOSED


def test_opens_the_simulators_notices_of_payments(theirs: Any, pay: WechatPaySandbox) -> None:
    order_by(theirs)
    transaction_id = pay.pay("SO-000001")

    opened = theirs.callback(*pay.make_payment_notification(transaction_id))

    assert opened["event_type"] == "TRANSACTION.SUCCESS"
    assert opened["resource"]["transaction_id"] == transaction_id
    assert opened["resource"]["amount"]["payer_total"] == 5999


def test_learns_the_simulators_certificates(
    theirs: Any, pay: WechatPaySandbox, shop_keys: tuple[str, str]
) -> None:
    pay.add_merchant(MCHID, SERIAL, shop_keys[1], APIV3_KEY, is_old=True)
    theirs._core._public_key_id = None  # as if it had been built in certificate mode

    status, text = theirs.query(out_trade_no="SO1")

    assert (status, json.loads(text)["transaction_id"]) == (200, "42PAID")
    assert [call.path for call in pay.calls][1:] == ["/v3/certificates"]


def test_downloads_the_bills_of_a_day(theirs: Any, pay: WechatPaySandbox) -> None:
    paid_at = now() - timedelta(days=3)
    pay.add_payment(MCHID, "42EARLIER", "SO-EARLIER", 100, "oPayer", paid_at)
    day = (paid_at + timedelta(hours=8)).date().isoformat()

    for apply in (theirs.trade_bill, theirs.fundflow_bill):
        status, text = apply(bill_date=day, tar_type="GZIP")
        assert status == 200
        told = json.loads(text)
        status, packed = theirs.download_bill(url=told["download_url"])

        assert status == 200
        plain = gzip.decompress(packed)
        assert "42EARLIER" in plain.decode()
        assert hashlib.sha1(plain, usedforsecurity=False).hexdigest() == told["hash_value"]

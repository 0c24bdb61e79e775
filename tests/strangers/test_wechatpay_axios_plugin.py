"""npm `wechatpay-axios-plugin`, written by other people, as a merchant of the simulator.

Over a loopback port and by the machine's clock: it takes no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from tests.strangers.node import Node
from tests.wechat.conftest import pem_pair

MCHID, SERIAL, APIV3_KEY = "1900000001", "5B8F2C6A00000000000000000000000000000001", "k" * 32
APPID = "wx0000000000000001"
ORDER = {
    "appid": APPID,
    "mchid": MCHID,
    "description": "连帽卫衣",
    "out_trade_no": "SO-000001",
    "notify_url": "https://shop.example/paid",
    "amount": {"total": 5999, "currency": "CNY"},
    "payer": {"openid": "oPayer"},
}
AMOUNT = {"refund": 1999, "total": 5999, "currency": "CNY"}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return pem_pair()


@pytest.fixture(scope="module")
def platform_key() -> str:
    return pem_pair()[0]


@pytest.fixture
def arrived() -> list[httpx.Request]:
    """Notices that reached the shop."""
    return []


@pytest.fixture
def pay(
    keys: tuple[str, str], platform_key: str, arrived: list[httpx.Request]
) -> Iterator[WechatPaySandbox]:
    def take(request: httpx.Request) -> httpx.Response:
        arrived.append(request)
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(take)) as shop:
        pay = WechatPaySandbox(now, shop, platform_private_key_pem=platform_key)
        pay.add_merchant(MCHID, SERIAL, keys[1], APIV3_KEY)
        yield pay


class Merchant:
    """A shop that runs on the plugin. Each call is answered as its script says."""

    def __init__(self, node: Node, merchant: dict[str, Any]) -> None:
        self._node = node
        self.merchant = merchant

    def do(self, call: str, **given: Any) -> dict[str, Any]:
        job = {"merchant": self.merchant, "apiv3Key": APIV3_KEY, "call": call, "given": given}
        return dict(self._node.ask("wechat_pay.mjs", job))

    def read(self, headers: Any, body: bytes) -> dict[str, Any]:
        lower = {name.lower(): value for name, value in headers.items()}
        return self.do("read", headers=lower, body=body.decode())


@pytest.fixture
def theirs(node: Node, pay: WechatPaySandbox, keys: tuple[str, str]) -> Iterator[Merchant]:
    server = pay.serve("127.0.0.1", 0)
    yield Merchant(
        node,
        {
            "mchid": MCHID,
            "serial": SERIAL,
            "privateKey": keys[0],
            "certs": {pay.public_key_id: pay.public_key_pem},
            "baseURL": f"http://127.0.0.1:{server.server_address[1]}/",
        },
    )
    server.shutdown()
    server.server_close()


@pytest.fixture
def paid(theirs: Merchant, pay: WechatPaySandbox) -> str:
    """The transaction id of an order that the plugin placed."""
    theirs.do("prepay", **ORDER)
    return pay.pay("SO-000001")


def test_is_paid_and_finds_the_payment(theirs: Merchant, pay: WechatPaySandbox) -> None:
    ordered = theirs.do("prepay", **ORDER)
    prepay = f"prepay_id={ordered['data']['prepay_id']}"
    transaction_id = pay.request_payment(APPID, theirs.do("sign", appId=APPID, package=prepay))

    by_number = theirs.do("query", out_trade_no="SO-000001")
    by_transaction = theirs.do("queryTransaction", transaction_id=transaction_id)

    assert ordered["status"] == 200
    assert by_number == by_transaction
    assert by_number == {"status": 200, "data": pay.payments[transaction_id].answer()}
    assert by_number["data"]["trade_state"] == "SUCCESS"
    assert by_number["data"]["amount"]["payer_total"] == 5999


def test_closes_what_nobody_paid(theirs: Merchant, pay: WechatPaySandbox) -> None:
    theirs.do("prepay", **ORDER)

    closed = theirs.do("close", out_trade_no="SO-000001")
    found = theirs.do("query", out_trade_no="SO-000001")

    assert closed == {"status": 204, "data": ""}
    assert found["data"]["trade_state"] == "CLOSED"
    with pytest.raises(ValueError, match="SO-000001"):
        pay.pay("SO-000001")


def test_refunds_a_part_and_follows_it(theirs: Merchant, pay: WechatPaySandbox, paid: str) -> None:
    order = {"transaction_id": paid, "out_refund_no": "RF|1*2", "reason": "尺码不合适"}

    asked = theirs.do("refund", **order, amount=AMOUNT)
    (refund,) = pay.refunds
    on_its_way = refund.answer()
    pay.settle("RF|1*2")
    found = theirs.do("queryRefund", out_refund_no="RF|1*2")

    assert asked == {"status": 200, "data": on_its_way}
    assert found == {"status": 200, "data": refund.answer()}
    assert (asked["data"]["status"], found["data"]["status"]) == ("PROCESSING", "SUCCESS")
    assert pay.refunded_fen(paid) == 1999
    assert theirs.do("query", out_trade_no="SO-000001")["data"]["trade_state"] == "REFUND"


@pytest.mark.parametrize(
    ("call", "given", "status", "code", "field"),
    [
        ("queryRefund", {"out_refund_no": "RF-9"}, 404, "RESOURCE_NOT_EXISTS", None),
        ("query", {"out_trade_no": "SO-000009"}, 404, "ORDER_NOT_EXIST", None),
        ("close", {"out_trade_no": "SO-000009"}, 404, "ORDER_NOT_EXIST", None),
        ("prepay", ORDER | {"payer": {}}, 400, "PARAM_ERROR", "/payer/openid"),
        ("prepay", ORDER | {"amount": {"total": 0}}, 400, "PARAM_ERROR", "/amount/total"),
        (
            "refund",
            {"transaction_id": "42", "amount": AMOUNT},
            400,
            "PARAM_ERROR",
            "/out_refund_no",
        ),
    ],
)
def test_reads_why_it_is_refused(
    theirs: Merchant,
    pay: WechatPaySandbox,
    call: str,
    given: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    refused = theirs.do(call, **given)

    assert (refused["status"], refused["data"]["code"]) == (status, code)
    assert refused["data"].get("detail", {}).get("field") == field
    assert (pay.orders, pay.refunds) == ([], [])


def test_reads_that_more_than_was_paid_is_refused(
    theirs: Merchant, pay: WechatPaySandbox, paid: str
) -> None:
    order = {"transaction_id": paid, "out_refund_no": "RF-1"}

    refused = theirs.do("refund", **order, amount=AMOUNT | {"refund": 6000})

    assert (refused["status"], refused["data"]["code"]) == (400, "INVALID_REQUEST")
    assert pay.refunded_fen(paid) == 0


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("not_enough", 403, "NOT_ENOUGH"),
        ("rate_limited", 429, "FREQUENCY_LIMITED"),
        ("http_500", 500, "SYSTEM_ERROR"),
    ],
)
def test_may_repeat_what_was_not_done(
    theirs: Merchant, pay: WechatPaySandbox, paid: str, fault: str, status: int, code: str
) -> None:
    order = {"transaction_id": paid, "out_refund_no": "RF-1", "amount": AMOUNT}
    pay.faults.add(fault)

    refused = theirs.do("refund", **order)
    again = theirs.do("refund", **order)

    assert (refused["status"], refused["data"]["code"]) == (status, code)
    assert again == {"status": 200, "data": pay.refunds[0].answer()}
    assert pay.refunded_fen(paid) == 1999


def test_is_refused_with_a_key_that_is_not_the_merchants(
    theirs: Merchant, pay: WechatPaySandbox
) -> None:
    theirs.merchant["privateKey"] = pem_pair()[0]

    refused = theirs.do("prepay", **ORDER)

    assert (refused["status"], refused["data"]["code"]) == (401, "SIGN_ERROR")
    assert pay.orders == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("bad_signature", "EV3_RES_HEADER_SIGNATURE_DIGEST"),
        ("probe_signature", "EV3_RES_HEADER_SIGNATURE_DIGEST"),
        ("unsigned", "EV3_RES_HEADERS_INCOMPLATE"),
    ],
)
def test_does_not_believe_forged_answers(
    theirs: Merchant, pay: WechatPaySandbox, fault: str, error: str
) -> None:
    pay.faults.add(fault)

    assert theirs.do("prepay", **ORDER)["error"] == error


def test_reads_the_notices_that_reach_the_shop(
    theirs: Merchant, pay: WechatPaySandbox, paid: str, arrived: list[httpx.Request]
) -> None:
    order = {"transaction_id": paid, "out_refund_no": "RF-1", "amount": AMOUNT}
    theirs.do("refund", **order, notify_url="https://shop.example/refunded")
    pay.settle("RF-1", "ABNORMAL")
    pay.deliver_due()

    opened = [theirs.read(request.headers, request.content) for request in arrived]

    assert [request.url.path for request in arrived] == ["/paid", "/refunded"]
    assert [notice["event_type"] for notice in opened] == ["TRANSACTION.SUCCESS", "REFUND.ABNORMAL"]
    of_payment, of_refund = (notice["resource"] for notice in opened)
    assert of_payment == pay.payments[paid].event().plain
    assert of_refund == pay.refunds[0].event().plain
    assert of_refund["amount"]["payer_refund"] == 1999


def test_does_not_believe_altered_notices_and_probes(
    theirs: Merchant, pay: WechatPaySandbox, paid: str
) -> None:
    headers, body = pay.make_payment_notification(paid)
    probe = pay.make_payment_notification(paid, probe=True)
    by_another = dict(headers) | {"Wechatpay-Serial": "PUB_KEY_ID_0"}

    assert theirs.read(headers, body)["event_type"] == "TRANSACTION.SUCCESS"
    assert theirs.read(headers, body + b" ") == {"error": "forged"}
    assert theirs.read(*probe) == {"error": "forged"}
    assert theirs.read(by_another, body) == {"error": "unknown key"}

"""A bill of WeChat Pay …"""

from __future__ import annotations

import gzip
import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.bill_rows import BilledRefund, PaymentRow, RefundRow
from saleor_wechat_returns.wechat.bills import BillBeingMade, BillClient
from saleor_wechat_returns.wechat.pay import Merchant
from tests.wechat.answers import signed
from tests.wechat.conftest import TRANSACTION
from tests.wechat.test_bill_rows import TRADE

DAY = date(2025, 12, 31)
APPLIED = "GET /v3/bill/tradebill"
DOWNLOADED = "GET /v3/billdownload/file"


@pytest.fixture
def bills(sandbox: WechatPaySandbox, merchant: Merchant, clock: Any) -> Iterator[BillClient]:
    clock.pass_seconds(2 * 3600)  # ten in the morning of the next day, in Beijing
    with httpx.Client(transport=sandbox.transport) as http:
        yield BillClient(merchant, http, clock)


def calls(sandbox: WechatPaySandbox) -> list[str]:
    return [f"{call.method} {call.path.partition('?')[0]}" for call in sandbox.calls]


def read(bills: BillClient, day: date = DAY) -> Any:
    with bills.trade_bill(day) as bill:
        return bill and list(bill.rows())


def test_has_what_was_paid_and_refunded_that_day(
    bills: BillClient, sandbox: WechatPaySandbox, clock: Any
) -> None:
    made = sandbox.refund_in_console(TRANSACTION, 1999)
    sandbox.settle(made.out_refund_no)
    clock.pass_seconds(86400)

    (paid,) = read(bills)
    (refunded,) = read(bills, DAY + timedelta(days=1))

    assert isinstance(paid, PaymentRow)
    assert (paid.out_trade_no, paid.total_fen) == ("SO1", 5999)
    assert isinstance(refunded, RefundRow)
    assert (refunded.out_refund_no, refunded.refund_fen) == (made.out_refund_no, 1999)
    assert refunded.status is BilledRefund.SUCCESS


def test_of_the_account_has_fees_as_well(bills: BillClient) -> None:
    with bills.fund_bill(DAY) as bill:
        assert bill is not None
        rows = [(row.business, row.is_income, row.amount_fen) for row in bill.rows()]

    assert rows == [("交易", True, 5999), ("扣除交易手续费", False, 36)]


def test_is_none_for_a_day_without_trade(bills: BillClient) -> None:
    assert read(bills, DAY - timedelta(days=1)) is None


def test_is_none_by_the_code_alone(sandbox: WechatPaySandbox, bills: BillClient) -> None:
    """The documents say 400; 404 has been seen."""

    def not_found(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"code": "NO_STATEMENT_EXIST", "message": ""})

    with httpx.Client(transport=httpx.MockTransport(not_found)) as http:
        assert read(BillClient(merchant_of(bills), http, sandbox._clock)) is None


def test_is_asked_for_again_while_it_is_being_made(
    bills: BillClient, sandbox: WechatPaySandbox
) -> None:
    sandbox.faults.add("bill_creating")

    with pytest.raises(BillBeingMade) as later:
        read(bills)

    assert later.value.after_seconds == 1800
    assert len(read(bills)) == 1


def test_is_refused_when_it_is_too_old(bills: BillClient) -> None:
    with pytest.raises(ProviderRejected) as no:
        read(bills, DAY - timedelta(days=100))

    assert (no.value.kind, no.value.code) == (Rejection.REQUEST, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("fault", "trouble", "seen"),
    [
        ("bill_hash_wrong", OutcomeUnknown, [APPLIED, DOWNLOADED]),
        ("bill_wrong_content", OutcomeUnknown, [APPLIED, DOWNLOADED]),
        ("bill_cut", OutcomeUnknown, [APPLIED, DOWNLOADED]),
        ("bill_download_5xx", OutcomeUnknown, [APPLIED, DOWNLOADED]),
        ("bill_elsewhere", OutcomeUnknown, [APPLIED]),
        ("connect_refused", ProviderUnavailable, []),
        ("rate_limited", ProviderUnavailable, [APPLIED]),
        ("http_500", OutcomeUnknown, [APPLIED]),
        ("unsigned", OutcomeUnknown, [APPLIED]),
        ("bad_signature", OutcomeUnknown, [APPLIED]),
        ("garbage", OutcomeUnknown, [APPLIED]),
    ],
)
def test_shows_nothing_of_itself_until_it_is_proven(
    bills: BillClient,
    sandbox: WechatPaySandbox,
    fault: str,
    trouble: type[ProviderError],
    seen: list[str],
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(trouble), bills.trade_bill(DAY):
        pytest.fail("a bill was handed over")

    assert calls(sandbox) == seen
    assert len(read(bills)) == 1  # and the next question is as good as the first


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/v3/billdownload/file?token=x",
        "http://api.mch.weixin.qq.com/v3/billdownload/file?token=x",
        "https://api.mch.weixin.qq.com:8443/v3/billdownload/file?token=x",
        "https://api.mch.weixin.qq.com@elsewhere.example/file",
        "//api.mch.weixin.qq.com/file",
        "nonsense",
    ],
)
def test_is_never_fetched_elsewhere_with_our_signature(
    bills: BillClient, sandbox: WechatPaySandbox, url: str
) -> None:
    told = {"hash_type": "SHA1", "hash_value": "0" * 40, "download_url": url}
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return signed(sandbox, json.dumps(told).encode())

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = BillClient(merchant_of(bills), http, sandbox._clock)
        with pytest.raises(OutcomeUnknown, match="another host"):
            read(client)

    assert len(asked) == 1


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "as it is"])
def test_is_read_packed_or_not(bills: BillClient, sandbox: WechatPaySandbox, packed: bool) -> None:
    plain = TRADE.encode()
    body = gzip.compress(plain) if packed else plain

    with serving(sandbox, plain, body) as http:
        assert len(read(BillClient(merchant_of(bills), http, sandbox._clock))) == 2


def test_that_is_no_gzip_inside_is_not_believed(
    bills: BillClient, sandbox: WechatPaySandbox
) -> None:
    with serving(sandbox, b"", b"\x1f\x8b but not really") as http:
        client = BillClient(merchant_of(bills), http, sandbox._clock)
        with pytest.raises(OutcomeUnknown, match="damaged"):
            read(client)


def test_is_not_held_in_memory(bills: BillClient, sandbox: WechatPaySandbox) -> None:
    """10 000 rows, 1.7 MB; twice, since a bill is read once to prove it."""
    plain = many_rows(10_000)
    with serving(sandbox, plain, gzip.compress(plain)) as http:
        client = BillClient(merchant_of(bills), http, sandbox._clock)
        tracemalloc.start()
        try:
            with client.trade_bill(DAY) as bill:
                assert bill is not None
                assert sum(1 for _ in bill.rows()) == 10_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert len(plain) > 1_700_000
    assert peak < 700_000


def merchant_of(bills: BillClient) -> Merchant:
    return bills._exchange.merchant


def many_rows(count: int) -> bytes:
    names, row, _, totals, _ = TRADE.splitlines()
    last = f"`{count},`{60 * count}.00,`0.00,`0.00,`0.00000,`{70 * count}.00,`0.00"
    return "\n".join([names, *[row] * count, totals, last]).encode()


def serving(sandbox: WechatPaySandbox, plain: bytes, body: bytes) -> httpx.Client:
    """WeChat Pay with this very bill."""
    told = {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(plain, usedforsecurity=False).hexdigest().upper(),
        "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=x",
    }

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    def answer(request: httpx.Request) -> httpx.Response:
        if "billdownload" in request.url.path:
            assert "Authorization" in request.headers
            return httpx.Response(200, content=pieces())
        return signed(sandbox, json.dumps(told).encode())

    return httpx.Client(transport=httpx.MockTransport(answer))

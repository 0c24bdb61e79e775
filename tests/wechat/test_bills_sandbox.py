"""The simulated WeChat Pay makes bills of what happened in it …"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from tests.wechat.answers import Ask, code_of
from tests.wechat.conftest import APIV3_KEY, SERIAL, TRANSACTION

TRADE = "/v3/bill/tradebill?bill_date=2025-12-31&bill_type=ALL&tar_type=GZIP"
FUND = "/v3/bill/fundflowbill?bill_date=2025-12-31&account_type=BASIC&tar_type=GZIP"
TWO_HOURS = 2 * 3600  # until ten in the morning, in Beijing


def lines(ask: Ask, target: str) -> list[str]:
    url = ask(target=target).json()["download_url"]
    file = ask(target=url.removeprefix("https://pay.example"))
    assert "Wechatpay-Signature" not in file.headers
    return gzip.decompress(file.content).decode("utf-8-sig").split("\r\n")


def test_of_payments_and_refunds(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    clock.now = clock().replace(year=2025, month=12, day=31, hour=12)
    made = sandbox.refund_in_console(TRANSACTION, 1000)
    sandbox.add_merchant("1900000002", SERIAL, "another's", APIV3_KEY)
    sandbox.add_payment("1900000002", "42OTHER", "SO2", 100, "oOther", clock())
    clock.pass_seconds(86400)

    _, paid, refunded, _, totals, _ = lines(ask, TRADE)
    _, came, fee, went, _, moved, _ = lines(ask, FUND)

    assert paid.startswith("`2025-12-31 08:00:00,`wx0000000000000001,`1900000001,`0,`,`4200")
    assert ",`SO1,`oPayer,`JSAPI,`SUCCESS,`OTHERS,`CNY,`59.99,`0.00,`0,`0,`0.00," in paid
    assert f",`{made.refund_id},`{made.out_refund_no},`10.00,`0.00,`ORIGINAL,`PROCESS" in refunded
    assert totals == "`2,`59.99,`10.00,`0.00,`0.30000,`59.99,`10.00"
    assert ",`交易,`收入,`59.99," in came
    assert ",`扣除交易手续费,`支出,`0.36," in fee
    assert f"`{made.refund_id}," in went
    assert ",`退款,`支出,`9.94," in went
    assert moved == "`3,`1,`59.99,`2,`10.30"


@pytest.mark.parametrize("target", [TRADE, FUND])
def test_at_ten_in_the_morning(ask: Ask, clock: Any, target: str) -> None:
    clock.pass_seconds(TWO_HOURS - 1)
    assert code_of(ask(target=target)) == (400, "STATEMENT_CREATING")

    clock.pass_seconds(1)
    assert ask(target=target).status_code == 200


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("2025-12-30", "NO_STATEMENT_EXIST"),
        ("2026-01-01", "INVALID_REQUEST"),
        ("2025-09-01", "INVALID_REQUEST"),
        ("yesterday", "PARAM_ERROR"),
    ],
)
def test_or_says_why_not(ask: Ask, clock: Any, asked: str, code: str) -> None:
    clock.pass_seconds(TWO_HOURS)

    assert code_of(ask(target=TRADE.replace("2025-12-31", asked))) == (400, code)


def test_whose_address_lives_for_five_minutes(ask: Ask, clock: Any) -> None:
    clock.pass_seconds(TWO_HOURS)
    url = ask(target=TRADE).json()["download_url"].removeprefix("https://pay.example")

    clock.pass_seconds(300)
    assert ask(target=url).status_code == 200
    clock.pass_seconds(1)
    assert code_of(ask(target=url)) == (400, "INVALID_REQUEST")


def test_for_their_merchant_alone(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any, sign: Callable[..., dict[str, str]]
) -> None:
    clock.pass_seconds(TWO_HOURS)
    url = ask(target=TRADE).json()["download_url"].removeprefix("https://pay.example")
    public_key = sandbox._gateway.merchants["1900000001"].public_key_pem
    sandbox.add_merchant("1900000002", SERIAL, public_key, APIV3_KEY)

    as_another = sign("GET", url, b"", mchid="1900000002")

    assert code_of(ask(target=url, headers=as_another)) == (403, "NO_AUTH")

"""The rows of a bill …"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest

from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.wechat.bill_rows import (
    BEIJING,
    BilledRefund,
    FundRow,
    PaymentRow,
    RefundRow,
    fund_rows,
    trade_rows,
)
from saleor_wechat_returns.wechat.wire import Malformed

# As the tests of WeChat Pay's own Go SDK have them, with other numbers.
TRADE = """\
交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注
`2026-01-28 17:07:11,`wx01,`1900000001,`0,`,`42001,`SO1,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`60.00,`0.00,`0,`0,`0.00,`0.00,`,`,`卫衣, 黑色,`x,`0.36000,`0.60%,`70.00,`0.00,`
`2026-01-28 18:00:00,`wx01,`1900000001,`0,`,`42001,`SO1,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50301,`RF1,`8.50,`0.00,`ORIGINAL,`PROCESSING,`卫衣, 黑色,`x,`-0.06000,`0.60%,`0.00,`10.00,`
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额
`2,`60.00,`8.50,`0.00,`0.30000,`70.00,`10.00
"""  # noqa: E501
FUND = """\
记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号
`2026-02-01 13:54:01,`50301,`42001,`退款,`退款,`支出,`0.01,`0.22,`1900000001API,`退款总金额0.01元;含手续费0.00元,`SO1
`2026-02-01 14:00:45,`42002,`42002,`交易,`交易,`收入,`5.00,`5.21,`system,`,`SO2
资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额
`2.0,`1.0,`5.00,`1.0,`0.01
"""  # noqa: E501
PAID = PaymentRow(datetime(2026, 1, 28, 17, 7, 11, tzinfo=BEIJING), "42001", "SO1", Fen(7000))


def trade(text: str) -> list[PaymentRow | RefundRow]:
    return list(trade_rows(BytesIO(text.encode())))


def test_are_payments_and_refunds() -> None:
    assert trade(TRADE) == [
        PAID,
        RefundRow(
            at=datetime(2026, 1, 28, 18, tzinfo=BEIJING),
            transaction_id="42001",
            out_trade_no="SO1",
            refund_id="50301",
            out_refund_no="RF1",
            refund_fen=Fen(1000),
            status=BilledRefund.PROCESSING,
        ),
    ]


def test_are_what_came_into_the_account_and_went_out() -> None:
    assert list(fund_rows(BytesIO(FUND.encode()))) == [
        FundRow(datetime(2026, 2, 1, 13, 54, 1, tzinfo=BEIJING), "50301", "退款", False, Fen(1)),
        FundRow(datetime(2026, 2, 1, 14, 0, 45, tzinfo=BEIJING), "42002", "交易", True, Fen(500)),
    ]


def test_are_read_again_from_the_beginning() -> None:
    file = BytesIO(TRADE.encode())

    assert list(trade_rows(file)) == list(trade_rows(file))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TRADE,
        TRADE.replace("\n", "\r\n"),
        TRADE.rstrip("\n"),
        TRADE.replace("\n", "\n\n"),
        # The amounts in full are given only to merchants with such coupons.
        TRADE.replace(",订单金额,申请退款金额", ",新的列,另一列").replace("`60.00", "`70.00"),
    ],
    ids=["with BOM", "CRLF", "no last break", "empty lines", "fewer columns"],
)
def test_are_the_same_however_they_are_written(text: str) -> None:
    assert trade(text)[0] == PAID


def test_are_found_by_the_names_of_the_columns() -> None:
    text = (
        "新的列,订单金额,商户退款单号,微信订单号,商户订单号,交易时间\n"
        "`什么,`70.00,`,`42001,`SO1,`2026-01-28 17:07:11\n"
        "总交易单数,订单总金额,新的合计\n`1,`70.00,`什么\n"
    )

    assert trade(text) == [PAID]


def test_may_stand_without_back_ticks() -> None:
    text = TRADE.replace("卫衣, 黑色", "卫衣").replace("`", "")

    assert trade(text)[0] == PAID


def test_claim_nothing_by_a_word_that_is_new() -> None:
    (_, refund) = trade(TRADE.replace("`PROCESSING", "`SOMETHING_NEW"))

    assert isinstance(refund, RefundRow)
    assert refund.status is BilledRefund.UNRECOGNISED


def test_may_add_up_an_orders_total_again_where_it_is_refunded() -> None:
    """The documents do not say it: either sum is right."""
    text = TRADE.replace("`0.60%,`0.00,`10.00", "`0.60%,`70.00,`10.00")

    assert len(trade(text)) == 2
    assert len(trade(text.replace("`70.00,`10.00\n", "`140.00,`10.00\n"))) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TRADE.partition("总交易单数")[0], "the totals are missing"),
        (TRADE.replace("\n`2,", "\n`3,"), "2 rows, the totals say 3"),
        (TRADE.replace("`2,`60.00", "`2,`60.01"), "应结订单总金额 is not the sum of the rows"),
        (TRADE.replace("`70.00,`10.00\n", "`70.00,`9.00\n"), "申请退款总金额 is not the sum"),
        (TRADE.replace("`8.50,", "`8.505,"), "退款金额 is not a whole number of fen"),
        (TRADE.replace("`8.50,", "`8.5x,"), "退款金额 is not a number"),
        (TRADE.replace("`CNY", "`USD"), "not in CNY"),
        (TRADE.replace(",`wx01", ""), "26 cells in a row of 27 columns"),
        (TRADE.replace("2026-01-28 17", "2026-13-28 17"), "交易时间 is not a time"),
        (TRADE.replace("微信订单号", "别的单号"), "the column 微信订单号 is missing"),
        (TRADE.replace("`RF1", "`RF\0"), "商户退款单号 cannot be stored"),
        ("", "the totals are missing"),
    ],
)
def test_are_refused_as_a_whole(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        trade(text)


def test_are_refused_where_they_are_not_utf_8() -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        list(trade_rows(BytesIO(TRADE.encode("gbk"))))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("`支出", "`别的", "neither income nor expense"),
        ("`5.00,`1.0,", "`5.01,`1.0,", "收入金额 is not the sum of the rows"),
        ("`2.0,", "`3.0,", "2 rows, the totals say 3.0"),
    ],
)
def test_of_the_fund_flow_are_refused_as_a_whole(old: str, new: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        list(fund_rows(BytesIO(FUND.replace(old, new).encode())))

"""The lines of a day's trade bill and fund-flow bill (交易账单, 资金账单), out of what happened.

Source: WeChat Pay v3, "trade bill" and "fund flow bill", read 2026-11: amounts in yuan, a back-tick
before each cell, two lines of totals. Guesses: a refund stands in the bill of the day on which it
was accepted; an order's total is 0.00 in the row of a refund; a fee is 0.6 %, rounded half up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from .payments import Payment
from .refunds import Refund
from .times import BEIJING

TRADE_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
FUND_COLUMNS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
FEE_RATE = Decimal("0.006")
REFUND_WORDS = {"CLOSED": "FAIL", "ABNORMAL": "CHANGE"}


def trade_bill(payments: Iterable[Payment], refunds: Iterable[Refund]) -> bytes:
    paid, refunded = list(payments), list(refunds)
    rows = [(payment.paid_at, _payment_cells(payment)) for payment in paid]
    rows += [(refund.created_at, _refund_cells(refund)) for refund in refunded]
    total = sum(payment.total_fen for payment in paid)
    back = sum(refund.refund_fen for refund in refunded)
    fees = sum(_fee(p.total_fen) for p in paid) - sum(_fee(r.refund_fen) for r in refunded)
    totals = [
        *(str(len(rows)), _yuan(total), _yuan(back), "0.00"),
        *(_fee_text(fees), _yuan(total), _yuan(back)),
    ]
    return _bill(TRADE_COLUMNS, rows, TRADE_TOTALS, totals)


def fund_bill(payments: Iterable[Payment], refunds: Iterable[Refund]) -> bytes:
    """Payments come in whole, fees go out apart; a refund goes out less the fee given back."""
    rows: list[tuple[datetime, list[str]]] = []
    come_in, go_out = [], []
    for payment in payments:
        fee = _fee(payment.total_fen)
        come_in.append(payment.total_fen)
        rows.append((payment.paid_at, _fund_cells(payment, "交易", "收入", payment.total_fen)))
        if fee:
            go_out.append(fee)
            rows.append((payment.paid_at, _fund_cells(payment, "扣除交易手续费", "支出", fee)))
    for refund in refunds:
        if refund.status != "CLOSED":
            net = refund.refund_fen - _fee(refund.refund_fen)
            go_out.append(net)
            rows.append((refund.created_at, _fund_cells(refund, "退款", "支出", net)))
    totals = [
        *(str(len(rows)), str(len(come_in)), _yuan(sum(come_in))),
        *(str(len(go_out)), _yuan(sum(go_out))),
    ]
    return _bill(FUND_COLUMNS, rows, FUND_TOTALS, totals)


def _payment_cells(payment: Payment) -> list[str]:
    total = _yuan(payment.total_fen)
    return [
        *(_time(payment.paid_at), payment.appid, payment.mchid, "0", ""),
        *(payment.transaction_id, payment.out_trade_no, payment.payer_openid),
        *("JSAPI", "SUCCESS", "OTHERS", "CNY", total, "0.00"),
        *("0", "0", "0.00", "0.00", "", "", "商城订单, 含运费", payment.attach),
        *(_fee_text(_fee(payment.total_fen)), "0.60%", total, "0.00", ""),
    ]


def _refund_cells(refund: Refund) -> list[str]:
    back = _yuan(refund.refund_fen)
    status = REFUND_WORDS.get(refund.status, refund.status)
    return [
        *(_time(refund.created_at), "", refund.mchid, "0", ""),
        *(refund.transaction_id, refund.out_trade_no, ""),
        *("JSAPI", "REFUND", "OTHERS", "CNY", "0.00", "0.00"),
        *(refund.refund_id, refund.out_refund_no, back, "0.00", "ORIGINAL", status),
        *("商城订单, 含运费", "", _fee_text(-_fee(refund.refund_fen)), "0.60%", "0.00", back, ""),
    ]


def _fund_cells(about: Payment | Refund, business: str, direction: str, fen: int) -> list[str]:
    if isinstance(about, Refund):
        at, number, name = about.created_at, about.refund_id, "退款"
    else:
        at, number, name = about.paid_at, about.transaction_id, "交易"
    return [
        *(_time(at), number, about.transaction_id, name, business),
        *(direction, _yuan(fen), "0.00", "system", "", about.out_trade_no),
    ]


def _bill(
    columns: str,
    rows: list[tuple[datetime, list[str]]],
    totals_names: str,
    totals: list[str],
) -> bytes:
    lines = [_line(cells) for _, cells in sorted(rows, key=lambda row: row[0])]
    text = "\r\n".join([columns, *lines, totals_names, _line(totals)])
    return ("\ufeff" + text + "\r\n").encode()


def _line(cells: list[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _fee(fen: int) -> int:
    return int((Decimal(fen) * FEE_RATE).quantize(Decimal(1), ROUND_HALF_UP))


def _fee_text(fen: int) -> str:
    return f"{Decimal(fen) / 100:.5f}"


def _time(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")

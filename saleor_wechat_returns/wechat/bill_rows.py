"""The rows of WeChat Pay's two daily bills (交易账单, 资金账单), read from an unpacked file.

Owns the format: columns by their names in the first line, cells behind a back-tick, amounts in
yuan, two lines of totals at the end. Knows no network. One row is held at a time.
Source: WeChat Pay v3, "trade bill" and "fund flow bill", read 2026-11; files of both kinds in the
tests of WeChat Pay's own Go SDK.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO, TypeVar

from ..domain.money import Fen, fen_of_yuan
from .wire import MOST_FEN, Malformed

BEIJING = timezone(timedelta(hours=8))  # bills are of Beijing's days, wherever the shop is
NONE = frozenset({"", "0"})  # how "no refund" stands in the refund columns of a payment
NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?")
LONGEST_LINE = 64 * 1024

Cells = Mapping[str, str]


class BilledRefund(StrEnum):
    """What a bill says of a refund: how it stood when the bill was made."""

    PROCESSING = "PROCESSING"  # 退款处理中
    SUCCESS = "SUCCESS"  # 退款成功
    FAIL = "FAIL"  # 退款失败
    CHANGE = "CHANGE"  # 转入代发: the payer's account refuses; staff act in the portal
    UNRECOGNISED = "UNRECOGNISED"  # a word newer than this program: it claims nothing

    @classmethod
    def _missing_(cls, value: object) -> BilledRefund:  # noqa: ARG003 - the enum's own hook
        return cls.UNRECOGNISED


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of the day. `total_fen`: of the order, coupons included."""

    at: datetime
    transaction_id: str
    out_trade_no: str
    total_fen: Fen


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund of the day; `refund_fen` as it was asked for, coupons included."""

    at: datetime
    transaction_id: str
    out_trade_no: str
    refund_id: str
    out_refund_no: str
    refund_fen: Fen
    status: BilledRefund


@dataclass(frozen=True, slots=True)
class FundRow:
    """Money that came into the merchant's account, or went out of it.

    `number`: WeChat Pay's number of the payment or refund (微信支付业务单号). A refund's amount
    may be less than refunded, by the fee that the merchant gets back.
    """

    at: datetime
    number: str
    business: str  # 业务类型: 交易, 退款, 扣除交易手续费, 提现 …
    is_income: bool
    amount_fen: Fen


TradeRow = PaymentRow | RefundRow
Row = TypeVar("Row", PaymentRow | RefundRow, FundRow)


def trade_rows(file: BinaryIO) -> Iterator[TradeRow]:
    """Every row of a trade bill, from its beginning. The totals are compared after the last one.

    Raises Malformed.
    """
    totals = _Totals()
    for cells in _lines(file, "总交易单数", totals):
        if cells.get("货币种类", "CNY") != "CNY":
            raise Malformed("a row is not in CNY")
        row = _trade_row(cells)
        amounts = {_TOTAL_OF[name]: _fen(cells, name) for name in _TOTAL_OF if name in cells}
        totals.add(amounts, is_payment=isinstance(row, PaymentRow))
        yield row
    totals.compare("总交易单数")


def fund_rows(file: BinaryIO) -> Iterator[FundRow]:
    """Every row of a fund-flow bill, as `trade_rows`."""
    totals = _Totals()
    for cells in _lines(file, "资金流水总笔数", totals):
        row = _fund_row(cells)
        totals.add({"收入金额" if row.is_income else "支出金额": row.amount_fen})
        yield row
    totals.compare("资金流水总笔数")


# The total at the end of a trade bill, by the column that it adds up.
_TOTAL_OF = {
    "应结订单金额": "应结订单总金额",
    "订单金额": "订单总金额",
    "退款金额": "退款总金额",
    "申请退款金额": "申请退款总金额",
}


class _Totals:
    """Sums of what was read, and the totals that the bill gives itself."""

    def __init__(self) -> None:
        self.said: Cells | None = None
        self._rows = 0
        self._sums: dict[str, int] = {}
        self._of_payments: dict[str, int] = {}

    def add(self, amounts: Mapping[str, int], *, is_payment: bool = True) -> None:
        self._rows += 1
        for name, fen in amounts.items():
            self._sums[name] = self._sums.get(name, 0) + fen
            if is_payment:
                self._of_payments[name] = self._of_payments.get(name, 0) + fen

    def compare(self, count: str) -> None:
        """Raises Malformed where they differ, or there are none: the file was cut."""
        if self.said is None:
            raise Malformed("the totals are missing")
        # "20.0" stands in examples of fund-flow bills.
        if _number(self.said, count) != self._rows:
            raise Malformed(f"{self._rows} rows, the totals say {self.said[count]}")
        for name in self._sums:
            # Whether an order's total is added up again in the row of its refund is not said.
            sums = {self._sums[name], self._of_payments.get(name, 0)}
            if name in self.said and _fen(self.said, name) not in sums:
                raise Malformed(f"{name} is not the sum of the rows")


def _lines(file: BinaryIO, first_total: str, totals: _Totals) -> Iterator[Cells]:
    file.seek(0)
    names = _cells(_line(file).removeprefix("\ufeff"))
    while line := _line(file):
        cells = _cells(line)
        if cells[0] == first_total:
            totals.said = _named(cells, _cells(_line(file)))
            return
        yield _named(names, cells)


def _line(file: BinaryIO) -> str:
    """The next line that is not empty; blank at the end of the file."""
    while raw := file.readline(LONGEST_LINE):
        try:
            line = raw.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None
        if line.strip():
            return line
    return ""


def _cells(line: str) -> list[str]:
    """Names of goods may contain commas, but a cell begins behind a back-tick."""
    line = line.strip()
    parts = line[1:].split(",`") if line.startswith("`") else line.split(",")
    return [part.strip() for part in parts]


def _named(names: list[str], cells: list[str]) -> Cells:
    if len(names) != len(cells):
        raise Malformed(f"{len(cells)} cells in a row of {len(names)} columns")
    return dict(zip(names, cells, strict=True))


def _trade_row(cells: Cells) -> TradeRow:
    at = _moment(cells, "交易时间")
    transaction_id, out_trade_no = _text(cells, "微信订单号"), _text(cells, "商户订单号")
    out_refund_no = _text(cells, "商户退款单号")
    if out_refund_no in NONE:
        # The column without coupons is missing for merchants who have no such coupons.
        total = _first_fen(cells, "订单金额", "应结订单金额", "总金额")
        return PaymentRow(at, transaction_id, out_trade_no, total)
    return RefundRow(
        at=at,
        transaction_id=transaction_id,
        out_trade_no=out_trade_no,
        refund_id=_text(cells, "微信退款单号"),
        out_refund_no=out_refund_no,
        refund_fen=_first_fen(cells, "申请退款金额", "退款金额"),
        status=BilledRefund(_text(cells, "退款状态")),
    )


def _fund_row(cells: Cells) -> FundRow:
    direction = _text(cells, "收支类型")
    if direction not in {"收入", "支出"}:
        raise Malformed("收支类型 is neither income nor expense")
    return FundRow(
        at=_moment(cells, "记账时间"),
        number=_text(cells, "微信支付业务单号"),
        business=_text(cells, "业务类型"),
        is_income=direction == "收入",
        # Written with brackets of either width.
        amount_fen=_first_fen(cells, "收支金额(元)", "收支金额（元）"),
    )


def _text(cells: Cells, name: str) -> str:
    try:
        value = cells[name]
    except KeyError:
        raise Malformed(f"the column {name} is missing") from None
    if "\0" in value:
        raise Malformed(f"{name} cannot be stored")
    return value


def _number(cells: Cells, name: str) -> Decimal:
    value = _text(cells, name)
    if not NUMBER.fullmatch(value):
        raise Malformed(f"{name} is not a number")
    return Decimal(value)


def _fen(cells: Cells, name: str) -> Fen:
    yuan = _number(cells, name)
    try:
        fen = fen_of_yuan(yuan)
    except ValueError:
        raise Malformed(f"{name} is not a whole number of fen") from None
    if abs(fen) > MOST_FEN:
        raise Malformed(f"{name} is not an amount")
    return fen


def _first_fen(cells: Cells, *names: str) -> Fen:
    for name in names:
        if name in cells:
            return _fen(cells, name)
    raise Malformed(f"the column {names[0]} is missing")


def _moment(cells: Cells, name: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(cells, name)).replace(tzinfo=BEIJING)
    except ValueError:
        raise Malformed(f"{name} is not a time") from None


def read_all(rows: Callable[[BinaryIO], Iterator[Row]], file: BinaryIO) -> int:
    """Read a bill to its end and forget it: how many rows. Raises Malformed."""
    return sum(1 for _ in rows(file))

"""Which path asks for what: from a believed call to the content of its answer.

Source: WeChat Pay v3, paths of "refund request", "JSAPI order", "query order", "close order",
"download platform certificates" and the bills, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from . import problems
from .bills import Bills, File
from .book import Book
from .fields import read_body, read_needed
from .prepay_request import read_prepay_request
from .refund_request import read_refund_request
from .till import Till

Content = dict[str, object] | File | None


@dataclass(frozen=True)
class Question:
    """A call whose signature was right. `fault` is one that decides about the content.

    `host` is where we were asked, with its scheme.
    """

    method: str
    target: str
    body: bytes
    mchid: str
    appids: frozenset[str]
    at: datetime
    host: str
    fault: str = ""


class Routes:
    """The caller holds the lock. `certificates` gives a merchant's platform certificates."""

    def __init__(
        self,
        book: Book,
        till: Till,
        certificates: Callable[[str], Content],
        *,
        local_http: bool,
        pay: Callable[[str, str], object],
    ) -> None:
        self._book = book
        self._till = till
        self._bills = Bills(book)
        self._certificates = certificates
        self._local_http = local_http
        self._pay = pay

    def answer(self, question: Question) -> Content:
        """None stands for 204."""
        path = urlsplit(question.target).path
        for method, pattern, handle in (
            ("POST", r"/v3/refund/domestic/refunds", self._refund),
            ("GET", r"/v3/refund/domestic/refunds/([^/]+)", self._query_refund),
            ("POST", r"/v3/pay/transactions/jsapi", self._order),
            ("GET", r"/v3/pay/transactions/out-trade-no/([^/]+)", self._query),
            ("GET", r"/v3/pay/transactions/id/([^/]+)", self._query_transaction),
            ("POST", r"/v3/pay/transactions/out-trade-no/([^/]+)/close", self._close),
            ("GET", r"/v3/certificates", self._list_certificates),
            ("GET", r"/v3/bill/(trade|fundflow)bill", self._apply_for_bill),
            ("GET", r"/v3/billdownload/file", self._download_bill),
        ):
            found = re.fullmatch(pattern, path)
            if found and method == question.method:
                return handle(question, *map(unquote, found.groups()))
        # Not RESOURCE_NOT_EXISTS: a mistaken path must never read as "no such refund".
        raise problems.Problem(404, "NOT_FOUND", "请求的URL不存在")

    def _refund(self, question: Question) -> Content:
        request = read_refund_request(question.body, local_http=self._local_http)
        balance = question.fault != "not_enough"
        return self._book.refund(question.mchid, request, question.at, balance=balance).answer()

    def _query_refund(self, question: Question, out_refund_no: str) -> Content:
        return self._book.find(question.mchid, out_refund_no).answer()

    def _order(self, question: Question) -> Content:
        mchid = question.mchid
        request = read_prepay_request(question.body, mchid, local_http=self._local_http)
        if question.appids and request.appid not in question.appids:
            raise problems.Problem(400, "APPID_MCHID_NOT_MATCH", "AppID和mch_id不匹配")
        return {"prepay_id": self._till.order(mchid, request, question.at).prepay_id}

    def _query(self, question: Question, out_trade_no: str) -> Content:
        _check_mchid(question)
        return self._till.query(question.mchid, out_trade_no, question.at)

    def _query_transaction(self, question: Question, transaction_id: str) -> Content:
        _check_mchid(question)
        return self._till.query_transaction(question.mchid, transaction_id)

    def _close(self, question: Question, out_trade_no: str) -> Content:
        if read_needed(read_body(question.body), "mchid", 32) != question.mchid:
            raise problems.broken_rule("mchid与请求头Authorization中的不一致")
        if question.fault == "user_paying":
            raise problems.user_paying()
        if question.fault == "paid_while_closing":
            self._pay(question.mchid, out_trade_no)
        self._till.close(question.mchid, out_trade_no, question.at)
        return None

    def _apply_for_bill(self, question: Question, kind: str) -> Content:
        mchid, target, host = question.mchid, question.target, question.host
        return self._bills.apply(kind, mchid, target, question.at, host=host, fault=question.fault)

    def _download_bill(self, question: Question) -> Content:
        mchid, target = question.mchid, question.target
        return self._bills.download(mchid, target, question.at, fault=question.fault)

    def _list_certificates(self, question: Question) -> Content:
        return self._certificates(question.mchid)


def _check_mchid(question: Question) -> None:
    given = parse_qs(urlsplit(question.target).query).get("mchid", [""])
    if given == [""]:
        raise problems.bad_field("mchid", "必填", "query")
    if given != [question.mchid]:
        raise problems.broken_rule("mchid与请求头Authorization中的不一致")

"""WeChat Pay APIv3: taking payments, and the calls that can move money back.

Owns which call answers which question, and what "never accepted" looks like. Knows no row, no
clock, no network: all three are handed in. What may happen in every call here: ProviderRejected,
ProviderUnavailable, OutcomeUnknown.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import httpx

from ..domain.errors import OutcomeUnknown, ProviderRejected
from . import signing
from .certificates import PlatformCertificate, read_certificates
from .errors import PAYMENT_NOT_FOUND, REFUND_NOT_FOUND
from .exchange import Exchange
from .fields import check_number, to_json
from .merchant import Merchant
from .payment import PaymentState, TradeState, read_payment
from .prepay import Prepay, PrepayOrder, payment_parameters, read_prepay
from .refund import RefundOrder, RefundState, RefundStatus, read_refund
from .wire import JsonObject, Malformed, read_object

__all__ = [
    "Merchant",
    "PayClient",
    "PaymentState",
    "PlatformCertificate",
    "Prepay",
    "PrepayOrder",
    "RefundOrder",
    "RefundState",
    "RefundStatus",
    "TradeState",
]

REFUNDS = "/v3/refund/domestic/refunds"
TRANSACTIONS = "/v3/pay/transactions"
CERTIFICATES = "/v3/certificates"

T = TypeVar("T")


class PayClient:
    """One merchant's calls. Safe to use from several threads; never repeats by itself.

    `seconds`: less patience than usual, for each answer.
    """

    def __init__(
        self,
        merchant: Merchant,
        http: httpx.Client,
        now: Callable[[], datetime],
        seconds: float | None = None,
    ) -> None:
        self._exchange = Exchange(merchant, http, now, seconds)

    def create_refund(self, order: RefundOrder) -> RefundState:
        """Ask for a refund; safe to repeat unchanged, with the same out_refund_no.

        An answer means accepted, not refunded. After OutcomeUnknown: `query_refund` first.
        Not earlier than 60 s after another refund of the same payment.
        Source: WeChat Pay v3, "refund request", read 2026-11.
        """
        return self._refund("POST", REFUNDS, order.out_refund_no, order.to_json())

    def query_refund(self, out_refund_no: str) -> RefundState | None:
        """The refund's present state; None if WeChat Pay never accepted that number.

        Source: WeChat Pay v3, "query refund", read 2026-11; 404 RESOURCE_NOT_EXISTS.
        """
        check_number(out_refund_no, "out_refund_no", most=64)
        try:
            return self._refund("GET", f"{REFUNDS}/{out_refund_no}", out_refund_no)
        except ProviderRejected as rejected:
            if rejected.code == REFUND_NOT_FOUND:
                return None
            raise

    def create_prepay(self, order: PrepayOrder) -> Prepay:
        """Ask for a payment; safe to repeat unchanged, with the same out_trade_no.

        A repeat gives a prepay_id that can be paid; after OutcomeUnknown it is the way on, since
        no money has moved. ORDERPAID and ORDER_CLOSED are rejections: query, then perhaps a new
        number. Source: WeChat Pay v3, "JSAPI order", read 2026-11.
        """
        body = order.to_json(self._exchange.merchant.mchid)
        return self._ask("POST", f"{TRANSACTIONS}/jsapi", read_prepay, body)

    def payment_parameters(self, appid: str, prepay_id: str) -> dict[str, str]:
        """What the mini-program hands to wx.requestPayment, signed now. Calls nobody."""
        return payment_parameters(
            self._exchange.key,
            appid=appid,
            prepay_id=prepay_id,
            now=self._exchange.now(),
            nonce=secrets.token_hex(16),
        )

    def query_payment(self, out_trade_no: str) -> PaymentState | None:
        """The order's present state; None if WeChat Pay knows no order of that number.

        Source: WeChat Pay v3, "query order by out_trade_no", read 2026-11; 404 ORDER_NOT_EXIST.
        """
        check_number(out_trade_no, "out_trade_no", most=32)
        state = self._payment(f"out-trade-no/{out_trade_no}")
        if state is not None and state.out_trade_no != out_trade_no:
            raise OutcomeUnknown("answer about another payment")
        return state

    def close_payment(self, out_trade_no: str) -> None:
        """Make sure that an unpaid order is never paid; safe to repeat.

        Paid meanwhile: ProviderRejected (BUSINESS, ORDERPAID or ORDER_PAID). After OutcomeUnknown,
        also while the payer is paying: `query_payment`.
        Source: WeChat Pay v3, "close order", read 2026-11; 204 without content.
        """
        check_number(out_trade_no, "out_trade_no", most=32)
        body = to_json({"mchid": self._exchange.merchant.mchid})
        target = f"{TRANSACTIONS}/out-trade-no/{out_trade_no}/close"
        if self._exchange.ask("POST", target, body):
            raise OutcomeUnknown("answer not understood: closing is answered without content")

    def fetch_certificates(self) -> dict[str, PlatformCertificate]:
        """All platform certificates that are valid now, by serial number; repeat every 12 h.

        The answer may be signed by one that we are about to learn: opening with the APIv3 key
        proves it first. Merchants in public-key mode: ProviderRejected (404 or 403).
        Source: WeChat Pay v3, "download platform certificates", read 2026-11.
        """
        headers, content = self._exchange.ask_unbelieved("GET", CERTIFICATES)
        merchant = self._exchange.merchant
        fetched = _understand(content, lambda data: read_certificates(data, merchant.apiv3_key))
        keys = {number: signing.read_verifier(it.pem) for number, it in fetched.items()}
        self._exchange.believe(headers, content, {**merchant.keys, **keys})
        return fetched

    def _refund(self, method: str, path: str, out_refund_no: str, body: bytes = b"") -> RefundState:
        state = self._ask(method, path, lambda data: read_refund(data, status_field="status"), body)
        if state.out_refund_no != out_refund_no:
            raise OutcomeUnknown("answer about another refund")
        return state

    def _payment(self, path: str) -> PaymentState | None:
        target = f"{TRANSACTIONS}/{path}?mchid={self._exchange.merchant.mchid}"
        try:
            return self._ask("GET", target, read_payment)
        except ProviderRejected as rejected:
            if rejected.code == PAYMENT_NOT_FOUND:
                return None
            raise

    def _ask(
        self, method: str, target: str, read: Callable[[JsonObject], T], body: bytes = b""
    ) -> T:
        return _understand(self._exchange.ask(method, target, body), read)


def _understand(content: bytes, read: Callable[[JsonObject], T]) -> T:
    try:
        return read(read_object(content))
    except Malformed as malformed:
        raise OutcomeUnknown(f"answer not understood: {malformed}") from None

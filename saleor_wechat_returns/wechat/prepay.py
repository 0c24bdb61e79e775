"""An order to be paid in the mini-program: the request for it, and what the customer's phone needs.

Owns the limits of the fields and the parameters of wx.requestPayment. Sends nothing.
Source: WeChat Pay v3, "JSAPI order" and "mini-program: invoke payment", read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from ..domain.money import Fen
from . import signing
from .fields import check_number, to_json, unfit
from .wire import JsonObject, Malformed, read_text

BEIJING = timezone(timedelta(hours=8))
MOST_DESCRIPTION_CHARACTERS = 127
PREPAY_LIFETIME = timedelta(hours=2)  # then the same order, sent again unchanged, gets a new one


@dataclass(frozen=True, slots=True)
class PrepayOrder:
    """One order to be paid; repeating it unchanged is safe, and only unchanged.

    `description` is what the payer sees, cut to 127 characters. `attach` comes back with the
    payment; plain ASCII. After `time_expire` it cannot be paid, but it is not closed.
    Raises ProviderRejected (REQUEST) for values that WeChat Pay could not take.
    """

    appid: str
    description: str
    out_trade_no: str
    total_fen: Fen
    payer_openid: str = field(repr=False)
    notify_url: str
    time_expire: datetime | None = None
    attach: str = ""

    def __post_init__(self) -> None:
        check_number(self.appid, "appid", most=32)
        check_number(self.out_trade_no, "out_trade_no", least=6, most=32)
        check_number(self.payer_openid, "payer_openid", most=128)
        if not cut_description(self.description):
            raise unfit("description", "The payer must be told what is paid for.")
        if self.total_fen <= 0:
            raise unfit("total_fen", "A payment is more than 0.")
        if self.time_expire is not None and self.time_expire.tzinfo is None:
            raise unfit("time_expire", "A time needs its offset.")
        if not re.fullmatch(r"[ -~]{0,128}", self.attach):
            raise unfit("attach", "At most 128 ASCII characters.")

    def to_json(self, mchid: str) -> bytes:
        """The request's body: the same bytes every time."""
        body: dict[str, object] = {
            "appid": self.appid,
            "mchid": mchid,
            "description": cut_description(self.description),
            "out_trade_no": self.out_trade_no,
            "notify_url": self.notify_url,
            "amount": {"total": self.total_fen, "currency": "CNY"},
            "payer": {"openid": self.payer_openid},
        }
        if self.time_expire is not None:
            body["time_expire"] = self.time_expire.astimezone(BEIJING).isoformat(timespec="seconds")
        if self.attach:
            body["attach"] = self.attach
        return to_json(body)


@dataclass(frozen=True, slots=True)
class Prepay:
    """An order ready to be paid in the mini-program (预支付交易会话), for PREPAY_LIFETIME."""

    prepay_id: str


def read_prepay(data: JsonObject) -> Prepay:
    """Raises Malformed."""
    prepay_id = read_text(data, "prepay_id")
    # A line break would move the borders of the text that the mini-program signs.
    if not re.fullmatch(r"[!-~]{1,64}", prepay_id):
        raise Malformed("prepay_id is not a number")
    return Prepay(prepay_id)


def payment_parameters(
    key: RSAPrivateKey, *, appid: str, prepay_id: str, now: datetime, nonce: str
) -> dict[str, str]:
    """The five parameters of wx.requestPayment; `appid` is the one of the order."""
    timestamp = str(int(now.timestamp()))  # text: a number is refused by the client
    package = f"prepay_id={prepay_id}"
    message = f"{appid}\n{timestamp}\n{nonce}\n{package}\n"
    return {
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signing.sign(key, message.encode()),
    }


def cut_description(description: str) -> str:
    """At most 127 characters, whatever their bytes."""
    return description.encode(errors="ignore").decode()[:MOST_DESCRIPTION_CHARACTERS]

"""发货信息管理: who was told what of a payment's parcels, and when the money is let go.

Knows the payments that it is shown. Told once, and once more: any telling of what is told whole,
and any other mode. Until then tellings add up, by their numbers.
Source: mini-program documentation, "order shipping management", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..wechat_pay import WechatPaySandbox
from .app import Refused

TO_SHIP, SHIPPED, RECEIVED, REFUNDED = 1, 2, 3, 5
COURIER = 1
UNIFIED, SPLIT = 1, 2
MOST_PARCELS = 15
SETTLES_AFTER = timedelta(days=10)


@dataclass(frozen=True)
class Paid:
    """A payment as WeChat Pay has it."""

    transaction_id: str
    mchid: str
    out_trade_no: str
    openid: str
    paid_fen: int
    refunded_fen: int
    appid: str


Till = Callable[[str], Paid | None]


@dataclass
class Told:
    """`parcels`: what is known by number, in the order it was told."""

    logistics: int = COURIER
    mode: int = UNIFIED
    parcels: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    is_finished: bool = False
    times_finished: int = 0
    is_corrected: bool = False
    at: datetime | None = None
    is_received: bool = False


def till_of(pay: WechatPaySandbox | None) -> Till:
    """The payments of a simulated WeChat Pay; None: nobody has paid anything."""

    def find(transaction_id: str) -> Paid | None:
        payment = pay.payments.get(transaction_id) if pay else None
        if payment is None:
            return None
        return Paid(
            transaction_id=transaction_id,
            mchid=payment.mchid,
            out_trade_no=payment.out_trade_no,
            openid=payment.payer_openid,
            paid_fen=payment.total_fen,
            refunded_fen=payment.refunded_fen,
            appid=payment.appid,
        )

    return find


class ShippingDesk:
    """The caller holds the lock. `find`: a payment by its transaction_id."""

    def __init__(self, find: Till) -> None:
        self.find = find
        self.told: dict[str, Told] = {}

    def upload(self, appid: str, data: Mapping[str, Any]) -> bool:
        """True if with it all has gone out."""
        paid = self._paid(appid, _of(data, "order_key").get("transaction_id"))
        if _of(data, "payer").get("openid") != paid.openid:
            raise Refused(10060031, "payer openid not match")
        if paid.refunded_fen >= paid.paid_fen:
            raise Refused(10060004, "order state invalid")
        wanted = _read(data)
        told = self.told.get(paid.transaction_id)
        if told is None:
            self.told[paid.transaction_id] = wanted
            return wanted.is_finished
        if told.is_received:
            raise Refused(10060004, "order state invalid")
        return _again(told, wanted)

    def order(self, appid: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to get_order."""
        paid = self._paid(appid, data.get("transaction_id"))
        told = self.told.get(paid.transaction_id) or Told()
        shown = {
            "transaction_id": paid.transaction_id,
            "merchant_id": paid.mchid,
            "merchant_trade_no": paid.out_trade_no,
            "paid_amount": paid.paid_fen,
            "openid": paid.openid,
            "order_state": _state(paid, told),
            "in_complaint": False,
            "shipping": {
                "delivery_mode": told.mode,
                "logistics_type": told.logistics,
                "finish_shipping": told.is_finished,
                "finish_shipping_count": told.times_finished,
                "goods_desc": ";".join(str(p["item_desc"]) for p in told.parcels.values()),
                "shipping_list": [
                    {name: parcel.get(name, "") for name in ("tracking_no", "express_company")}
                    for parcel in told.parcels.values()
                    if parcel.get("tracking_no")
                ],
            },
        }
        return {"errcode": 0, "errmsg": "ok", "order": shown}

    def _paid(self, appid: str, transaction_id: object) -> Paid:
        paid = self.find(transaction_id) if isinstance(transaction_id, str) else None
        if paid is None or paid.appid != appid:
            raise Refused(10060001, "pay order not exist")
        return paid


def event_of(kind: str, paid: Paid, at: datetime, **more: object) -> dict[str, object]:
    """What is pushed about an order."""
    return {
        "ToUserName": "gh_0000000000aa",
        "FromUserName": paid.openid,
        "CreateTime": int(at.timestamp()),
        "MsgType": "event",
        "Event": kind,
        "transaction_id": paid.transaction_id,
        "merchant_id": paid.mchid,
        "merchant_trade_no": paid.out_trade_no,
        **more,
    }


def _state(paid: Paid, told: Told) -> int:
    if paid.refunded_fen >= paid.paid_fen:
        return REFUNDED
    if told.is_received:
        return RECEIVED
    return SHIPPED if told.is_finished else TO_SHIP


def _again(told: Told, wanted: Told) -> bool:
    same = {**told.parcels, **wanted.parcels} == told.parcels
    if same and (wanted.mode, wanted.is_finished) == (told.mode, told.is_finished):
        raise Refused(10060023, "shipping info not changed")
    is_correction = told.is_finished or wanted.mode != told.mode
    if is_correction and told.is_corrected:
        raise Refused(10060003, "reship chance is used up")
    if told.at is None or wanted.at is None or wanted.at <= told.at:
        raise Refused(10060014, "upload_time is not later")
    told.parcels = wanted.parcels if is_correction else {**told.parcels, **wanted.parcels}
    told.is_corrected = told.is_corrected or is_correction
    told.logistics, told.mode, told.at = wanted.logistics, wanted.mode, wanted.at
    told.is_finished = wanted.is_finished
    told.times_finished += wanted.is_finished
    return wanted.is_finished


def _read(data: Mapping[str, Any]) -> Told:
    if _of(data, "order_key").get("order_number_type") != 2:
        raise Refused(268485194, "invalid order_number_type")
    logistics, mode = data.get("logistics_type"), data.get("delivery_mode")
    if logistics not in (1, 2, 3, 4):
        raise Refused(10060005, "invalid logistics_type")
    if mode not in (UNIFIED, SPLIT):
        raise Refused(268485224, "invalid delivery_mode")
    if mode == SPLIT and logistics != COURIER:
        raise Refused(10060006, "split delivery is for couriers")
    is_all = data.get("is_all_delivered")
    if mode == SPLIT and not isinstance(is_all, bool):
        raise Refused(10060007, "is_all_delivered is missing")
    is_finished = mode == UNIFIED or is_all is True
    parcels = _parcels(data, logistics)
    if mode == UNIFIED and len(parcels) != 1:
        raise Refused(268485228, "shipping_list of unified delivery has one entry")
    return Told(
        logistics, mode, parcels, is_finished, int(is_finished), at=_at(data.get("upload_time"))
    )


def _parcels(data: Mapping[str, Any], logistics: int) -> dict[str, Mapping[str, Any]]:
    given = data.get("shipping_list")
    if not isinstance(given, list) or not given:
        raise Refused(10060014, "shipping_list is empty")
    if len(given) > MOST_PARCELS:
        raise Refused(10060024, "shipping_list is too long")
    return {_checked(parcel, logistics): parcel for parcel in given}


def _checked(parcel: Mapping[str, Any], logistics: int) -> str:
    described = parcel.get("item_desc")
    if not isinstance(described, str) or not described:
        raise Refused(10060008, "item_desc is empty")
    if len(described) > 120:
        raise Refused(10060009, "item_desc is too long")
    if logistics != COURIER:
        return described
    number, company = parcel.get("tracking_no"), parcel.get("express_company")
    if not number:
        raise Refused(268485226, "tracking_no is empty")
    if not company:
        raise Refused(268485227, "express_company is empty")
    if len(number) > 128:
        raise Refused(10060026, "tracking_no is too long")
    if company == "SF" and not _is_masked(parcel.get("contact")):
        raise Refused(10060014, "contact is invalid")
    return str(number)


def _is_masked(contact: Any) -> bool:
    shown = isinstance(contact, dict) and (
        contact.get("receiver_contact") or contact.get("consignor_contact")
    )
    return isinstance(shown, str) and "****" in shown and shown[-4:].isdigit()


def _at(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(268485216, "invalid upload_time")
    return at


def _of(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    if not isinstance(found, dict):
        raise Refused(10060014, f"{name} is missing")
    return found

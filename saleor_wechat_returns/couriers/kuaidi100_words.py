"""What Kuaidi100 says of bookings and parcels, in our words. Calls nobody.

Source of every code: docs/providers.md, "Kuaidi100". Its times are Beijing's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from ..domain.parcels import ParcelStatus
from .base import Malformed, Told, Tracked
from .carriers import carriers
from .kuaidi100_wire import JsonObject, read_child, read_children, read_text, read_yuan

log = structlog.get_logger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
# As much as is kept of each.
LONGEST_TEXT, LONGEST_PLACE, LONGEST_CODE = 500, 100, 32

S = ParcelStatus


@dataclass(frozen=True, slots=True)
class Step:
    """`charges`: what it says of freight is what the shop is charged."""

    status: ParcelStatus
    zh: str
    is_over: bool = False
    is_revived: bool = False
    charges: bool = False


# data.status of a booking's callback. One that is missing is kept, shown and moves nothing.
STEPS: Mapping[str, Step] = {
    "0": Step(S.BOOKED, "已下单"),
    "610": Step(S.CANCELED, "下单失败", is_over=True),
    "1": Step(S.ASSIGNED, "已接单"),
    "2": Step(S.ASSIGNED, "收件中"),
    "10": Step(S.COLLECTED, "已取件"),
    "101": Step(S.IN_TRANSIT, "运输中"),
    "400": Step(S.OUT_FOR_DELIVERY, "派送中"),
    "13": Step(S.SIGNED, "已签收"),
    "14": Step(S.EXCEPTION, "异常签收"),
    "11": Step(S.CANCELED, "揽收失败", is_over=True),
    "12": Step(S.RETURNED, "已退回"),
    "9": Step(S.CANCELED, "已取消"),
    "99": Step(S.CANCELED, "快递公司取消", is_over=True),
    "15": Step(S.UNKNOWN, "已结算", charges=True),
    "155": Step(S.UNKNOWN, "修改重量", charges=True),
    "166": Step(S.BOOKED, "订单复活", is_revived=True),
    "200": Step(S.UNKNOWN, "已出单"),
    "201": Step(S.UNKNOWN, "出单失败"),
}

# `state` of a parcel, and `statusCode` of one scan, which may be finer.
STATES: Mapping[str, ParcelStatus] = {
    "0": S.IN_TRANSIT,
    "1": S.COLLECTED,
    "2": S.EXCEPTION,
    "3": S.SIGNED,
    "4": S.RETURNED,  # 退签: refused, and signed for by its sender
    "5": S.OUT_FOR_DELIVERY,
    "6": S.RETURNED,
    "7": S.IN_TRANSIT,  # 转投: handed on to another courier
    "8": S.IN_TRANSIT,  # customs, as 10 to 12
    "10": S.IN_TRANSIT,
    "11": S.IN_TRANSIT,
    "12": S.IN_TRANSIT,
    "13": S.EXCEPTION,
    "14": S.RETURNED,  # 拒签: refused at the door
    "101": S.BOOKED,
    "102": S.BOOKED,
    "103": S.COLLECTED,
    "1001": S.IN_TRANSIT,
    "1002": S.IN_TRANSIT,
    "1003": S.IN_TRANSIT,
    "201": S.EXCEPTION,
    "202": S.EXCEPTION,
    "203": S.RETURNED,  # 拒收
    "204": S.EXCEPTION,
    "205": S.EXCEPTION,
    "206": S.EXCEPTION,
    "207": S.EXCEPTION,
    "208": S.EXCEPTION,
    "209": S.EXCEPTION,  # 破损
    "210": S.CANCELED,
    "301": S.SIGNED,
    "302": S.SIGNED,
    "303": S.SIGNED,
    "304": S.SIGNED,
    "401": S.CANCELED,
    "501": S.OUT_FOR_DELIVERY,  # waiting in a locker or shop
}
# The same where an answer has words only.
WORDS: Mapping[str, ParcelStatus] = {
    "已下单": S.BOOKED,
    "待揽收": S.BOOKED,
    "揽收": S.COLLECTED,
    "已揽收": S.COLLECTED,
    "在途": S.IN_TRANSIT,
    "干线": S.IN_TRANSIT,
    "转递": S.IN_TRANSIT,
    "转投": S.IN_TRANSIT,
    "到达派件城市": S.IN_TRANSIT,
    "派件": S.OUT_FOR_DELIVERY,
    "投柜或驿站": S.OUT_FOR_DELIVERY,
    "签收": S.SIGNED,
    "本人签收": S.SIGNED,
    "代签": S.SIGNED,
    "投柜或站签收": S.SIGNED,
    "派件异常后签收": S.SIGNED,
    "疑难": S.EXCEPTION,
    "派件异常": S.EXCEPTION,
    "破损": S.EXCEPTION,
    "退回": S.RETURNED,
    "退签": S.RETURNED,
    "拒签": S.RETURNED,
    "拒收": S.RETURNED,
}


def courier_named(com: str) -> str:
    """Our key for Kuaidi100's code of a carrier; "" for one that we do not know."""
    wanted = com.lower()
    return next((it.key for it in carriers().values() if it.kuaidi100 == wanted), "")


def read_step(param: JsonObject, *, task_id: str, now: datetime) -> Told:
    """A booking's callback. It carries no time of its own. Raises Malformed."""
    data = read_child(param, "data")
    code = read_text(data, "status")
    if not code:
        raise Malformed("data.status")
    step = STEPS.get(code, Step(S.UNKNOWN, ""))
    freight = read_yuan(data, "freight") if step.charges else None
    ids = {"taskId": task_id, "orderId": read_text(data, "orderId")}
    return Told(
        status=step.status,
        at=now,
        code=code[:LONGEST_CODE],
        text=" ".join(filter(None, (step.zh, read_text(data, "cancelMsg"))))[:LONGEST_TEXT],
        waybill_no=read_text(param, "kuaidinum"),
        courier_name=read_text(data, "courierName"),
        courier_phone=read_text(data, "courierMobile"),
        ids={name: value for name, value in ids.items() if value},
        charge_fen=freight or 0,
        is_over=step.is_over,
        is_revived=step.is_revived,
        raw=param,
    )


def read_detail(data: JsonObject, *, task_id: str, now: datetime) -> Told | None:
    """A booking that was asked about; None where the answer has no status. Raises Malformed.

    Its shape is not documented to us, so it is read as a callback's `data`; what is charged comes
    by callback only, since it adds up.
    """
    if not read_text(data, "status"):
        return None
    number = read_text(data, "kuaidinum") or read_text(data, "kuaidiNum")
    told = read_step({"data": data, "kuaidinum": number}, task_id=task_id, now=now)
    return replace(told, charge_fen=0, raw=data)


def read_push(param: JsonObject) -> Tracked:
    """A push of tracking. Raises Malformed.

    `shutdown`: finished. `abort`: three days without a record, or sixty unchanged; it may be
    subscribed again once.
    """
    status = read_text(param, "status")
    if not status or not read_child(param, "lastResult"):
        raise Malformed("status, lastResult")
    tracked = read_parcel(read_child(param, "lastResult"))
    moved_to = courier_named(read_text(param, "comNew"))
    return Tracked(
        courier=moved_to or tracked.courier,
        waybill_no=tracked.waybill_no,
        events=tracked.events,
        is_over=status == "shutdown" or (status != "abort" and tracked.is_over),
        wants_new_subscription=status == "abort",
    )


def read_parcel(result: JsonObject) -> Tracked:
    """What is known of one parcel, oldest scan first. Raises Malformed."""
    scans = read_children(result, "data") if read_text(result, "status") in ("", "200") else []
    # The newest stands first, also of those within one second.
    events = sorted(filter(None, map(_read_scan, reversed(scans))), key=lambda it: it.at)
    latest = STATES.get(read_text(result, "state"), S.UNKNOWN)
    if events and events[-1].status is S.UNKNOWN:
        events[-1] = replace(events[-1], status=latest)
    return Tracked(
        courier=courier_named(read_text(result, "com")),
        waybill_no=read_text(result, "nu"),
        events=tuple(events),
        is_over=read_text(result, "ischeck") == "1",
    )


def _read_scan(scan: JsonObject) -> Told | None:
    """None for one without a time: it has no place among the others."""
    at = _read_time(read_text(scan, "ftime") or read_text(scan, "time"))
    if at is None:
        log.warning("kuaidi100.scan_without_time")
        return None
    code, words = read_text(scan, "statusCode"), read_text(scan, "status")
    return Told(
        status=STATES.get(code) or WORDS.get(words) or S.UNKNOWN,
        at=at,
        code=(code or words)[:LONGEST_CODE],
        text=read_text(scan, "context")[:LONGEST_TEXT],
        place=(read_text(scan, "areaName") or read_text(scan, "location"))[:LONGEST_PLACE],
        raw=scan,
    )


def _read_time(written: str) -> datetime | None:
    try:
        at = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return at if 2000 < at.year < 2200 else None

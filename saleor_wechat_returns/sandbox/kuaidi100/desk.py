"""Kuaidi100's desk: who may ask, what is answered, and what there is to tell.

The caller holds the lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from . import order_request
from .faults import Faults
from .orders import Order, steps_of
from .parcels import Parcel, Subscription, planned
from .post import Callback
from .wire import Refused, md5, read_param, success

STEPS = {
    "assigned": "1",
    "collected": "10",
    "in_transit": "101",
    "out_for_delivery": "400",
    "signed": "13",
    "settled": "15",
}
REMEMBERS = timedelta(hours=48)
PHONE_NEEDED = ("shunfeng", "shunfengkuaiyun", "zhongtong")
MOST_SUBSCRIPTIONS_A_MONTH = 4
ASK_AGAIN_AFTER = timedelta(minutes=30)


class Desk:
    """Accounts, orders and parcels, and every method of the API."""

    def __init__(self, faults: Faults, clock: Callable[[], datetime], time_scale: float) -> None:
        self.orders: dict[str, Order] = {}  # by taskId
        self.parcels: dict[str, Parcel] = {}  # by number
        self.asked_too_often: list[str] = []
        self._accounts: dict[str, tuple[str, str]] = {}  # key -> secret, customer
        self._subscribed: Counter[tuple[str, int, int]] = Counter()
        self._faults, self._clock, self._scale = faults, clock, time_scale
        self._telling_first: set[str] = set()
        self._numbers = count(1)

    def add_account(self, key: str, secret: str, customer: str) -> None:
        self._accounts[key] = (secret, customer)

    def post_parcel(
        self, company: str, number: str, journey: str, phone: str, *, is_empty: bool
    ) -> Parcel:
        now = self._clock()
        scans = planned(journey, now, self._scale)
        parcel = Parcel(company, number, phone, scans, is_empty)
        self.parcels[number] = parcel
        return parcel

    def order_named(self, third_order_id: str) -> Order:
        for order in reversed(self.orders.values()):
            if order.third_order_id == third_order_id:
                return order
        raise KeyError(third_order_id)

    def hurry_order(self, third_order_id: str, step: str) -> None:
        self.order_named(third_order_id).hurry(STEPS[step], self._clock())

    def tells_first(self, form: Mapping[str, str]) -> bool:
        """Whether the callbacks of this order are to arrive before its answer."""
        number = str(read_param(form.get("param", "{}")).get("thirdOrderId", ""))
        return number in self._telling_first

    # What there is to tell

    def news(self) -> Iterator[Callback]:
        now = self._clock()
        for order in self.orders.values():
            for step in order.due(now):
                param = order.param
                yield Callback(
                    param["callBackUrl"], param["salt"], order.callback(step), order.task_id
                )
        for parcel in self.parcels.values():
            yield from self._scans_of(parcel, now)

    def abort(self, number: str) -> Iterator[Callback]:
        parcel = self.parcels[number]
        for subscription in parcel.subscriptions:
            if not subscription.is_over:
                subscription.is_over = True
                yield self._push(parcel, subscription, "abort", "3天查询无记录")

    def _scans_of(self, parcel: Parcel, now: datetime) -> Iterator[Callback]:
        seen = len(parcel.seen(now))
        for subscription in parcel.subscriptions:
            if subscription.is_over or seen <= max(subscription.told, 0):
                continue
            subscription.told = seen
            subscription.is_over = parcel.is_over(now)
            yield self._push(
                parcel, subscription, "shutdown" if subscription.is_over else "polling", ""
            )

    def _push(
        self, parcel: Parcel, subscription: Subscription, status: str, message: str
    ) -> Callback:
        param = {
            "status": status,
            "billstatus": "",
            "message": message,
            "autoCheck": "0",
            "comOld": "",
            "comNew": "",
            "lastResult": parcel.result(self._clock()),
        }
        return Callback(subscription.url, subscription.salt, param)

    # 商家寄件

    def order(self, method: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        text = form.get("param", "")
        secret, _ = self._accounts.get(form.get("key", ""), ("", ""))
        if not secret:
            raise Refused("600", "您不是合法的用户")
        if form.get("sign") != md5(text, form.get("t", ""), form["key"], secret):
            raise Refused("503", "签名认证失败")
        handlers: Mapping[str, Callable[[dict[str, Any]], Mapping[str, Any]]] = {
            "bOrder": self._book,
            "price": self._price,
            "querymkt": self._companies,
            "cancel": self._cancel,
            "detail": self._detail,
        }
        if method not in handlers:
            raise Refused("400", "method 错误")
        return handlers[method](read_param(text))

    def _book(self, param: dict[str, Any]) -> Mapping[str, Any]:
        fields, now = order_request.check(param), self._clock()
        first = self._known(fields.get("thirdOrderId", ""), now)
        if first is not None:
            if self._faults.take_for_repeat():
                raise Refused("501", "重复下单")
            return success("提交成功", first.answer())
        comes_at = order_request.comes_at(fields, now)
        faults = self._faults.take_for_order()
        if "no_courier_in_area" in faults:
            raise Refused("400", "寄件地址暂无快递员上门")
        order = self._made(fields, comes_at, faults, now)
        self.orders[order.task_id] = order
        self.parcels[order.parcel.number] = order.parcel
        if fields.get("op") == "1" and order.has_number:
            self._follow(order.parcel, fields["pollCallBackUrl"], fields.get("salt", ""))
        if "callback_before_answer" in faults:
            self._telling_first.add(order.third_order_id)
        return success("提交成功", order.answer())

    def _known(self, third_order_id: str, now: datetime) -> Order | None:
        """Within 48 hours a repeat is told of the first order."""
        for order in self.orders.values():
            if (
                third_order_id
                and order.third_order_id == third_order_id
                and now - order.made_at < REMEMBERS
            ):
                return order
        return None

    def _made(
        self, fields: dict[str, str], comes_at: datetime, faults: frozenset[str], now: datetime
    ) -> Order:
        serial, company = next(self._numbers), fields["kuaidicom"]
        collected = now + max(comes_at - now, timedelta(minutes=30)) / self._scale
        parcel = Parcel(
            company,
            order_request.NUMBERS[company].format(serial),
            fields.get("sendManMobile") or fields.get("sendManTel", ""),
            planned("delivered", collected, self._scale),
            is_empty="signed_but_empty" in faults,
        )
        has_number = company != "yunda" and "waybill_later" not in faults
        return Order(
            task_id=md5(f"task {serial}"),
            order_id=str(1_000_000 + serial),
            third_order_id=fields.get("thirdOrderId", ""),
            param={"salt": "", **fields},
            parcel=parcel,
            steps=steps_of(
                parcel,
                order_request.price(fields.get("weight") or "1"),
                faults,
                now=now,
                scale=self._scale,
                has_number=has_number,
            ),
            has_number=has_number,
            made_at=now,
        )

    def _price(self, param: dict[str, Any]) -> Mapping[str, Any]:
        company = param.get("kuaidiCom") or param.get("kuaidicom")
        if company not in order_request.COMPANIES:
            raise Refused("400", "不支持的快递公司")
        if not param.get("sendManPrintAddr") or not param.get("recManPrintAddr"):
            raise Refused("400", "地址不能为空")
        return success("成功", order_request.price(str(param.get("weight") or "1")))

    def _companies(self, param: dict[str, Any]) -> Mapping[str, Any]:
        if not param.get("sendAddr"):
            raise Refused("400", "sendAddr 不能为空")
        there = () if "西藏" in param["sendAddr"] else order_request.COMPANIES
        rows = [{"kuaidiCom": it, "serviceType": ["标准快递"]} for it in there if it != "shunfeng"]
        return success("成功", {"addr": param["sendAddr"], "mktInfo": rows})

    def _cancel(self, param: dict[str, Any]) -> Mapping[str, Any]:
        order = self.orders.get(str(param.get("taskId")))
        if order is None or order.order_id != str(param.get("orderId")):
            raise Refused("400", "订单不存在")
        if len(str(param.get("cancelMsg") or "").encode()) > 30:
            raise Refused("400", "cancelMsg 过长")
        if order.is_collected or order.is_over:
            raise Refused("400", "订单当前状态不可取消")
        order.stop("9", self._clock(), cancelMsg=str(param.get("cancelMsg") or ""))
        return success("取消成功")

    def _detail(self, param: dict[str, Any]) -> Mapping[str, Any]:
        order = self.orders.get(str(param.get("taskId")))
        if order is None:
            raise Refused("400", "订单不存在")
        return success("成功", order.detail())

    # 快递查询, 快递推送

    def subscribe(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        if form.get("schema") != "json":
            raise Refused("400", "schema 错误")
        param = read_param(form.get("param", ""))
        wanted = param.get("parameters")
        if param.get("key") not in self._accounts:
            raise Refused("600", "您不是合法的订阅者")
        if not isinstance(wanted, dict) or not wanted.get("callbackurl"):
            raise Refused("400", "callbackurl 不能为空")
        company, number, now = param.get("company", ""), param.get("number", ""), self._clock()
        if not company or not number:
            raise Refused("400", "company、number 不能为空")
        if company in PHONE_NEEDED and not wanted.get("phone"):
            raise Refused("400", "phone 不能为空")
        parcel = self.parcels.get(number)
        if parcel is None:
            parcel = self.post_parcel(company, number, "unknown", "", is_empty=False)
        month = (number, now.year, now.month)
        is_running = any(not it.is_over for it in parcel.subscriptions)
        if is_running or self._subscribed[month] >= MOST_SUBSCRIPTIONS_A_MONTH:
            raise Refused("501", "POLL:重复订阅")
        self._subscribed[month] += 1
        self._follow(parcel, wanted["callbackurl"], wanted.get("salt", ""))
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    def query(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        text, customer = form.get("param", ""), form.get("customer", "")
        key = next((key for key, (_, its) in self._accounts.items() if its == customer), None)
        if key is None or form.get("sign") != md5(text, key, customer):
            raise Refused("503", "验证签名失败")
        param, now = read_param(text), self._clock()
        company, number = str(param.get("com") or ""), str(param.get("num") or "")
        if not company or not number or len(number) > 32:
            raise Refused("400", "提交的数据不完整,或者贵公司没授权")
        parcel = self.parcels.get(number)
        if parcel is not None and parcel.asked_at and now - parcel.asked_at[-1] < ASK_AGAIN_AFTER:
            self.asked_too_often.append(number)
        if parcel is None or parcel.company != company or not parcel.seen(now):
            raise Refused("500", "查询无结果,请隔段时间再查")
        phone = str(param.get("phone") or "")
        if company in PHONE_NEEDED and not (phone and parcel.phone.endswith(phone[-4:])):
            raise Refused("408", "快递公司参数异常:验证码错误")
        parcel.asked_at.append(now)
        return parcel.result(now)

    def _follow(self, parcel: Parcel, url: str, salt: str) -> None:
        parcel.subscriptions.append(Subscription(url, salt, self._clock()))

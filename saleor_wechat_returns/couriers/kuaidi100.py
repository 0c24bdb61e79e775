"""快递100: couriers fetched at the door (商家寄件, prepaid by the shop), and parcels tracked.

Owns which call answers which question. Source of every fact: docs/providers.md, "Kuaidi100".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import httpx

from ..domain.errors import (
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
)
from ..domain.parcels import ParcelStatus
from . import kuaidi100_words as words
from .base import (
    Account,
    Booked,
    Booking,
    Goods,
    Malformed,
    Quote,
    Route,
    Told,
    Tracked,
    Window,
)
from .hours import windows_of
from .kuaidi100_fields import address_of, booking_fields, com_of, cut, fit, kilograms
from .kuaidi100_wire import (
    OK,
    ORDER_CODES,
    QUERY_CODES,
    REPEATED,
    JsonObject,
    code_of,
    failure_of,
    post,
    read_child,
    read_children,
    read_form,
    read_text,
    read_yuan,
    signed,
    to_param,
)

NO_IDS = "the booking has no number of Kuaidi100's yet: its callback brings it"
PAUSE_SECONDS = 600
LONGEST_ID = 64  # of one that is not signed


class Kuaidi100:
    """One shop's account. Safe to use from several threads; never repeats by itself."""

    provider = "kuaidi100"
    # Kuaidi100 knows our number for 48 hours: within them a repeat answers the first booking.
    repeats_safely_seconds = 47 * 3600

    def __init__(
        self,
        account: Account,
        http: httpx.Client,
        now: Callable[[], datetime],
        seconds: float | None = None,
    ) -> None:
        self._account = account
        self._key = account.credentials["key"]
        self._secret = account.credentials["secret"]
        self._customer = account.credentials["customer"]
        self._http, self._now, self._seconds = http, now, seconds

    def windows(self, route: Route, courier: str, *, now: datetime) -> Sequence[Window]:  # noqa: ARG002
        """Kuaidi100 tells of no free slots: the shop's own hours. Calls nobody."""
        return windows_of(self._account.hours, zone=self._account.zone, now=now)

    def quote(self, route: Route, goods: Goods, courier: str) -> Quote | None:
        fields = {
            "kuaidiCom": com_of(courier),
            "sendManPrintAddr": address_of(route.sender, "sender"),
            "recManPrintAddr": address_of(route.receiver, "receiver"),
            "weight": kilograms(goods.grams),
        }
        answer = self._ask("price", fields)
        try:
            fen = read_yuan(read_child(answer, "data"), "price")
        except Malformed as malformed:
            raise _not_understood(malformed) from None
        return None if fen is None else Quote(courier, fen)

    def serves(self, route: Route, couriers: Sequence[str]) -> Sequence[str]:
        answer = self._ask("querymkt", {"sendAddr": address_of(route.sender, "sender")})
        try:
            rows = read_children(read_child(answer, "data"), "mktInfo")
            there = {words.courier_named(read_text(row, "kuaidiCom")) for row in rows}
        except Malformed as malformed:
            raise _not_understood(malformed) from None
        return tuple(courier for courier in couriers if courier in there)

    def book(self, booking: Booking) -> Booked:
        """Yunda's number comes by callback. A repeat within 48 hours answers the first booking,
        or 501: it is booked, and its numbers come by callback.
        """
        answer = self._order("bOrder", booking_fields(booking, self._now()))
        if code_of(answer) == REPEATED:
            return Booked(ids={})
        _need_success(answer)
        try:
            data = read_child(answer, "data")
            ids = {name: read_text(data, name) for name in ("taskId", "orderId")}
            if not ids["taskId"]:
                raise Malformed("data.taskId")
            return Booked(ids, read_text(data, "kuaidinum"))
        except Malformed as malformed:
            raise OutcomeUnknown(f"answer not understood: {malformed}") from None

    def find(self, booking: Booking, ids: Mapping[str, str]) -> Told | None:  # noqa: ARG002
        """By Kuaidi100's own number: without it, it cannot tell."""
        if not ids.get("taskId"):
            return None
        answer = self._ask("detail", {"taskId": ids["taskId"]})
        try:
            return words.read_detail(
                read_child(answer, "data"), task_id=ids["taskId"], now=self._now()
            )
        except Malformed as malformed:
            raise _not_understood(malformed) from None

    def cancel(self, booking: Booking, ids: Mapping[str, str], *, why: str) -> None:
        """What it says of one that is canceled already is not documented: then `find` decides."""
        if not ids.get("taskId") or not ids.get("orderId"):
            raise ProviderUnavailable(NO_IDS, after_seconds=PAUSE_SECONDS)
        fields = {
            "taskId": ids["taskId"],
            "orderId": ids["orderId"],
            "cancelMsg": cut(why, most_bytes=30),
        }
        try:
            _need_success(self._order("cancel", fields))
        except ProviderRejected:
            told = self.find(booking, ids)
            if told is None or told.status is not ParcelStatus.CANCELED:
                raise

    def subscribe(
        self, courier: str, waybill_no: str, *, phone: str, salt: str, tracking_url: str
    ) -> None:
        """At most four times a month for one number: not asked again without need."""
        parameters = {
            "callbackurl": fit(tracking_url, 200, "tracking_url"),
            "salt": salt,
            "resultv2": "4",
        }
        if phone:
            parameters["phone"] = phone
        fields = {
            "company": com_of(courier),
            "number": fit(waybill_no, 32, "waybill_no"),
            "key": self._key,
            "parameters": parameters,
        }
        form = {"schema": "json", "param": to_param(fields)}
        answer = post(self._http, self._tracking("poll"), form, seconds=self._seconds)
        if code_of(answer) != REPEATED:
            _need_success(answer)

    def track(self, courier: str, waybill_no: str, *, phone: str) -> Tracked:
        """Not oftener than every half hour for one number, or Kuaidi100 locks the account."""
        fields = {"com": com_of(courier), "num": fit(waybill_no, 32, "waybill_no")}
        if phone:
            fields["phone"] = phone
        fields |= {"resultv2": "4", "show": "0", "order": "desc"}
        param = to_param(fields)
        form = {
            "customer": self._customer,
            "sign": signed(param, self._key, self._customer),
            "param": param,
        }
        answer = self._asked(self._tracking("poll/query.do"), form)
        nothing = Tracked(courier, waybill_no, events=())
        if "returnCode" in answer:
            return _nothing_yet(answer, nothing)
        try:
            return words.read_parcel(answer)
        except Malformed as malformed:
            raise _not_understood(malformed) from None

    def read_booking_callback(self, body: bytes, *, salt: str, now: datetime) -> Told:
        """`taskId` is beside what is signed: never let it replace one that is known."""
        form, param = read_form(body, salt)
        task_id = form.get("taskId", "")
        if len(task_id) > LONGEST_ID or not task_id.isprintable():
            raise Malformed("taskId")
        return words.read_step(param, task_id=task_id, now=now)

    def read_tracking_callback(self, body: bytes, *, salt: str, now: datetime) -> Tracked:  # noqa: ARG002
        _, param = read_form(body, salt)
        return words.read_push(param)

    def answer(self) -> tuple[str, bytes]:
        said = {"result": True, "returnCode": OK, "message": "成功"}
        return "application/json", json.dumps(said, ensure_ascii=False).encode()

    def _ask(self, method: str, fields: Mapping[str, object]) -> JsonObject:
        """A question: an answer that is lost did no harm, so it is ProviderUnavailable."""
        try:
            answer = self._order(method, fields)
            _need_success(answer)
        except OutcomeUnknown as unknown:
            raise ProviderUnavailable(str(unknown)) from unknown
        return answer

    def _asked(self, url: str, form: Mapping[str, str]) -> JsonObject:
        try:
            return post(self._http, url, form, seconds=self._seconds)
        except OutcomeUnknown as unknown:
            raise ProviderUnavailable(str(unknown)) from unknown

    def _order(self, method: str, fields: Mapping[str, object]) -> JsonObject:
        param, t = to_param(fields), str(int(self._now().timestamp() * 1000))
        form = {
            "method": method,
            "key": self._key,
            "t": t,
            "param": param,
            "sign": signed(param, t, self._key, self._secret),
        }
        url = self._account.urls["KUAIDI100_ORDER_URL"]
        return post(self._http, url, form, seconds=self._seconds)

    def _tracking(self, path: str) -> str:
        return f"{self._account.urls['KUAIDI100_URL']}/{path}"


def _need_success(answer: JsonObject) -> None:
    if answer.get("result") is not True or code_of(answer) != OK:
        raise failure_of(answer, ORDER_CODES)


def _nothing_yet(answer: JsonObject, nothing: Tracked) -> Tracked:
    """A query's answer with a code: only 500 says that there is nothing yet."""
    code = code_of(answer)
    if code == "500":
        return nothing
    if code in ("501", "502"):
        raise ProviderUnavailable(f"answered {code}")
    failure = failure_of(answer, QUERY_CODES)
    raise ProviderUnavailable(str(failure)) if isinstance(failure, OutcomeUnknown) else failure


def _not_understood(malformed: Malformed) -> ProviderUnavailable:
    return ProviderUnavailable(f"answer not understood: {malformed}")

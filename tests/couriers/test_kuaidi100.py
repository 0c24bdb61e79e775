"""Kuaidi100 through the adapter: what every call may end in, and what is sent to nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.couriers.base import (
    Account,
    Booking,
    Forged,
    Goods,
    Malformed,
    Place,
    Tracked,
    Window,
)
from saleor_wechat_returns.couriers.kuaidi100 import Kuaidi100
from saleor_wechat_returns.couriers.kuaidi100_words import (
    STATES,
    STEPS,
    read_detail,
    read_parcel,
    read_push,
    read_step,
)
from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.domain.parcels import ParcelStatus
from saleor_wechat_returns.sandbox.kuaidi100 import Kuaidi100Sandbox
from saleor_wechat_returns.sandbox.kuaidi100.wire import md5

from .conftest import BEIJING, CUSTOMERS_HOME, SALT, URLS, Clock

MakeBooking = Callable[..., Booking]
Call = Callable[[Kuaidi100, Booking], Any]
IDS = {"taskId": "T", "orderId": "1"}
URL = "https://shop.example/t"
NAMES = (
    *("status", "data", "lastResult", "state", "com", "nu", "time", "statusCode", "context"),
    *("kuaidinum", "orderId", "freight", "courierName", "cancelMsg", "ischeck", "comNew"),
)
NUMBER = "JDVA00000000009"

BOOK: Call = lambda courier, booking: courier.book(booking)  # noqa: E731
CANCEL: Call = lambda courier, booking: courier.cancel(booking, IDS, why="不寄了")  # noqa: E731
SUBSCRIBE: Call = lambda courier, _: courier.subscribe(  # noqa: E731
    "jd", NUMBER, phone="", salt=SALT, tracking_url=URL
)
CHANGES = {"bOrder": BOOK, "cancel": CANCEL, "poll": SUBSCRIBE}
QUESTIONS: dict[str, Call] = {
    "price": lambda courier, booking: courier.quote(booking.route, booking.goods, "jd"),
    "querymkt": lambda courier, booking: courier.serves(booking.route, ["jd"]),
    "detail": lambda courier, booking: courier.find(booking, IDS),
    "query": lambda courier, _: courier.track("jd", NUMBER, phone=""),
}


def ended(call: Call, courier: Kuaidi100, booking: Booking) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        call(courier, booking)
    return raised.value


@pytest.mark.parametrize("method", [*CHANGES, *QUESTIONS])
def test_a_call_that_does_not_arrive_is_away(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking, method: str
) -> None:
    kuaidi100.faults.add("away", method=method)

    error = ended((CHANGES | QUESTIONS)[method], courier, make_booking())

    assert isinstance(error, ProviderUnavailable)
    assert kuaidi100.calls == []


@pytest.mark.parametrize("fault", ["answer_lost", "lost_before", "http_502", "garbage"])
@pytest.mark.parametrize("method", [*CHANGES, *QUESTIONS])
def test_a_lost_answer_leaves_a_change_open_and_a_question_unasked(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    method: str,
    fault: str,
) -> None:
    kuaidi100.faults.add(fault, method=method)

    error = ended((CHANGES | QUESTIONS)[method], courier, make_booking())

    assert type(error) is (OutcomeUnknown if method in CHANGES else ProviderUnavailable)


@pytest.mark.parametrize(
    ("code", "ends_in"),
    [
        ("400", Rejection.REQUEST),
        ("503", Rejection.CONFIGURATION),
        ("600", Rejection.CONFIGURATION),
        ("601", Rejection.BALANCE),
        ("999", Rejection.BUSINESS),
        ("500", OutcomeUnknown),
        ("200", OutcomeUnknown),
        ("", OutcomeUnknown),
    ],
)
def test_a_booking_is_refused_by_its_code(
    account: Account, clock: Clock, make_booking: MakeBooking, code: str, ends_in: Any
) -> None:
    body = {"result": False, "returnCode": code, "message": "余额不足13900000000", "data": None}
    error = ended(BOOK, answering(account, clock, body), make_booking())

    if isinstance(ends_in, Rejection):
        assert isinstance(error, ProviderRejected)
        assert (error.kind, error.code, error.message) == (ends_in, code, "余额不足139****0000")
    else:
        assert type(error) is ends_in


@pytest.mark.parametrize(
    ("code", "ends_in"),
    [
        ("400", Rejection.REQUEST),
        ("408", Rejection.REQUEST),
        ("503", Rejection.CONFIGURATION),
        ("601", Rejection.BALANCE),
        ("501", ProviderUnavailable),
        ("502", ProviderUnavailable),
    ],
)
def test_a_query_is_refused_by_its_code(
    account: Account, clock: Clock, make_booking: MakeBooking, code: str, ends_in: Any
) -> None:
    body = {"result": False, "returnCode": code, "message": "-"}
    error = ended(QUESTIONS["query"], answering(account, clock, body), make_booking())

    found = error.kind if isinstance(error, ProviderRejected) else type(error)
    assert found is ends_in


def answering(account: Account, clock: Clock, body: Any, status: int = 200) -> Kuaidi100:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    return Kuaidi100(account, httpx.Client(transport=transport), clock)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, []),
        (200, {"result": True, "returnCode": "200"}),
        (200, {"result": True, "returnCode": "200", "data": {"taskId": ""}}),
        (200, {"result": True, "returnCode": "200", "data": {"taskId": {"a": 1}}}),
        (200, {"result": True, "returnCode": "200", "data": "T0001"}),
        (200, {"result": True, "returnCode": "400"}),
        (200, {"result": "true", "returnCode": "200", "data": {"taskId": "T"}}),
        (202, {"result": True, "returnCode": "200", "data": {"taskId": "T"}}),
        (302, {}),
    ],
)
def test_a_booking_with_an_answer_of_no_sense_may_have_happened(
    account: Account, clock: Clock, make_booking: MakeBooking, status: int, body: Any
) -> None:
    error = ended(BOOK, answering(account, clock, body, status), make_booking())

    assert isinstance(error, OutcomeUnknown)


def test_a_pause_that_is_asked_for_is_taken(
    account: Account, clock: Clock, make_booking: MakeBooking
) -> None:
    error = ended(BOOK, answering(account, clock, {}, 429), make_booking())

    assert isinstance(error, ProviderUnavailable)
    assert error.after_seconds == 60


@pytest.mark.parametrize("repeated", [False, True])
def test_a_lost_booking_is_the_same_when_it_is_sent_again(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking, repeated: bool
) -> None:
    """EC44: it answers the first order, or 501, and then the numbers come by callback."""
    kuaidi100.faults.add("answer_lost")
    ended(BOOK, courier, make_booking())
    if repeated:
        kuaidi100.faults.add("repeated")
    booked = courier.book(make_booking())

    (order,) = kuaidi100.orders
    assert booked.ids == ({} if repeated else {"taskId": order.task_id, "orderId": order.order_id})
    assert courier.find(make_booking(), {}) is None


def test_a_booking_is_found_by_the_number_it_was_given(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    booking = make_booking()
    booked = courier.book(booking)
    kuaidi100.hurry_order(booking.number, "collected")
    kuaidi100.deliver_due()

    told = courier.find(booking, booked.ids)

    assert told is not None
    assert (told.status, told.waybill_no) == (ParcelStatus.COLLECTED, booked.waybill_no)
    assert told.charge_fen == 0


def test_yunda_tells_its_number_later(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    booked = courier.book(make_booking(courier="yunda"))

    assert (booked.waybill_no, bool(booked.ids["taskId"])) == ("", True)


def test_a_courier_is_called_off_once_and_not_once_he_has_it(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    """EC44: one that is canceled already is no error."""
    canceled, collected = make_booking(number="R1"), make_booking(number="R2")
    first, second = courier.book(canceled), courier.book(collected)
    courier.cancel(canceled, first.ids, why="顾客改为自行寄回,不需要上门取件了")
    kuaidi100.deliver_due()
    courier.cancel(canceled, first.ids, why="again")
    kuaidi100.hurry_order("R2", "collected")
    kuaidi100.deliver_due()
    with pytest.raises(ProviderRejected):
        courier.cancel(collected, second.ids, why="too late")

    assert kuaidi100.order("R1").status == "9"
    assert kuaidi100.order("R2").status == "10"


def test_a_booking_without_its_numbers_is_called_off_later(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    with pytest.raises(ProviderUnavailable):
        courier.cancel(make_booking(), {}, why="不寄了")

    assert kuaidi100.calls == []


def test_prices_by_the_started_kilogram_and_names_who_comes(
    courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    route = make_booking().route
    in_tibet = replace(route, sender=replace(CUSTOMERS_HOME, province="西藏自治区"))
    quote = courier.quote(route, Goods("服装", grams=2100), "yto")

    assert quote is not None
    assert (quote.courier, quote.fen) == ("yto", 1280)
    assert courier.serves(route, ["sf", "yto", "jd"]) == ("yto", "jd")
    assert courier.serves(in_tibet, ["jd"]) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"courier": "nobody"}, "courier"),
        ({"number": "R" * 33}, "number"),
        ({"salt": ""}, "salt"),
        ({"callback_url": "https://shop.example/" + "a" * 180}, "callback_url"),
        ({"tracking_url": "https://shop.example/" + "a" * 180}, "tracking_url"),
        ({"goods": Goods(" ")}, "goods.name"),
    ],
)
def test_what_does_not_fit_is_sent_to_nobody(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    change: dict[str, Any],
    field: str,
) -> None:
    error = ended(BOOK, courier, make_booking(**change))

    assert isinstance(error, ProviderRejected)
    assert (error.kind, error.field) == (Rejection.REQUEST, field)
    assert kuaidi100.calls == []


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"name": ""}, "sender.name"),
        ({"phone": "-"}, "sender.phone"),
        ({"street_address": "路" * 100}, "sender.street_address"),
    ],
)
def test_an_address_that_does_not_fit_is_sent_to_nobody(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    place: dict[str, str],
    field: str,
) -> None:
    route = make_booking().route
    sender = replace(route.sender, **place)
    error = ended(BOOK, courier, make_booking(route=replace(route, sender=sender)))

    assert isinstance(error, ProviderRejected)
    assert error.field == field
    assert kuaidi100.calls == []


def test_a_window_is_told_in_beijings_days_whenever_it_is_sent(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking, clock: Clock
) -> None:
    booking = make_booking()  # 9 to 11 on January 2
    for now in ("2025-12-31T16:00", "2026-01-01T15:59", "2026-01-01T16:01"):
        clock.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
        courier.book(booking)
    clock.now = datetime(2026, 1, 2, 16, tzinfo=UTC)
    error = ended(BOOK, courier, booking)

    days = [call.param["dayType"] for call in kuaidi100.calls]
    assert days == ["明天", "明天", "今天"]
    assert isinstance(error, ProviderRejected)
    assert error.field == "window"


def test_a_window_over_midnight_in_beijing_is_sent_to_nobody(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    late = datetime(2026, 1, 2, 23, tzinfo=BEIJING)
    error = ended(BOOK, courier, make_booking(window=Window(late, late + timedelta(hours=2))))

    assert isinstance(error, ProviderRejected)
    assert (error.field, kuaidi100.calls) == ("window", [])


def test_windows_are_the_shops_hours_with_an_hours_notice(
    courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    now = datetime(2026, 1, 1, 12, 0, 1, tzinfo=BEIJING)
    windows = courier.windows(make_booking().route, "jd", now=now)

    assert len(windows) == 2 + 5 + 5
    first = datetime(2026, 1, 1, 15, tzinfo=BEIJING)
    assert windows[0] == Window(first, first + timedelta(hours=2))


def test_a_municipality_is_named_once(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    route = make_booking().route
    sender = Place("李四", "+86 139-0000-0000", "北京市", "北京市", "朝阳区", "建国路1号")
    courier.book(make_booking(route=replace(route, sender=sender)))

    param = kuaidi100.calls[0].param
    assert param["sendManPrintAddr"] == "北京市朝阳区建国路1号"
    assert param["sendManMobile"] == "13900000000"


def test_a_landline_has_a_field_of_its_own(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, make_booking: MakeBooking
) -> None:
    route = make_booking().route
    warehouse = replace(route.receiver, phone="0755-12345678")
    courier.book(make_booking(route=replace(route, receiver=warehouse)))

    param = kuaidi100.calls[0].param
    assert param["recManTel"] == "075512345678"
    assert "recManMobile" not in param


def test_whoever_waits_may_have_less_patience(
    kuaidi100: Kuaidi100Sandbox, account: Account, clock: Clock, make_booking: MakeBooking
) -> None:
    waits = []

    def remembered(request: httpx.Request) -> httpx.Response:
        waits.append(request.extensions["timeout"])
        return kuaidi100.transport.handle_request(request)

    http = httpx.Client(transport=httpx.MockTransport(remembered), timeout=15)
    for seconds in (None, 1.5):
        courier = Kuaidi100(account, http, clock, seconds)
        courier.quote(make_booking().route, Goods("服装"), "jd")

    assert [(wait["read"], wait["connect"]) for wait in waits] == [(15, 15), (1.5, 0.75)]


def test_nothing_known_of_a_parcel_is_no_error(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100
) -> None:
    nothing = courier.track("jd", NUMBER, phone="")
    kuaidi100.post_parcel("shunfeng", "SF0000000000009", phone="13900000000")
    with pytest.raises(ProviderRejected) as wrong_phone:
        courier.track("sf", "SF0000000000009", phone="1111")
    found = courier.track("sf", "SF0000000000009", phone="0000")

    assert (nothing.events, nothing.is_over) == ((), False)
    assert wrong_phone.value.code == "408"
    assert [told.status for told in found.events] == [ParcelStatus.COLLECTED]


def test_a_parcel_is_subscribed_once(kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100) -> None:
    for _ in range(2):
        SUBSCRIBE(courier, None)  # type: ignore[arg-type]

    assert len(kuaidi100.parcel(NUMBER).subscriptions) == 1


@pytest.mark.parametrize(
    ("code", "status", "flags"),
    [
        (0, "booked", ""),
        (610, "canceled", "over"),
        (1, "assigned", ""),
        (2, "assigned", ""),
        (10, "collected", ""),
        (101, "in_transit", ""),
        (400, "out_for_delivery", ""),
        (13, "signed", ""),
        (14, "exception", ""),
        (11, "canceled", "over"),
        (12, "returned", ""),
        (9, "canceled", ""),
        (99, "canceled", "over"),
        (15, "unknown", "charges"),
        (155, "unknown", "charges"),
        (166, "booked", "revived"),
        (200, "unknown", ""),
        (201, "unknown", ""),
        (7777, "unknown", ""),
    ],
)
def test_a_step_of_a_booking(code: int, status: str, flags: str) -> None:
    param = {"data": {"status": code, "freight": "9.60"}, "kuaidinum": None}
    told = read_step(param, task_id="", now=datetime(2026, 1, 1, tzinfo=UTC))

    found = {"over": told.is_over, "charges": told.charge_fen == 960, "revived": told.is_revived}
    assert (told.status, told.code) == (status, str(code))
    assert [name for name, holds in found.items() if holds] == flags.split()
    assert str(code) in STEPS or code == 7777


@pytest.mark.parametrize(
    "freight",
    ["9.601", "-9", "9,60", "1e3", "9e999999", "NaN", "sNaN", "Infinity", "٣", "9" * 8, " 9"],
)
def test_a_freight_that_is_no_amount_is_not_read(freight: str) -> None:
    with pytest.raises(Malformed):
        read_step(
            {"data": {"status": 15, "freight": freight}},
            task_id="",
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )


def test_money_is_never_taken_from_a_detail() -> None:
    """It would be added again each time that it is asked."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    told = read_detail({"status": 15, "freight": "9.60", "kuaidiNum": "JD1"}, task_id="T", now=now)

    assert told is not None
    assert (told.charge_fen, told.waybill_no) == (0, "JD1")
    assert read_detail({"freight": "9.60"}, task_id="T", now=now) is None


@pytest.mark.parametrize("data", [{}, {"status": []}, {"status": True}, {"status": None}, []])
def test_a_step_without_a_status_is_not_read(data: Any) -> None:
    with pytest.raises(Malformed):
        read_step({"data": data}, task_id="", now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (("101", "102"), ParcelStatus.BOOKED),
        (("1", "103"), ParcelStatus.COLLECTED),
        (("0", "7", "8", "10", "11", "12", "1001", "1002", "1003"), ParcelStatus.IN_TRANSIT),
        (("5", "501"), ParcelStatus.OUT_FOR_DELIVERY),
        (("3", "301", "302", "303", "304"), ParcelStatus.SIGNED),
        (
            ("2", "13", *(str(n) for n in (201, 202, 204, 205, 206, 207, 208, 209))),
            ParcelStatus.EXCEPTION,
        ),
        (("4", "6", "14", "203"), ParcelStatus.RETURNED),
        (("210", "401"), ParcelStatus.CANCELED),
        (("98765",), ParcelStatus.UNKNOWN),
    ],
)
def test_a_scan_by_its_code(codes: tuple[str, ...], status: ParcelStatus) -> None:
    assert {STATES.get(code, ParcelStatus.UNKNOWN) for code in codes} == {status}


def test_a_parcel_may_turn_out_to_be_another_couriers() -> None:
    result = {"state": "0", "status": "200", "com": "jd", "nu": "1", "data": []}
    push = {"status": "polling", "comOld": "jd", "comNew": "yuantong", "lastResult": result}

    assert [read_push(push | it).courier for it in ({}, {"comNew": ""})] == ["yto", "jd"]


def test_scans_of_one_second_keep_their_order() -> None:
    scans = [
        {"context": code, "time": "2026-01-01 10:00:00", "statusCode": code}
        for code in ("3", "5", "103")
    ]
    tracked = read_parcel({"state": "3", "status": "200", "com": "jd", "data": scans})

    assert [told.code for told in tracked.events] == ["103", "5", "3"]


def test_a_scan_without_a_code_is_read_by_its_words_else_by_the_state() -> None:
    scans = [
        {"context": "b", "time": "2026-01-01 10:00:00", "status": "某个新词"},
        {"context": "a", "time": "2026-01-01 09:00:00", "status": "揽收"},
        {"context": "when?", "time": "yesterday", "status": "签收"},
        {"context": "when?", "time": "0001-01-01 00:00:00", "status": "签收"},
    ]
    tracked = read_parcel({"state": "5", "status": "200", "com": "nobody", "data": scans})

    assert [(told.text, told.status) for told in tracked.events] == [
        ("a", ParcelStatus.COLLECTED),
        ("b", ParcelStatus.OUT_FOR_DELIVERY),
    ]
    assert tracked.courier == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(NAMES), some),
    max_leaves=12,
)


READER = Kuaidi100(
    Account(BEIJING, {"key": "k", "secret": "s", "customer": "c"}, URLS),
    httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500))),
    Clock(),
)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200), param=JSON | st.text())
def test_a_callback_is_read_or_refused_whatever_it_says(body: bytes, param: Any) -> None:
    """And what is read can be stored as JSON."""
    text = param if isinstance(param, str) else json.dumps(param)
    form = urlencode({"param": text.encode("utf-8", "surrogatepass")})
    is_signed = f"{form}&sign={signed_as(text)}".encode()
    for read in (READER.read_booking_callback, READER.read_tracking_callback):
        for one in (body, is_signed):
            with suppress(Forged, Malformed):
                found = read(one, salt=SALT, now=datetime(2026, 1, 1, tzinfo=UTC))
                events = found.events if isinstance(found, Tracked) else [found]
                assert "\x00" not in json.dumps([dict(it.raw) for it in events], allow_nan=False)


def signed_as(text: str) -> str:
    try:
        return md5(text, SALT)
    except UnicodeEncodeError:
        return ""

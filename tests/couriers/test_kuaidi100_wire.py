"""Kuaidi100's wire, against vectors and samples that were made with other programs than ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from saleor_wechat_returns.couriers.base import Account, Booking, Forged
from saleor_wechat_returns.couriers.kuaidi100 import Kuaidi100
from saleor_wechat_returns.couriers.kuaidi100_wire import signed, to_param
from saleor_wechat_returns.couriers.kuaidi100_words import read_parcel, read_push, read_step
from saleor_wechat_returns.domain.parcels import ParcelStatus

from .conftest import Clock

Shared = Callable[[str], dict[str, Any]]
VECTORS, ORDERS, TRACKS = (
    "vectors/kuaidi100.json",
    "samples/kuaidi100_order.json",
    "samples/kuaidi100_track.json",
)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Answering:
    """A server that gives one answer to everything, and remembers what it was asked."""

    def __init__(self, account: Account, clock: Clock, answer: dict[str, Any]) -> None:
        self.forms: list[dict[str, str]] = []
        self.urls: list[str] = []

        def answered(request: httpx.Request) -> httpx.Response:
            self.urls.append(str(request.url))
            self.forms.append(dict(httpx.QueryParams(request.content.decode())))
            return httpx.Response(200, json=answer)

        http = httpx.Client(transport=httpx.MockTransport(answered))
        self.courier = Kuaidi100(account, http, clock)

    @property
    def param(self) -> dict[str, Any]:
        return dict(json.loads(self.forms[-1]["param"]))


def test_signs_as_the_vectors_do(shared: Shared) -> None:
    vectors = shared(VECTORS)
    order, query = vectors["border_order"]["form"], vectors["realtime_query"]["form"]

    key, secret = vectors["key"], vectors["secret"]
    assert signed(order["param"], order["t"], key, secret) == order["sign"]
    assert signed(query["param"], key, query["customer"]) == query["sign"]
    assert to_param(json.loads(order["param"])) == order["param"]


def test_orders_as_the_sample_does(
    shared: Shared, account: Account, clock: Clock, make_booking: Callable[..., Booking]
) -> None:
    samples = shared(ORDERS)
    server = Answering(account, clock, samples["order_response"])

    booked = server.courier.book(make_booking(remark="RMA20260101000001"))

    assert server.param == samples["order_param"]
    assert server.urls == ["https://poll.kuaidi100.com/order/borderapi.do"]
    form = server.forms[0]
    assert form["method"] == "bOrder"
    assert form["sign"] == signed(form["param"], form["t"], form["key"], "TestSecret0001")
    assert booked.ids == {"taskId": "T0001", "orderId": "1000001"}
    assert booked.waybill_no == "JDVA00000000001"


def test_reads_an_order_whose_number_comes_later(
    shared: Shared, account: Account, clock: Clock, make_booking: Callable[..., Booking]
) -> None:
    server = Answering(account, clock, shared(ORDERS)["order_response_async"])

    booked = server.courier.book(make_booking())

    assert (booked.ids["taskId"], booked.waybill_no) == ("T0002", "")


def test_cancels_and_asks_the_price_as_the_samples_do(
    shared: Shared, account: Account, clock: Clock, make_booking: Callable[..., Booking]
) -> None:
    samples = shared(ORDERS)
    booking, ids = make_booking(), {"taskId": "T0001", "orderId": "1000001"}
    canceling = Answering(account, clock, samples["cancel_response"])
    canceling.courier.cancel(booking, ids, why="顾客改为自行寄回")
    pricing = Answering(account, clock, samples["price_response"])
    quote = pricing.courier.quote(booking.route, booking.goods, "jd")

    assert canceling.param == samples["cancel_param"]
    assert quote is not None
    assert quote.fen == 960
    assert set(pricing.param) == set(samples["price_param"])


def test_subscribes_and_asks_as_the_samples_do(
    shared: Shared, account: Account, clock: Clock
) -> None:
    samples, vectors = shared(TRACKS), shared(VECTORS)
    subscribing = Answering(account, clock, samples["subscribe_response"])
    url = "https://shop.example/kuaidi100/track-callback"
    subscribing.courier.subscribe(
        "jd", "JDVA00000000001", phone="13900000000", salt="s4lt", tracking_url=url
    )
    again = Answering(account, clock, samples["subscribe_repeat"])
    again.courier.subscribe("jd", "JDVA00000000001", phone="", salt="s", tracking_url=url)
    asking = Answering(account, clock, samples["query_response_ok"])
    asking.courier.track("sf", "SF0000000000001", phone="0000")

    assert subscribing.param == samples["subscribe_param"]
    assert subscribing.forms[0]["schema"] == "json"
    assert subscribing.urls == ["https://poll.kuaidi100.com/poll"]
    assert asking.forms == [vectors["realtime_query"]["form"]]
    assert asking.urls == ["https://poll.kuaidi100.com/poll/query.do"]


def test_believes_the_callbacks_of_the_vectors_and_no_altered_one(
    shared: Shared, account: Account, clock: Clock
) -> None:
    vectors = shared(VECTORS)
    courier = Answering(account, clock, {}).courier
    order, push = vectors["order_callback"]["form"], vectors["track_push"]["form"]

    told = courier.read_booking_callback(urlencode(order).encode(), salt="s4lt", now=NOW)
    tracked = courier.read_tracking_callback(urlencode(push).encode(), salt="s4lt", now=NOW)

    assert (told.status, told.courier_name, told.courier_phone) == (
        ParcelStatus.ASSIGNED,
        "张师傅",
        "13700000000",
    )
    assert told.ids == {"taskId": "T0001", "orderId": "1000001"}
    assert (tracked.courier, tracked.waybill_no, tracked.is_over) == ("jd", "JDVA00000000001", True)
    assert json.loads(courier.answer()[1]) == vectors["order_callback"]["answer"]
    altered = order | {"param": order["param"].replace("1000001", "1000002")}
    with pytest.raises(Forged):
        courier.read_booking_callback(urlencode(altered).encode(), salt="s4lt", now=NOW)
    with pytest.raises(Forged):
        courier.read_tracking_callback(urlencode(push).encode(), salt="pepper", now=NOW)


def test_reads_the_callbacks_of_the_samples(shared: Shared) -> None:
    read = [read_step(param, task_id="T", now=NOW) for param in shared(ORDERS)["callbacks_param"]]

    assert [(told.code, told.status.value, told.charge_fen, told.is_over) for told in read] == [
        ("0", "booked", 0, False),
        ("1", "assigned", 0, False),
        ("10", "collected", 0, False),
        ("15", "unknown", 960, False),
        ("101", "in_transit", 0, False),
        ("13", "signed", 0, False),
        ("99", "canceled", 0, True),
        ("11", "canceled", 0, True),
        ("610", "canceled", 0, True),
    ]
    assert "无法联系寄件人" in read[6].text


def test_reads_scans_in_the_order_of_time_and_in_beijings(shared: Shared) -> None:
    samples = shared(TRACKS)
    parcel, given_up = read_parcel(samples["query_response_ok"]), read_push(samples["push_abort"])

    assert [(scan.status.value, scan.at.isoformat()) for scan in parcel.events] == [
        ("collected", "2026-01-02T09:30:00+08:00"),
        ("signed", "2026-01-03T10:00:00+08:00"),
    ]
    assert parcel.events[1].place == "广东,深圳市"
    assert parcel.is_over
    assert (given_up.events, given_up.wants_new_subscription, given_up.is_over) == ((), True, False)

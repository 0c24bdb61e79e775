"""The simulated couriers: what they do with a parcel, and whom they tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from saleor_wechat_returns.couriers.base import Account, Booking
from saleor_wechat_returns.couriers.kuaidi100 import Kuaidi100
from saleor_wechat_returns.domain.parcels import ParcelStatus
from saleor_wechat_returns.sandbox.kuaidi100 import Kuaidi100Sandbox
from saleor_wechat_returns.sandbox.kuaidi100.wire import md5

from .conftest import SALT, Clock

MakeBooking = Callable[..., Booking]


def said(told: list[httpx.Request]) -> list[tuple[str, Any]]:
    """Where to, and the status that was told."""
    found = []
    for request in told:
        param = json.loads(parse_qs(request.content.decode())["param"][0])
        status = param["data"]["status"] if "data" in param else param["lastResult"]["state"]
        found.append((request.url.path.rpartition("/")[2], status))
    return found


def test_a_parcel_is_fetched_carried_and_signed_for_and_all_is_told(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    clock: Clock,
    told: list[httpx.Request],
) -> None:
    courier.book(make_booking())

    for _ in range(60):
        kuaidi100.deliver_due()
        clock.forward(hours=1)

    orders = [status for path, status in said(told) if path == "order-callback"]
    pushes = [status for path, status in said(told) if path == "track-callback"]
    assert orders == [0, 1, 10, 15, 101, 400, 13]
    assert pushes == ["1", "0", "0", "5", "3"]
    assert all(
        md5(form["param"][0], SALT) == form["sign"][0]
        for form in (parse_qs(request.content.decode()) for request in told)
    )


def test_time_may_run_faster(
    account: Any, make_booking: MakeBooking, clock: Clock, told: list[httpx.Request]
) -> None:
    def shop(request: httpx.Request) -> httpx.Response:
        told.append(request)
        return httpx.Response(200, json={"result": True, "returnCode": "200"})

    with httpx.Client(transport=httpx.MockTransport(shop)) as http:
        fast = Kuaidi100Sandbox(clock, http, time_scale=3600)
        fast.add_account(*account.credentials.values())
        Kuaidi100(account, httpx.Client(transport=fast.transport), clock).book(make_booking())
        clock.forward(minutes=1.5)
        fast.deliver_due()

    assert said(told)[-1] == ("track-callback", "3")


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("order_failed", [610]),
        ("canceled_by_courier", [0, 1, 99]),
        ("pickup_failed", [0, 1, 11]),
    ],
)
def test_an_order_that_comes_to_nothing(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    clock: Clock,
    told: list[httpx.Request],
    fault: str,
    statuses: list[int],
) -> None:
    kuaidi100.faults.add(fault)
    courier.book(make_booking())
    clock.forward(days=4)
    kuaidi100.deliver_due()

    assert [status for _, status in said(told)] == statuses


def test_a_callback_that_is_not_taken_is_repeated_twice_and_slowly(
    clock: Clock, account: Any, make_booking: MakeBooking
) -> None:
    heard = []

    def shop(request: httpx.Request) -> httpx.Response:
        heard.append(clock.now)
        return httpx.Response(200, text="ok")

    with httpx.Client(transport=httpx.MockTransport(shop)) as http:
        sandbox = Kuaidi100Sandbox(clock, http)
        sandbox.add_account(*account.credentials.values())
        Kuaidi100(account, httpx.Client(transport=sandbox.transport), clock).book(make_booking())
        sandbox.order("RMA20260101000001").stop("99", clock.now)
        began = clock.now
        for _ in range(300):
            sandbox.deliver_due()
            clock.forward(minutes=1)

    assert [at - began for at in heard] == [timedelta(minutes=30 * n) for n in range(3)]


def test_callbacks_may_come_before_the_answer_twice_or_forged(
    kuaidi100: Kuaidi100Sandbox,
    courier: Kuaidi100,
    make_booking: MakeBooking,
    told: list[httpx.Request],
) -> None:
    for fault in ("callback_before_answer", "callback_twice"):
        kuaidi100.faults.add(fault)
    courier.book(make_booking())
    first = said(told)
    kuaidi100.faults.add("callback_forged")
    kuaidi100.cancel_by_courier("RMA20260101000001")
    kuaidi100.deliver_due()

    assert first == [("order-callback", 0)] * 2
    signs = [parse_qs(request.content.decode()) for request in told[2:]]
    assert [form["sign"][0] == md5(form["param"][0], SALT) for form in signs] == [False, True]


def test_a_refused_parcel_goes_back(
    kuaidi100: Kuaidi100Sandbox, courier: Kuaidi100, clock: Clock, told: list[httpx.Request]
) -> None:
    kuaidi100.post_parcel("jd", "JDVA00000000009", journey="refused")
    courier.subscribe(
        "jd", "JDVA00000000009", phone="", salt=SALT, tracking_url="https://shop.example/t"
    )
    for code in ("14", "4"):
        kuaidi100.hurry_parcel("JDVA00000000009", code)
        kuaidi100.deliver_due()

    assert [status for _, status in said(told)] == ["14", "4"]


def test_answers_over_http_too(
    kuaidi100: Kuaidi100Sandbox, account: Account, clock: Clock, make_booking: MakeBooking
) -> None:
    server = kuaidi100.serve("127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        urls = {"KUAIDI100_URL": url, "KUAIDI100_ORDER_URL": f"{url}/apiMock/border"}
        with httpx.Client(trust_env=False) as http:
            courier = Kuaidi100(replace(account, urls=urls), http, clock)
            booked = courier.book(make_booking())
            kuaidi100.hurry_order("RMA20260101000001", "signed")
            tracked = courier.track("jd", booked.waybill_no, phone="")
    finally:
        server.shutdown()

    assert [told.status for told in tracked.events][-1] == ParcelStatus.SIGNED

"""A shop's account at Kuaidi100, simulated in memory. Nothing here may leave the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from saleor_wechat_returns.couriers.base import Account, Booking, Goods, Place, Route, Window
from saleor_wechat_returns.couriers.kuaidi100 import Kuaidi100
from saleor_wechat_returns.sandbox.kuaidi100 import Kuaidi100Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]
BEIJING = ZoneInfo("Asia/Shanghai")
KEY, SECRET, CUSTOMER, SALT = "TestKey0001", "TestSecret0001", "TESTCUSTOMER0001", "s4lt"
URLS = {
    "KUAIDI100_URL": "https://poll.kuaidi100.com",
    "KUAIDI100_ORDER_URL": "https://poll.kuaidi100.com/order/borderapi.do",
}
WAREHOUSE = Place("退货仓", "13800000000", "广东省", "深圳市", "南山区", "科技南十二路2号")
CUSTOMERS_HOME = Place("李四", "13900000000", "广东省", "广州市", "海珠区", "新港中路397号")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)  # 8:00 in Beijing

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared() -> Callable[[str], dict[str, Any]]:
    """Reader of the shared vectors and samples, made with other programs than ours."""
    folder = Path(os.environ.get("RETURNS_SHARED", CHECKOUT.parent / "shared")) / "wechat"

    def read(name: str) -> dict[str, Any]:
        if not folder.is_dir():
            pytest.skip(
                f"NOT SHOWN: that Kuaidi100's signatures and samples are ours byte for byte. "
                f"It needs the test vectors: set RETURNS_SHARED (looked in {folder})."
            )
        return dict(json.loads((folder / name).read_text("utf-8")))

    return read


@pytest.fixture
def told() -> list[httpx.Request]:
    """Callbacks that reached the shop."""
    return []


@pytest.fixture
def kuaidi100(clock: Clock, told: list[httpx.Request]) -> Iterator[Kuaidi100Sandbox]:
    def shop(request: httpx.Request) -> httpx.Response:
        told.append(request)
        return httpx.Response(200, json={"result": True, "returnCode": "200", "message": "成功"})

    with httpx.Client(transport=httpx.MockTransport(shop)) as http:
        sandbox = Kuaidi100Sandbox(clock, http)
        sandbox.add_account(KEY, SECRET, CUSTOMER)
        yield sandbox


@pytest.fixture
def account() -> Account:
    credentials = {"key": KEY, "secret": SECRET, "customer": CUSTOMER}
    return Account(zone=BEIJING, credentials=credentials, urls=URLS)


@pytest.fixture
def courier(kuaidi100: Kuaidi100Sandbox, account: Account, clock: Clock) -> Iterator[Kuaidi100]:
    with httpx.Client(transport=kuaidi100.transport) as http:
        yield Kuaidi100(account, http, clock)


@pytest.fixture
def make_booking() -> Callable[..., Booking]:
    def make(**changes: Any) -> Booking:
        tomorrow = datetime(2026, 1, 2, 9, tzinfo=BEIJING)
        usual: dict[str, Any] = {
            "number": "RMA20260101000001",
            "courier": "jd",
            "route": Route(CUSTOMERS_HOME, WAREHOUSE),
            "goods": Goods("服装"),
            "window": Window(tomorrow, tomorrow + timedelta(hours=2)),
            "salt": SALT,
            "callback_url": "https://shop.example/kuaidi100/order-callback",
            "tracking_url": "https://shop.example/kuaidi100/track-callback",
        }
        return Booking(**(usual | changes))

    return make

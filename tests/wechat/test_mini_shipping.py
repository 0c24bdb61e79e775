"""What went out for a payment, told through the adapter …"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.sandbox.wechat_mini import WechatMiniSandbox
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.mini import MiniClient, MiniProgram
from saleor_wechat_returns.wechat.mini_shipping import (
    Logistics,
    ShippedOrder,
    ShippingInfo,
    ToldParcel,
)
from tests.wechat.test_mini import APPID, SECRET, Store, answering

NUMBER = "4200000000202601010000000001"
OPENID = "oTESTopenid0000000000000001"
UPLOAD, GET = "/wxa/sec/order/upload_shipping_info", "/wxa/sec/order/get_order"
SHIRT = ToldParcel("T恤*1", "SF0000000000009", "SF", "139****0000")
HOODIE = ToldParcel("卫衣*1", "YT0000000000001", "YTO")
WHOLE = ShippingInfo(Logistics.COURIER, (SHIRT,), is_split=False, is_complete=True)
PART = ShippingInfo(Logistics.COURIER, (SHIRT,), is_split=True, is_complete=False)
BOTH = ShippingInfo(Logistics.COURIER, (SHIRT, HOODIE), is_split=True, is_complete=True)


@pytest.fixture
def pay(clock: Any) -> WechatPaySandbox:
    pay = WechatPaySandbox(clock)
    paid = pay.add_payment("1900000001", NUMBER, "SO20260101000001", 5999, OPENID, clock())
    paid.appid = APPID
    return pay


@pytest.fixture
def wechat(clock: Any, pay: WechatPaySandbox) -> WechatMiniSandbox:
    wechat = WechatMiniSandbox(clock, pay=pay)
    wechat.add_app(APPID, SECRET)
    return wechat


@pytest.fixture
def mini(wechat: WechatMiniSandbox, clock: Any) -> Iterator[MiniClient]:
    with httpx.Client(transport=wechat.transport) as http:
        yield MiniClient(MiniProgram(APPID, SECRET), http, Store(), clock)


def saying(clock: Any, answer: Any) -> MiniClient:
    """WeChat gives a token, and then this answer."""

    def answered(request: httpx.Request) -> httpx.Response:
        is_token = request.url.path.endswith("stable_token")
        token = {"access_token": "t", "expires_in": 7200}
        return httpx.Response(200, json=token if is_token else answer)

    return answering(Store(), clock, answered)


def tell(mini: MiniClient, clock: Any, *infos: ShippingInfo, openid: str = OPENID) -> None:
    for info in infos:
        mini.upload_shipping_info(info, NUMBER, openid, clock())
        clock.pass_seconds(1)


def test_is_written_as_documented(mini: MiniClient, wechat: WechatMiniSandbox, clock: Any) -> None:
    tell(mini, clock, PART, BOTH)

    part, both = (call for call in wechat.calls if call.path == UPLOAD)
    body = json.loads(part.body)
    assert body.pop("upload_time").endswith("+08:00")
    assert body == {
        "order_key": {"order_number_type": 2, "transaction_id": NUMBER},
        "logistics_type": 1,
        "delivery_mode": 2,
        "is_all_delivered": False,
        "shipping_list": [
            {
                "tracking_no": "SF0000000000009",
                "express_company": "SF",
                "item_desc": "T恤*1",
                "contact": {"receiver_contact": "139****0000"},
            }
        ],
        "payer": {"openid": OPENID},
    }
    assert "T恤".encode() in part.body  # WeChat wants no \\u escapes
    assert json.loads(both.body)["shipping_list"][1] == {
        "tracking_no": "YT0000000000001",
        "express_company": "YTO",
        "item_desc": "卫衣*1",
    }


def test_shows_who_it_is_about_in_no_log_or_repr() -> None:
    assert "0009" not in repr(WHOLE)
    assert "139" not in repr(WHOLE)


def test_is_cut_to_what_wechat_takes(
    mini: MiniClient, wechat: WechatMiniSandbox, clock: Any
) -> None:
    tell(mini, clock, replace(WHOLE, parcels=(replace(SHIRT, item_desc="衫" * 200),)))

    assert wechat.shipping.told[NUMBER].parcels["SF0000000000009"]["item_desc"] == "衫" * 120


def known(state: int, times: int, *parcels: ToldParcel, is_split: bool = False) -> ShippedOrder:
    return ShippedOrder(
        state=state,
        is_split=is_split,
        is_finished=times > 0,
        times_finished=times,
        parcels=frozenset((p.express_company, p.tracking_no) for p in parcels),
    )


def test_is_known_there_afterwards(mini: MiniClient, clock: Any) -> None:
    before = mini.get_order(NUMBER)
    tell(mini, clock, PART)
    part = mini.get_order(NUMBER)
    tell(mini, clock, BOTH)

    assert before == known(1, 0)
    assert part == known(1, 0, SHIRT, is_split=True)
    assert mini.get_order(NUMBER) == known(2, 1, SHIRT, HOODIE, is_split=True)
    assert [part.shows(info) for info in (PART, WHOLE, BOTH)] == [True, False, False]
    assert [mini.get_order(NUMBER).shows(info) for info in (PART, BOTH)] == [False, True]


def test_reads_the_order_of_the_documents(clock: Any) -> None:
    """`order_state` 5: all of it was refunded."""
    order = {
        "transaction_id": NUMBER,
        "order_state": 5,
        "in_complaint": False,
        "shipping": {
            "delivery_mode": 1,
            "logistics_type": 1,
            "finish_shipping": True,
            "finish_shipping_count": 1,
            "goods_desc": "T恤*1",
            "shipping_list": [],
        },
    }
    mini = saying(clock, {"errcode": 0, "errmsg": "ok", "order": order})

    assert mini.get_order(NUMBER) == known(5, 1)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"order": []},
        {"order": {}},
        {"order": {"order_state": "x"}},
        {"order": {"order_state": 1, "shipping": 1}},
        {"order": {"order_state": 1, "shipping": {"shipping_list": ["x"]}}},
        {"order": {"order_state": 1, "shipping": {"shipping_list": [{"tracking_no": 1}]}}},
    ],
)
def test_is_not_known_by_an_answer_that_makes_no_sense(answer: Any, clock: Any) -> None:
    """A question: it may simply be asked again."""
    with pytest.raises(ProviderUnavailable):
        saying(clock, answer).get_order(NUMBER)


@pytest.mark.parametrize(
    ("infos", "code"),
    [
        ((WHOLE, WHOLE), 10060023),
        ((WHOLE, replace(WHOLE, parcels=(HOODIE,)), WHOLE), 10060003),
        ((PART, WHOLE, PART), 10060003),  # another mode was the correction
        ((replace(WHOLE, parcels=(replace(SHIRT, receiver_contact=""),)),), 10060014),
        ((replace(WHOLE, parcels=(replace(SHIRT, item_desc=""),)),), 10060008),
        ((replace(WHOLE, parcels=(SHIRT, HOODIE)),), 268485228),
        ((replace(PART, parcels=(HOODIE,) * 16),), 10060024),
        ((replace(PART, logistics=Logistics.VIRTUAL),), 10060006),
        ((replace(WHOLE, parcels=(replace(HOODIE, express_company=""),)),), 268485227),
        ((replace(WHOLE, parcels=(ToldParcel("卫衣*1"),)),), 268485226),
    ],
)
def test_is_refused(
    mini: MiniClient, clock: Any, infos: tuple[ShippingInfo, ...], code: int
) -> None:
    *before, latest = infos
    tell(mini, clock, *before)

    with pytest.raises(ProviderRejected) as rejected:
        tell(mini, clock, latest)

    assert (rejected.value.code, rejected.value.kind) == (str(code), Rejection.BUSINESS)


def test_is_refused_for_another_person_or_payment(
    mini: MiniClient, clock: Any, pay: WechatPaySandbox
) -> None:
    with pytest.raises(ProviderRejected, match="10060031"):
        tell(mini, clock, WHOLE, openid="oSomebodyElse")
    pay.payments[NUMBER].appid = "wx0000000000000009"
    for ask in (lambda: tell(mini, clock, WHOLE), lambda: mini.get_order(NUMBER)):
        with pytest.raises(ProviderRejected, match="10060001") as rejected:
            ask()
        assert rejected.value.kind is Rejection.NOT_FOUND


def test_is_refused_once_all_of_it_went_back(
    mini: MiniClient, clock: Any, pay: WechatPaySandbox, wechat: WechatMiniSandbox
) -> None:
    pay.refund_in_console(NUMBER, 5000)
    tell(mini, clock, WHOLE)
    clock.pass_seconds(60)
    pay.refund_in_console(NUMBER, 999)

    with pytest.raises(ProviderRejected, match="10060004"):
        tell(mini, clock, BOTH)

    assert mini.get_order(NUMBER).state == 5


@pytest.mark.parametrize("errcode", [-1, 10060012, 10060019])
def test_comes_later_while_wechat_is_busy(clock: Any, errcode: int) -> None:
    with pytest.raises(ProviderUnavailable):
        tell(saying(clock, {"errcode": errcode}), clock, WHOLE)


def test_may_have_arrived_although_nothing_came_back(
    mini: MiniClient, wechat: WechatMiniSandbox, clock: Any
) -> None:
    wechat.faults.add("timeout_after_accept", path=UPLOAD)
    wechat.faults.add("timeout_after_accept", path=GET)

    with pytest.raises(OutcomeUnknown):
        tell(mini, clock, WHOLE)
    with pytest.raises(ProviderUnavailable):
        mini.get_order(NUMBER)

    assert mini.get_order(NUMBER).shows(WHOLE)

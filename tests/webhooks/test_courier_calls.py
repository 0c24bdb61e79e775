"""The addresses that couriers call …"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog

from saleor_wechat_returns.domain.lifecycle import BookingStatus, DeliveryStatus
from saleor_wechat_returns.models import (
    CourierAccount,
    InboxMessage,
    Parcel,
    PickupBooking,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.sandbox.kuaidi100.wire import md5
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases.courier_door import body_of
from saleor_wechat_returns.usecases.couriers import booking_url, parcel_url, salt_of, tracker_of
from saleor_wechat_returns.usecases.parcel_rows import parcel_under
from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World

ACCEPTED: dict[str, Any] = {
    "kuaidicom": "jd",
    "kuaidinum": "JDVA00000000001",
    "status": "200",
    "message": "成功",
    "data": {"orderId": "1000001", "status": 1, "courierName": "张师傅"},
}
SIGNED: dict[str, Any] = {
    "status": "shutdown",
    "lastResult": {
        "state": "3",
        "status": "200",
        "ischeck": "1",
        "com": "jd",
        "nu": "JDVA00000000001",
        "data": [{"context": "已签收", "time": "2026-11-25 10:00:00", "statusCode": "3"}],
    },
}
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}


@pytest.fixture
def shop(world: World) -> TestShop:
    world.shop.add_courier()
    return world.shop


@pytest.fixture
def parcel(shop: TestShop) -> Parcel:
    return parcel_under(shop.row, "JDVA00000000001", carrier="jd")


@pytest.fixture
def booking(shop: TestShop, parcel: Parcel) -> PickupBooking:
    request = make.approved(shop, shop.order())
    row = ReturnRequest.objects.get(number=request["number"])
    sealed, key_id = seal("")
    delivery = ReverseDelivery.objects.create(
        shop=shop.row, request=row, parcel=parcel, status=DeliveryStatus.EXPECTED
    )
    now = shop.world.clock.now
    return PickupBooking.objects.create(
        shop=shop.row,
        delivery=delivery,
        request=row,
        provider="kuaidi100",
        courier="jd",
        number="R1",
        status=BookingStatus.ASKING,
        starts_at=now,
        ends_at=now.replace(hour=now.hour + 2),
        sender_sealed=sealed,
        salt_sealed=seal("a salt of its own")[0],
        courier_name_sealed=sealed,
        courier_phone_sealed=sealed,
        sealed_key_id=key_id,
        consented_at=now,
        consent_version="1",
        merchant_pays=True,
    )


def signed(param: Any, salt: str, **more: str) -> bytes:
    text = param if isinstance(param, str) else json.dumps(param, ensure_ascii=False)
    return urlencode({"param": text, "sign": md5(text, salt), **more}).encode()


def post(shop: TestShop, url: str, body: bytes | Iterator[bytes]) -> httpx.Response:
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return shop.world.us.post(url, content=body, headers=kind)


def test_take_what_is_said_of_a_booking_once_and_keep_it_sealed(
    shop: TestShop, booking: PickupBooking
) -> None:
    body = signed(ACCEPTED, salt_of(booking), taskId="T0001")
    answers = [post(shop, booking_url(booking), body) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, TAKEN)] * 2
    message = InboxMessage.objects.get(source="courier.booking")
    assert message.payload["booking"] == str(booking.pk)
    assert message.payload["provider"] == "kuaidi100"
    assert body_of(message) == body
    assert "JDVA" not in json.dumps(message.payload)
    assert urlencode({"": "张师傅"})[1:] not in json.dumps(message.payload)


def test_take_what_is_said_of_a_parcel(shop: TestShop, parcel: Parcel) -> None:
    answer = post(shop, parcel_url(parcel, "kuaidi100"), signed(SIGNED, salt_of(parcel)))

    assert (answer.status_code, answer.json()) == (200, TAKEN)
    message = InboxMessage.objects.get(source="courier.tracking")
    assert message.payload["parcel"] == str(parcel.pk)


def test_lead_from_the_couriers_scan_to_the_parcels_row(shop: TestShop, parcel: Parcel) -> None:
    """From the subscription to the row, over every wire there is."""
    tracker = tracker_of(shop.row)
    assert tracker is not None
    shop.world.couriers.post_parcel("jd", "JDVA00000000001", is_empty=True)
    tracker.subscribe(
        "jd",
        "JDVA00000000001",
        phone="",
        salt=salt_of(parcel),
        tracking_url=parcel_url(parcel, tracker.provider),
    )
    shop.world.couriers.hurry_parcel("JDVA00000000001", "3")
    shop.world.quiet()

    parcel.refresh_from_db()
    assert (parcel.status, parcel.signed_at) == ("signed", shop.world.clock.now)
    assert [callback.is_taken for callback in shop.world.couriers.callbacks] == [True]
    assert InboxMessage.objects.get(source="courier.tracking").payload == {
        "parcel": str(parcel.pk),
        "provider": "kuaidi100",
    }


def test_know_a_booked_parcel_by_the_salt_of_its_booking_too(
    shop: TestShop, parcel: Parcel, request: pytest.FixtureRequest
) -> None:
    """It may have been followed before it turned out to be a booked one."""
    followed_with = salt_of(parcel)
    booking: PickupBooking = request.getfixturevalue("booking")
    url = parcel_url(parcel, "kuaidi100")
    answers = [
        post(shop, url, signed(SIGNED, salt)).status_code
        for salt in (followed_with, salt_of(booking), "another")
    ]

    assert salt_of(parcel) == salt_of(booking) != followed_with
    assert answers == [200, 200, 403]


def test_refuse_what_is_forged_replayed_elsewhere_or_nonsense(
    shop: TestShop, booking: PickupBooking
) -> None:
    """Never a row, never a 500, always a line in the log."""
    other = parcel_under(shop.row, "JDVA00000000002", carrier="jd")
    salt, own = salt_of(booking), booking_url(booking)
    parcels = parcel_url(booking.delivery.parcel, "kuaidi100")
    text = json.dumps(ACCEPTED)
    gbk = urlencode({"param": "成功".encode("gbk"), "sign": md5("x")}).encode()
    cases: list[tuple[str, bytes, int]] = [
        (own, signed(ACCEPTED, "another salt"), 403),
        (own, urlencode({"param": text}).encode(), 403),
        (own, urlencode({"param": text, "sign": "签名"}).encode(), 403),
        (parcel_url(other, "kuaidi100"), signed(SIGNED, salt), 403),
        (parcels, signed(ACCEPTED, salt), 400),
        (own, signed(SIGNED, salt), 400),
        (own, b"", 400),
        (own, b"\xff\xfe\x00", 400),
        (own, gbk, 400),
        (own, signed("not JSON", salt), 400),
        (own, signed("[1]", salt), 400),
        (own, signed('{"data": {"status": NaN}}', salt), 400),
        (own, signed('{"data": {"status": "\\u0000"}}', salt), 400),
        (own, signed('{"data": {"status": "\\ud800"}}', salt), 400),
        (own, signed("[" * 20_000, salt), 400),
        (own, signed('{"data": {"status": 15, "freight": "1e99"}}', salt), 400),
        (own, signed(ACCEPTED, salt) + b"&param=1", 400),
        (own, signed(ACCEPTED, salt, taskId="\0"), 400),
        (own, signed(ACCEPTED, salt, taskId="1" * 1000), 400),
        (own, b"&".join(b"a%d=1" % n for n in range(50)), 400),
        (own, signed(ACCEPTED, salt) + b"&x=" + b"1" * 70_000, 413),
        (own, b"1" * 1024 * 1024, 413),
    ]
    with nothing_changes(shop.world), structlog.testing.capture_logs() as logs:
        statuses = [post(shop, url, body).status_code for url, body, _ in cases]

    assert statuses == [status for *_, status in cases]
    refused = [entry for entry in logs if entry["event"] == "courier.call_refused"]
    assert len(refused) == len(cases)
    assert "张师傅" not in str(logs)


def test_know_no_other_row_shop_provider_or_method(shop: TestShop, booking: PickupBooking) -> None:
    shop.world.other_shop.add_courier()
    body = signed(ACCEPTED, salt_of(booking))
    own, others = shop.row.key, shop.world.other_shop.row.key
    paths = [
        f"/s/unknown/couriers/kuaidi100/bookings/{booking.pk}",
        f"/s/{others}/couriers/kuaidi100/bookings/{booking.pk}",
        f"/s/{own}/couriers/manual/bookings/{booking.pk}",
        f"/s/{own}/couriers/nobody/bookings/{booking.pk}",
        f"/s/{own}/couriers/kuaidi100/bookings/{booking.delivery.parcel_id}",
        f"/s/{own}/couriers/kuaidi100/parcels/{booking.pk}",
        f"/s/{own}/couriers/kuaidi100/bookings/1",
        f"/s/{own}/couriers/kuaidi100/bookings/a%00b",
        "/s/a%00b/couriers/kuaidi100/bookings/1",
    ]
    with nothing_changes(shop.world), structlog.testing.capture_logs() as logs:
        assert [post(shop, path, body).status_code for path in paths] == [404] * len(paths)
        refused = [entry["reason"] for entry in logs if entry["event"] == "courier.call_refused"]
        assert refused == ["unknown"] * len(paths)
        assert shop.world.us.get(booking_url(booking)).status_code == 405


def test_say_later_while_our_own_keys_are_missing(shop: TestShop, booking: PickupBooking) -> None:
    body = signed(ACCEPTED, salt_of(booking))
    PickupBooking.objects.update(sealed_key_id="lost")
    first = post(shop, booking_url(booking), body)
    CourierAccount.objects.update(sealed_key_id="lost")
    second = post(shop, booking_url(booking), body)

    assert [first.status_code, second.status_code] == [503, 503]
    assert not InboxMessage.objects.filter(source="courier.booking").exists()


def test_believe_nobody_once_the_salt_is_erased(shop: TestShop, booking: PickupBooking) -> None:
    PickupBooking.objects.update(salt_sealed=seal("")[0])
    parcel = parcel_url(booking.delivery.parcel, "kuaidi100")

    answers = [
        post(shop, booking_url(booking), signed(ACCEPTED, "")),
        post(shop, parcel, signed(SIGNED, "")),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_keep_nothing_of_what_is_not_believed_any_more(
    shop: TestShop, booking: PickupBooking, parcel: Parcel
) -> None:
    """Its salt was erased between the door and the worker."""
    post(shop, booking_url(booking), signed(ACCEPTED, salt_of(booking)))
    post(shop, parcel_url(parcel, "kuaidi100"), signed(SIGNED, salt_of(booking)))
    PickupBooking.objects.update(salt_sealed=seal("")[0])

    shop.world.quiet()

    heard = InboxMessage.objects.filter(source__startswith="courier.", handled_at__isnull=False)
    assert [set(it.payload) & {"body", "key_id"} for it in heard] == [set(), set()]


def test_take_calls_for_an_account_that_is_switched_off(
    shop: TestShop, booking: PickupBooking
) -> None:
    CourierAccount.objects.update(is_enabled=False)

    answer = post(shop, booking_url(booking), signed(ACCEPTED, salt_of(booking)))

    assert answer.status_code == 200

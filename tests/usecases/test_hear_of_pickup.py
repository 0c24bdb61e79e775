"""What a courier says of a pickup …

It is said late, twice and in any order, by callback and by answer: `hear` is the one place for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from saleor_wechat_returns.couriers.base import Told
from saleor_wechat_returns.domain.parcels import ParcelStatus
from saleor_wechat_returns.models import (
    OutboxMessage,
    Parcel,
    PickupBooking,
    ReturnRequest,
    ReverseDelivery,
)
from saleor_wechat_returns.usecases.bookings import hear
from tests import make
from tests.returning import book, call_off, seen_by_clerk, seen_by_li, to_be_fetched
from tests.usecases.unchanged import rows_stay
from tests.world import World

S = ParcelStatus


def say(world: World, status: ParcelStatus, number: str = "-P1", **more: Any) -> None:
    booking = PickupBooking.objects.get(number__endswith=number)
    hear(booking, Told(status, world.clock.now, code=status, **more), now=world.clock.now)


def booked(world: World) -> dict[str, Any]:
    request = to_be_fetched(world.shop)
    book(world.shop, request)
    world.work()
    return request


def standing(world: World, request: dict[str, Any]) -> tuple[str, str, str]:
    booking = PickupBooking.objects.select_related("delivery").order_by("id")[0]
    return seen_by_li(world.shop, request)["status"], booking.status, booking.delivery.status


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ((S.BOOKED, S.ASSIGNED), ("AWAITING_PICKUP", "assigned", "expected")),
        ((S.BOOKED, S.ASSIGNED, S.COLLECTED), ("IN_TRANSIT", "collected", "submitted")),
        ((S.ASSIGNED, S.IN_TRANSIT, S.SIGNED), ("IN_TRANSIT", "collected", "submitted")),
        ((S.ASSIGNED, S.CANCELED), ("APPROVED", "failed", "canceled")),
        ((S.UNKNOWN,), ("AWAITING_PICKUP", "booked", "expected")),
    ],
)
def test_ends_the_same_in_any_order_and_however_often(
    world: World, said: Sequence[ParcelStatus], end: tuple[str, str, str]
) -> None:
    """EC44"""
    request = booked(world)
    for order in permutations(said):
        PickupBooking.objects.update(status="booked")
        ReverseDelivery.objects.update(status="expected")
        ReturnRequest.objects.update(status="awaiting_pickup")

        for status in (*order, *order):
            say(world, status, courier_name="张师傅", courier_phone="13700000000")

        assert standing(world, request) == end


def test_may_come_before_the_answer_to_the_booking(world: World) -> None:
    """EC44"""
    request = to_be_fetched(world.shop)
    book(world.shop, request)

    say(world, S.ASSIGNED, waybill_no="JDVA00000000001", ids={"taskId": "t", "orderId": "o"})
    world.work()

    assert standing(world, request) == ("AWAITING_PICKUP", "assigned", "expected")
    assert seen_by_li(world.shop, request)["deliveries"][0]["waybillNo"] == "JDVA00000000001"


def test_names_who_comes_while_he_is_on_his_way(world: World) -> None:
    request = booked(world)

    say(world, S.ASSIGNED, courier_name="张师傅", courier_phone="13700000000")
    say(world, S.ASSIGNED, courier_name="李师傅")  # handed on

    seen = seen_by_li(world.shop, request)["deliveries"][0]["pickup"]
    assert (seen["courierName"], seen["courierPhone"]) == ("李师傅", "13700000000")


def test_never_replaces_a_number_that_is_known(world: World) -> None:
    """Not all of a callback is signed."""
    request = booked(world)
    before = PickupBooking.objects.get().provider_ids
    number = seen_by_li(world.shop, request)["deliveries"][0]["waybillNo"]

    say(world, S.UNKNOWN, ids={"taskId": "another"}, waybill_no="JDVA99999999999")

    assert PickupBooking.objects.get().provider_ids == before
    assert seen_by_li(world.shop, request)["deliveries"][0]["waybillNo"] == number


def test_makes_a_parcel_of_one_that_was_told_of_before(world: World) -> None:
    """The customer typed the number that the courier had given him."""
    request = to_be_fetched(world.shop)
    other = make.requested(world.shop, world.shop.order())
    parcel = {"carrier": "京东物流", "waybillNo": "JDVA00000000001"}
    world.shop.as_li(make.SUBMIT, id=other["id"], input=parcel, key=make.key())
    book(world.shop, request)

    say(world, S.BOOKED, waybill_no="JDVA00000000001")

    assert Parcel.objects.exclude(waybill_index="").count() == 1
    assert seen_by_li(world.shop, request)["deliveries"][0]["waybillNo"] == "JDVA00000000001"


def test_counts_each_charge_once_and_shows_it_to_staff(world: World) -> None:
    request = booked(world)

    for raw in ({"freight": "12"}, {"freight": "12"}, {"freight": "1.5"}):
        fen = 1200 if raw["freight"] == "12" else 150
        say(world, S.UNKNOWN, charge_fen=fen, raw=raw)

    seen = [
        ask(world.shop, request)["deliveries"][0]["pickup"] for ask in (seen_by_clerk, seen_by_li)
    ]
    assert [it["chargedAmount"] for it in seen] == [{"fen": 1350}, None]


@pytest.mark.parametrize("ended", ["canceled", "failed"])
def test_is_that_the_courier_came_all_the_same(world: World, ended: str) -> None:
    """EC44"""
    request = booked(world)
    if ended == "canceled":
        call_off(world.shop, request)
        world.work()
    else:
        say(world, S.CANCELED, is_over=True, text="无法联系 13900000000")
        assert "13900000000" not in str(make.tasks(world.shop, request))
    assert standing(world, request) == ("APPROVED", ended, "canceled")

    say(world, S.COLLECTED)

    assert standing(world, request) == ("IN_TRANSIT", "collected", "submitted")
    with rows_stay():
        say(world, S.CANCELED, is_over=True)


def test_of_a_return_that_is_over_is_put_before_staff(world: World) -> None:
    """EC41"""
    request = booked(world)
    world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    world.work()

    say(world, S.COLLECTED)

    assert standing(world, request) == ("CANCELED", "collected", "submitted")
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["PARCEL_TROUBLE"]


def test_ends_the_one_that_was_booked_in_its_place(world: World) -> None:
    request = booked(world)
    book(world.shop, request, 16)

    say(world, S.COLLECTED)
    world.work()

    assert [row.status for row in PickupBooking.objects.order_by("id")] == ["collected", "canceled"]
    assert standing(world, request)[0] == "IN_TRANSIT"


def test_asks_for_the_next_one_when_the_courier_gives_up_the_one_before(world: World) -> None:
    request = booked(world)
    world.couriers.faults.add("away", method="cancel")
    book(world.shop, request, 16)
    world.work()

    say(world, S.CANCELED, is_over=True)
    world.work()

    assert [row.status for row in PickupBooking.objects.order_by("id")] == ["canceled", "booked"]
    assert standing(world, request)[0] == "AWAITING_PICKUP"
    assert make.tasks(world.shop, request) == []


def test_may_be_that_one_given_up_is_alive_again(world: World) -> None:
    """复活: staff see to it that only one courier comes."""
    request = booked(world)
    say(world, S.CANCELED, is_over=True)
    world.clock.forward(minutes=31)
    world.work()
    assert not OutboxMessage.objects.filter(topic="pickup.look", done_at=None).exists()

    say(world, S.BOOKED, is_revived=True)

    assert OutboxMessage.objects.filter(topic="pickup.look", done_at=None).exists()
    kinds = [kind for kind, _ in make.tasks(world.shop, request)]
    assert standing(world, request) == ("APPROVED", "booked", "canceled")
    assert "PICKUP_UNCERTAIN" in kinds
    book(world.shop, request, 16)
    assert [row.status for row in PickupBooking.objects.order_by("id")] == ["canceling", "waiting"]

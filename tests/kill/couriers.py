"""Stories of a courier to the door, told to processes that die: he is asked for once."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import OutboxMessage
from tests import make
from tests.kill.hands import Check, status
from tests.kill.mortal import Mortal
from tests.returning import BOOK, book, call_off, pickup, to_be_fetched
from tests.usecases.pickups import statuses
from tests.world import Answer


def comes(mortal: Mortal) -> Check:
    """He is booked by a customer who taps until the answer comes, and takes the parcel."""
    world, shop = mortal.world, mortal.world.shop
    request = to_be_fetched(shop)
    wanted = pickup(shop)

    def tap() -> Answer:
        return shop.as_li(BOOK, id=request["id"], input=wanted, key="booked")

    mortal.insist(tap, lambda: status(mortal, request) == "AWAITING_PICKUP")

    def check() -> None:
        assert [order.third_order_id for order in world.couriers.orders] == [number(request)]
        assert statuses(world) == [("collected", "submitted")]
        done = make.read(shop, request)
        assert (done["status"], done["tasks"]) == ("IN_TRANSIT", [])
        assert [event["kind"] for event in done["events"]].count("pick_up") == 1
        nothing_is_left()

    return check


def does_not_come(mortal: Mortal) -> Check:
    """The first is refused; of the second the answer is lost, and it is called off; the third is
    called off too late.
    """
    world, shop = mortal.world, mortal.world.shop
    refused = to_be_fetched(shop)
    world.couriers.faults.add("no_courier_in_area", 99)
    book(shop, refused)
    mortal.work()
    world.couriers.faults.clear()

    world.couriers.faults.add("callback_lost", 999)  # nor does he tell of anything by himself
    lost = make.approved(shop, shop.order())
    world.couriers.faults.add("answer_lost", method="bOrder")
    book(shop, lost)
    world.work()
    call_off(shop, lost)
    mortal.work()

    late = make.approved(shop, shop.order())
    book(shop, late)
    world.work()
    world.couriers.hurry_order(number(late), "collected")
    world.couriers.move()
    call_off(shop, late)

    def check() -> None:
        assert statuses(world) == [
            ("failed", "canceled"),
            ("canceled", "canceled"),
            ("collected", "submitted"),
        ]
        made = [order.third_order_id for order in world.couriers.orders]
        assert made == [number(lost), number(late)]
        assert [order.status for order in world.couriers.orders] == ["9", "10"]
        assert [kind for kind, _ in make.tasks(shop, refused)] == ["PICKUP_FAILED"]
        assert (make.tasks(shop, lost), make.tasks(shop, late)) == ([], [])
        nothing_is_left()

    return check


def number(request: dict[str, Any]) -> str:
    return f"{request['number']}-P1"


def nothing_is_left() -> None:
    assert not OutboxMessage.objects.filter(done_at=None).exists()

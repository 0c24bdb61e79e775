"""What tests of pickups look at, and how staff tell of one."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import PickupBooking
from tests.returning import CONFIRM, book, seen_by_clerk, to_be_fetched
from tests.world import Answer, World

SHIPPED = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}


def asked(world: World) -> list[str]:
    """What the courier was asked to do, in order; questions are left out."""
    return [call.method for call in world.couriers.calls if call.method in ("bOrder", "cancel")]


def statuses(world: World) -> list[tuple[str, str]]:
    """Every booking and its delivery, oldest first."""
    rows = PickupBooking.objects.select_related("delivery").order_by("id")
    return [(row.status, row.delivery.status) for row in rows]


def look(world: World) -> None:
    """Time passes until the courier is asked what became of it; nobody tells by himself."""
    world.clock.forward(minutes=31)
    world.couriers.move()
    world.work()


def confirm(world: World, request: dict[str, Any], **told: Any) -> Answer:
    version = seen_by_clerk(world.shop, request)["version"]
    return world.shop.as_clerk(CONFIRM, **({"id": request["id"], "version": version} | told))


def by_hand(world: World) -> dict[str, Any]:
    request = to_be_fetched(world.shop, "manual")
    book(world.shop, request, consent={"version": "manual-1"})
    world.work()
    return request

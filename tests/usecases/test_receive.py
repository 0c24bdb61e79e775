"""The parcel is in the warehouse."""

from __future__ import annotations

from saleor_wechat_returns.models import OutboxMessage, ReturnEvent, ReverseDelivery
from tests import make
from tests.usecases.stages import do
from tests.world import World


def test_ends_the_parcels_journey(world: World) -> None:
    order = world.shop.order()
    request = make.in_transit(world.shop, order)
    world.clock.forward(days=3)

    received = do(world.shop, "receive", request, order).request

    assert (received["status"], received["version"]) == ("RECEIVED", 4)
    assert received["deliveries"][0]["status"] == "RECEIVED"
    assert ReverseDelivery.objects.get().received_at == world.clock.now
    assert received["availableActions"] == [{"action": "INSPECT"}]


def test_needs_no_waybill(world: World) -> None:
    order = world.shop.order()
    request = make.approved(world.shop, order)

    received = do(world.shop, "receive", request, order).request

    assert (received["status"], received["deliveries"]) == ("RECEIVED", [])


def test_remembers_who_did_it(world: World) -> None:
    order = world.shop.order()

    do(world.shop, "receive", make.in_transit(world.shop, order), order)

    event = ReturnEvent.objects.get(kind="receive")
    assert (event.actor, event.actor_id) == ("staff", world.shop.clerk.id)


def test_pays_nothing_yet(world: World) -> None:
    order = world.shop.order()

    received = do(world.shop, "receive", make.in_transit(world.shop, order), order).request

    assert received["refunds"] == []
    assert not OutboxMessage.objects.exists()

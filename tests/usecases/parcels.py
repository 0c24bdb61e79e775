"""Parcels on their way, for tests: handed in at a counter, and time that passes."""

from __future__ import annotations

from typing import Any

from graphql_relay import to_global_id

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.world import Answer, TestShop, World

NUMBER = "JD0001234567890"
EVENTS = """deliveries { id carrier waybillNo status parcelStatus parcelStatusLabel signedAt
  events { at status label text place } }"""
READ = f"query($id: ID) {{ returnRequest(id: $id) {{ {make.FIELDS} {EVENTS} }} }}"


def sent(
    shop: TestShop, *, journey: str = "delivered", number: str = NUMBER, carrier: str = "京东物流"
) -> dict[str, Any]:
    """A return of Li's whose parcel was handed in at JD's counter just now."""
    request = make.approved(shop, shop.order())
    shop.world.couriers.post_parcel("jd", number, journey=journey)
    return submit(shop, request, number, carrier).request


def submit(
    shop: TestShop, request: dict[str, Any], number: str = NUMBER, carrier: str = "京东物流"
) -> Answer:
    parcel = {"carrier": carrier, "waybillNo": number}
    return shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key=make.key())


def let_pass(world: World, *, hours: float) -> None:
    """Couriers scan and push, then the clock looks for parcels that nobody told of."""
    world.clock.forward(hours=hours)
    world.quiet()
    tasks.look_at_silent_parcels()
    world.quiet()


def read(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    return dict(shop.as_clerk(READ, id=request["id"]).data["returnRequest"])


def delivery_of(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    (delivery,) = read(shop, request)["deliveries"]
    return dict(delivery)


def asked(world: World, *methods: str) -> int:
    """How often Kuaidi100 was asked: poll is a subscription, query a look."""
    return sum(call.method in (methods or ("poll", "query")) for call in world.couriers.calls)


def end_all(shop: TestShop) -> None:
    """Staff close every return that is on its way."""
    for row in ReturnRequest.objects.filter(shop=shop.row).order_by("id"):
        named = {"id": to_global_id("ReturnRequest", str(row.pk)), "version": row.version}
        shop.as_clerk(make.CLOSE, why="不再处理", **named).request  # noqa: B018 - refusals fail

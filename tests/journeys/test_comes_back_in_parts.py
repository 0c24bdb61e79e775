"""Everything goes back; a part arrives, less is offered for it, and the rest breaks on the way."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.returning import book, enter_address
from tests.usecases.paid_once import assert_settled, yuan
from tests.world import World


def found(quantity: int, outcome: str) -> dict[str, Any]:
    return {"quantity": quantity, "outcome": outcome}


def test_and_every_fen_that_was_promised_is_paid(world: World) -> None:
    """EC46, EC47, EC48: two refunds, one of them contested, and the shipping with the last."""
    shop = world.shop
    shop.add_courier("kuaidi100")
    enter_address(shop)
    order = shop.order()
    hoodie, shirt = (line.id for line in order.lines[:2])
    request = make.in_transit(shop, order, {0: 2, 1: 3})
    promised = request["promisedAmount"]["fen"]
    assert promised == 70970

    # One hoodie was forgotten at home.
    here = [{"orderLineId": hoodie, "quantity": 1}, {"orderLineId": shirt, "quantity": 3}]
    call = {"id": request["id"], "version": request["version"]}
    received = shop.as_clerk(make.RECEIVE, lines=here, **call).request
    rest = ReturnRequest.objects.get(split_from__number=request["number"])

    # A T-shirt is taken for another shop's; the customer has somebody else look.
    lines = [
        {"orderLineId": hoodie, "pieces": [found(1, "ACCEPTED")]},
        {"orderLineId": shirt, "pieces": [found(2, "ACCEPTED"), found(1, "WRONG_ITEM")]},
    ]
    call = {"id": request["id"], "version": received["version"], "lines": lines}
    lowered = shop.as_clerk(make.INSPECT, **call).request
    (offer,) = make.read_talk(shop, lowered)["offers"]
    assert (lowered["status"], offer["amount"]["fen"]) == ("INSPECTED", 39880)
    appealed = make.appeal(shop, lowered, "吊牌上有贵店的名字").request
    anew = make.resolve(shop, appealed, granted=True).request
    lines[1]["pieces"] = [found(3, "ACCEPTED")]
    call = {"id": request["id"], "version": anew["version"], "lines": lines}
    assert shop.as_supervisor(make.INSPECT, **call).request["status"] == "REFUNDING"
    world.run()
    assert order.transactions[0].refunded == yuan(49870)

    # The forgotten one is fetched at the door, and its courier drops it into a river.
    shown = shop.as_li(make.READ, number=rest.number).data["returnRequest"]
    assert (shown["status"], shown["promisedAmount"]["fen"]) == ("APPROVED", 19900)
    book(shop, shown).request  # noqa: B018
    world.work()
    world.couriers.hurry_order(f"{rest.number}-P1", "collected")
    world.clock.forward(minutes=31)
    world.couriers.move()
    world.work()
    fetched = make.read(shop, shown)
    assert fetched["status"] == "IN_TRANSIT"
    call = {"id": fetched["id"], "version": fetched["version"]}
    wet = shop.as_clerk(make.RECEIVE, **call).request
    lines = [{"orderLineId": hoodie, "pieces": [found(1, "DAMAGED_IN_TRANSIT")]}]
    call = {"id": wet["id"], "version": wet["version"], "lines": lines}
    assert shop.as_clerk(make.INSPECT, **call).request["status"] == "REFUNDING"
    world.run(minutes=5)

    for done in (request, fetched):
        assert_settled(shop, done)
    (transaction,) = order.transactions
    assert world.wechat.refunded_fen(transaction.psp_reference) == promised
    assert (transaction.refunded, order.status) == (yuan(promised), "RETURNED")

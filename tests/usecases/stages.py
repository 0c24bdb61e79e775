"""A return at every status it can reach, each reached by walking there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import make
from tests.usecases import dashboard
from tests.world import TestShop, World

Stage = Callable[[World, Any], dict[str, Any]]


def rejected(world: World, order: Any) -> dict[str, Any]:
    request = make.requested(world.shop, order)
    return world.shop.as_clerk(make.REJECT, id=request["id"], version=1, why="不符合条件").request


def refund_failed(world: World, order: Any) -> dict[str, Any]:
    """Staff returned the pieces themselves meanwhile, so ours cannot be recorded."""
    request = make.inspected(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.work()
    return make.read(world.shop, request)


def refunded(world: World, order: Any) -> dict[str, Any]:
    request = make.inspected(world.shop, order)
    world.run()
    return make.read(world.shop, request)


def canceled(world: World, order: Any) -> dict[str, Any]:
    request = make.requested(world.shop, order)
    return world.shop.as_li(make.CANCEL, id=request["id"], key=make.key()).request


def closed(world: World, order: Any) -> dict[str, Any]:
    request = make.approved(world.shop, order)
    version = request["version"]
    return world.shop.as_clerk(make.CLOSE, id=request["id"], version=version, why="未寄回").request


STAGES: dict[str, Stage] = {
    "REQUESTED": lambda world, order: make.requested(world.shop, order),
    "APPROVED": lambda world, order: make.approved(world.shop, order),
    "IN_TRANSIT": lambda world, order: make.in_transit(world.shop, order),
    "RECEIVED": lambda world, order: make.received(world.shop, order),
    "REFUNDING": lambda world, order: make.inspected(world.shop, order),
    "REFUND_FAILED": refund_failed,
    "REFUNDED": refunded,
    "REJECTED": rejected,
    "CANCELED": canceled,
    "CLOSED": closed,
}


def at(stage: str, world: World, order: Any) -> dict[str, Any]:
    """A return of the first line of `order` that stands at `stage`."""
    request = STAGES[stage](world, order)
    assert request["status"] == stage
    return request


def do(shop: TestShop, what: str, request: dict[str, Any], order: Any, **changes: Any) -> Any:
    """One move with input that is good for it, unless changed."""
    query, ask = {
        "approve": (make.APPROVE, shop.as_clerk),
        "reject": (make.REJECT, shop.as_clerk),
        "submit_delivery": (make.SUBMIT, shop.as_li),
        "receive": (make.RECEIVE, shop.as_clerk),
        "inspect": (make.INSPECT, shop.as_clerk),
        "update": (make.UPDATE, shop.as_li),
        "cancel": (make.CANCEL, shop.as_li),
        "close": (make.CLOSE, shop.as_clerk),
    }[what]
    quantity = sum(line["quantity"] for line in request["lines"])
    accepted = [{"orderLineId": order.lines[0].id, "acceptedQuantity": quantity}]
    fitting: dict[str, Any] = {
        "approve": {"version": request["version"]},
        "reject": {"version": request["version"], "why": "不符合条件"},
        "submit_delivery": {
            "input": {"carrier": "中通快递", "waybillNo": "ZTO75312345678"},
            "key": make.key(),
        },
        "receive": {"version": request["version"]},
        "inspect": {"version": request["version"], "lines": accepted},
        "update": {"input": {"note": "换一个说法"}, "key": make.key()},
        "cancel": {"key": make.key()},
        "close": {"version": request["version"], "why": "买家不再寄回"},
    }[what]
    return ask(query, id=request["id"], **(fitting | changes))

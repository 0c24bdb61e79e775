"""A return at every status it can reach, each reached by walking there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import make
from tests.usecases import dashboard
from tests.world import TestShop, World

Stage = Callable[[World, Any], dict[str, Any]]


def asked(world: World, order: Any) -> dict[str, Any]:
    """Staff want to see more."""
    request = make.requested(world.shop, order)
    return world.shop.as_clerk(make.ASK_EVIDENCE, id=request["id"], version=1, text="请拍").request


def appealed(world: World, order: Any) -> dict[str, Any]:
    return make.appeal(world.shop, make.rejected(world.shop, order)).request


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
    "AWAITING_CUSTOMER": asked,
    "OFFERED": lambda world, order: make.offered(world.shop, order),
    "APPROVED": lambda world, order: make.approved(world.shop, order),
    "IN_TRANSIT": lambda world, order: make.in_transit(world.shop, order),
    "RECEIVED": lambda world, order: make.received(world.shop, order),
    "INSPECTED": lambda world, order: make.lowered(world.shop, order),
    "REFUNDING": lambda world, order: make.inspected(world.shop, order),
    "REFUND_FAILED": refund_failed,
    "REFUNDED": refunded,
    "REJECTED": lambda world, order: make.rejected(world.shop, order),
    "APPEALED": appealed,
    "CANCELED": canceled,
    "CLOSED": closed,
}


# The customer is asked in two ways, which differ in what he may do.
STATUSES = {"OFFERED": "AWAITING_CUSTOMER"}


def at(stage: str, world: World, order: Any) -> dict[str, Any]:
    """A return of the first line of `order` that stands at `stage`."""
    request = STAGES[stage](world, order)
    assert request["status"] == STATUSES.get(stage, stage)
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
        "request_evidence": (make.ASK_EVIDENCE, shop.as_clerk),
        "make_offer": (make.OFFER, shop.as_clerk),
        "answer": (make.MESSAGE, shop.as_li),
        "accept_offer": (make.ACCEPT, shop.as_li),
        "decline_offer": (make.DECLINE, shop.as_li),
        "appeal": (make.APPEAL, shop.as_li),
        "resolve_appeal": (make.RESOLVE, shop.as_supervisor),
    }[what]
    quantity = sum(line["quantity"] for line in request["lines"])
    offered = {"orderLineId": order.lines[0].id, "quantity": 1, "amountFen": 3000}
    offer = {"kind": "REFUND_ONLY", "lines": [offered]}
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
        "request_evidence": {"version": request["version"], "text": "请拍吊牌"},
        "make_offer": {"version": request["version"], "input": offer},
        "answer": {"input": {"text": "见图", "isAnswer": True}, "key": make.key()},
        "accept_offer": {"key": make.key()},
        "decline_offer": {"key": make.key()},
        "appeal": {"input": {"text": "吊牌都在"}, "key": make.key()},
        "resolve_appeal": {"version": request["version"], "granted": True, "words": "已复核"},
    }[what]
    if what in {"accept_offer", "decline_offer"}:
        return ask(query, offer=latest_offer(shop, request), **(fitting | changes))
    return ask(query, id=request["id"], **(fitting | changes))


def latest_offer(shop: TestShop, request: dict[str, Any]) -> str:
    """Its id; of a return without one, an id of nothing."""
    offers = make.read_talk(shop, request)["offers"]
    return str(offers[0]["id"]) if offers else "UmV0dXJuT2ZmZXI6"

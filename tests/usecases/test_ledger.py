"""The ledger of an order under sixty moves in random order, each seed its own story."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db.models import Sum

from saleor_wechat_returns.models import Refund, ReturnableLine, ReturnLine, ReturnRequest
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.world import Answer, World

LINES = [
    LineSpec("袜子 Socks", "38-40", "SOCKS", 7, "1.43", total_price="10.00"),
    LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "97.90", total_price="293.69"),
    LineSpec("赠品 Gift", "", "GIFT", 2, "0.00"),
]
SENT = {"SOCKS": 4, "SHIRT-S": 3, "GIFT": 1}


class Walk:
    """Customer and staff of one order, who do whatever comes to their mind."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.shop = world, world.shop
        self.chance = random.Random(seed)
        self.order = world.shop.order(LINES, fulfilled=SENT)
        self.done = 0

    def step(self) -> None:
        move = self.chance.choice([self.ask, self.ask, self.approve, self.reject, self.finish])
        answer = move()
        self.done += answer is not None and not answer.payload["errors"]

    def ask(self) -> Answer:
        picked = self.chance.sample(range(len(LINES)), self.chance.randint(1, 2))
        quantities = {position: self.chance.randint(1, 3) for position in picked}
        kind = self.chance.choice(["RETURN_AND_REFUND", "REFUND_ONLY"])
        wanted = make.wanted(self.order, quantities, kind=kind)
        return self.shop.as_li(make.CREATE, input=wanted, key=make.key())

    def approve(self) -> Answer | None:
        return self._at("requested", make.APPROVE)

    def reject(self) -> Answer | None:
        return self._at("requested", make.REJECT, why="不符合条件")

    def finish(self) -> Answer | None:
        """Some of an approved return arrives, and some of that is accepted, which Li takes."""
        received = self._receive()
        if received is None or received.payload["errors"]:
            return received
        lines = [
            {
                "orderLineId": line["orderLineId"],
                "acceptedQuantity": self.chance.randint(0, line["quantity"]),
            }
            for line in received.request["lines"]
        ]
        inspected = self._at("received", make.INSPECT, lines=lines)
        if inspected is not None:
            make.agree(self.shop, inspected.request)
        return inspected

    def _receive(self) -> Answer | None:
        """What is not there becomes a return of its own."""
        found = self._pick("approved")
        if found is None:
            return None
        lines = [
            {
                "orderLineId": line["orderLineId"],
                "quantity": self.chance.randint(0, line["quantity"]),
            }
            for line in found["lines"]
        ]
        call = {"id": found["id"], "version": found["version"], "lines": lines}
        return self.shop.as_clerk(make.RECEIVE, **call)

    def _at(self, status: str, query: str, **variables: Any) -> Answer | None:
        shown = self._pick(status)
        if shown is None:
            return None
        return self.shop.as_clerk(query, id=shown["id"], version=shown["version"], **variables)

    def _pick(self, status: str) -> dict[str, Any] | None:
        found = list(ReturnRequest.objects.filter(status=status).order_by("id"))
        if not found:
            return None
        number = self.chance.choice(found).number
        return dict(self.shop.as_clerk(make.READ, number=number).data["returnRequest"])


def assert_it_adds_up() -> None:
    """What the lines say is held, kept, done and assigned is what the requests took."""
    for line in ReturnableLine.objects.order_by("id"):
        parts = ReturnLine.objects.filter(line=line).exclude(request__status="rejected")
        taken = parts.aggregate(
            shipped=Sum("shipped_quantity", default=0),
            unshipped=Sum("unshipped_quantity", default=0),
            fen=Sum("share_fen", default=0),
        )
        assert line.assigned_pieces == taken["shipped"] + taken["unshipped"] <= line.quantity
        assert line.assigned_fen == taken["fen"] <= line.total_fen
        if line.assigned_pieces == line.quantity:
            assert line.assigned_fen == line.total_fen
    for request in ReturnRequest.objects.filter(split_from__isnull=False, status="approved"):
        owed = sum(part.owed_fen for part in request.lines.all())
        assert (request.promised_fen, request.shipping_fen) == (owed, 0)


@pytest.mark.parametrize("seed", range(3))
def test_adds_up_after_every_step(world: World, seed: int) -> None:
    walk = Walk(world, seed)

    for _ in range(60):
        walk.step()
        assert_it_adds_up()

    assert walk.done > 10
    world.run(minutes=120)
    assert_it_adds_up()
    paid = Refund.objects.filter(status="succeeded").aggregate(fen=Sum("amount_fen"))["fen"]
    payment = walk.order.transactions[0]
    assert world.wechat.refunded_fen(payment.psp_reference) == paid
    assert payment.refunded * 100 == paid

"""Whatever both sides ask, offer, accept, cancel, reject, appeal and decide, in any order …"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.models import (
    Refund,
    ReturnableLine,
    ReturnLine,
    ReturnOffer,
    ReturnRequest,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases.stages import do
from tests.usecases.timers import NO_LIMITS, follow
from tests.world import Answer, World

LINES = [
    LineSpec("袜子 Socks", "38-40", "SOCKS", 4, "2.50", total_price="10.01"),
    LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "97.90", total_price="293.69"),
    LineSpec("赠品 Gift", "", "GIFT", 2, "0.00"),
]
SENT = {"SOCKS": 3, "SHIRT-S": 3, "GIFT": 1}
# One customer does what a whole shop's customers do.
# Their pieces are free again.
OVER = ["rejected", "canceled", "closed"]


class Two:
    """Customer and staff of one order; `chance` decides what exactly they do."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.shop, self.chance = world, world.shop, chance
        self.order = world.shop.order(LINES, fulfilled=SENT)

    def step(self) -> tuple[str, Answer]:
        """Something that fits where the returns are; a new request always does."""
        often = ["offer"] * 4 + ["accept", "decline", "appeal", "resolve"] * 2
        pool = sorted(MOVES) + often
        for name in self.chance.sample(pool, len(pool)):
            answer = MOVES[name](self)
            if answer is not None:
                return name, answer
        raise AssertionError("nobody could do anything")

    def ask(self) -> Answer:
        picked = self.chance.sample(range(len(LINES)), self.chance.randint(1, 2))
        quantities = {at: self.chance.randint(1, 2) for at in picked}
        kind = self.chance.choice(["RETURN_AND_REFUND", "REFUND_ONLY"])
        wanted = make.wanted(self.order, quantities, kind=kind)
        return self.shop.as_li(make.CREATE, input=wanted, key=make.key())

    def offer(self) -> Answer | None:
        request = self._at("requested", "awaiting_customer")
        if request is None:
            return None
        amounts = {}
        for asked in request["lines"]:
            at = [line.id for line in self.order.lines].index(asked["orderLineId"])
            one_more = self.chance.random() < 0.15
            quantity = self.chance.randint(1, asked["quantity"]) + one_more
            whole = asked["amount"]["fen"] * quantity // asked["quantity"]
            amounts[at] = (quantity, self.chance.choice([whole, whole, whole // 2, 0, whole + 1]))
        others = self.chance.choice(["RETURN_AND_REFUND", "REFUND_ONLY"])
        kind = self.chance.choice([request["kind"], others])
        shipping = self.chance.random() < 0.2
        return make.offer(
            self.shop, self.order, request, amounts, kind=kind, refundShipping=shipping
        )

    def accept(self) -> Answer | None:
        """Also less than was promised, after an inspection."""
        request = self._at("awaiting_customer", "inspected")
        return make.accept(self.shop, request) if request else None

    def decline(self) -> Answer | None:
        request = self._at("awaiting_customer")
        return make.decline(self.shop, request) if request else None

    def cancel(self) -> Answer | None:
        return self._move("cancel", "requested", "awaiting_customer", "approved", "appealed")

    def reject(self) -> Answer | None:
        return self._move("reject", "requested")

    def approve(self) -> Answer | None:
        return self._move("approve", "requested", "awaiting_customer")

    def appeal(self) -> Answer | None:
        return self._move("appeal", "rejected", "inspected")

    def resolve(self) -> Answer | None:
        request = self._at("appealed")
        granted = self.chance.random() < 0.7
        return make.resolve(self.shop, request, granted=granted) if request else None

    def finish(self) -> Answer | None:
        """Some of the goods arrive, and some, all or none of these are accepted."""
        request = self._at("approved", "received")
        if request is None:
            return None
        if request["status"] == "APPROVED":
            lines = [
                {
                    "orderLineId": line["orderLineId"],
                    # Something has arrived.
                    "quantity": self.chance.randint(int(at == 0), line["quantity"]),
                }
                for at, line in enumerate(request["lines"])
            ]
            receive = {"id": request["id"], "version": request["version"], "lines": lines}
            request = self.shop.as_clerk(make.RECEIVE, **receive).request
        lines = [
            {
                "orderLineId": line["orderLineId"],
                "acceptedQuantity": self.chance.choice([0, 1, line["quantity"]]),
            }
            for line in request["lines"]
        ]
        inspect = {"id": request["id"], "version": request["version"], "lines": lines}
        return self.shop.as_clerk(make.INSPECT, **inspect)

    def _move(self, what: str, *statuses: str) -> Answer | None:
        request = self._at(*statuses)
        return do(self.shop, what, request, self.order) if request else None

    def _at(self, *statuses: str) -> dict[str, Any] | None:
        mine = ReturnRequest.objects.filter(order__order_id=self.order.id, status__in=statuses)
        found = list(mine.order_by("id"))
        if not found:
            return None
        asked = {"number": self.chance.choice(found).number}
        shown = self.shop.as_clerk(make.READ, **asked).data["returnRequest"]
        return make.read_talk(self.shop, shown)


MOVES: dict[str, Callable[[Two], Answer | None]] = {
    name: getattr(Two, name)
    for name in (
        *("ask", "offer", "accept", "decline", "cancel", "reject"),
        *("approve", "appeal", "resolve", "finish"),
    )
}


def assert_it_adds_up(order: Any) -> None:
    """No line gives more pieces or fen than it had, and what it gave is what the requests took."""
    for line in ReturnableLine.objects.filter(order__order_id=order.id).order_by("id"):
        parts = ReturnLine.objects.filter(line=line).exclude(request__status__in=OVER)
        taken = parts.aggregate(
            shipped=Sum("shipped_quantity", default=0),
            unshipped=Sum("unshipped_quantity", default=0),
            fen=Sum("share_fen", default=0),
        )
        assert line.assigned_pieces == taken["shipped"] + taken["unshipped"] <= line.quantity
        assert line.assigned_fen == taken["fen"] <= line.total_fen
        assert line.held_shipped <= line.with_customer
        assert line.held_unshipped <= line.unshipped
        if line.assigned_pieces == line.quantity:
            assert line.assigned_fen == line.total_fen
        for part in parts:
            assert part.owed_fen <= part.share_fen
    shipping = ReturnRequest.objects.filter(order__order_id=order.id, shipping_fen__gt=0)
    assert shipping.count() <= 1
    waiting = ReturnOffer.objects.filter(status="open").values_list("request__status", flat=True)
    assert set(waiting) <= {"awaiting_customer", "inspected"}


def assert_the_money_is_what_was_owed(world: World, order: Any) -> None:
    """Of each return that was paid: its pieces' amounts and its shipping, once."""
    paid = Refund.objects.filter(order__order_id=order.id, status="succeeded")
    sent = paid.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    (transaction,) = order.transactions
    assert world.wechat.refunded_fen(transaction.psp_reference) == sent
    for request in ReturnRequest.objects.filter(order__order_id=order.id, status="refunded"):
        owed = sum(part.owed_fen for part in request.lines.all()) + request.shipping_fen
        assert request.refunds.aggregate(fen=Sum("amount_fen"))["fen"] == owed


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.sampled_from(sorted(MOVES)), min_size=4, max_size=14),
    seed=st.integers(0, 2**16),
)
def test_adds_up_after_every_step(world: World, steps: list[str], seed: int) -> None:
    follow(world.shop, limits=NO_LIMITS)
    two = Two(world, random.Random(seed))
    two.ask()

    for step in steps:
        MOVES[step](two)
        assert_it_adds_up(two.order)

    world.run(minutes=60)
    assert_it_adds_up(two.order)
    assert_the_money_is_what_was_owed(world, two.order)


def test_adds_up_in_a_shop_where_everything_happens(world: World) -> None:
    """A dozen orders on one day: every kind of step is taken, and the money is right at night."""
    follow(world.shop, limits=NO_LIMITS)
    chance = random.Random(20261126)
    done = dict.fromkeys(MOVES, 0)
    everybody = [Two(world, chance) for _ in range(12)]

    for two in everybody:
        for _ in range(15):
            step, answer = two.step()
            done[step] += not answer.payload["errors"]
        assert_it_adds_up(two.order)

    assert min(done.values()) > 0, done
    world.run(minutes=120)
    for two in everybody:
        assert_it_adds_up(two.order)
        assert_the_money_is_what_was_owed(world, two.order)

"""A refund survives whatever happens to its calls …"""

from __future__ import annotations

import random

import httpx
import pytest

from saleor_wechat_returns.saleor import tokens
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.wires import wired
from tests.world import World

HOODIE_FEN = 19900

SALEOR_STEPS = {
    "read": "order",
    "return": "orderFulfillmentReturnProducts",
    "grant": "orderGrantRefundCreate",
    "request": "transactionRequestRefundForGrantedRefund",
    "report": "transactionEventReport",
}
SALEOR_AWAY = ("timeout_before", "http_500")
SALEOR_HEARD = ("timeout_after_accept", "http_500_after_accept")

# The sandbox keeps these for refund requests.
NOT_SENT_OR_HEARD = (
    "timeout_before_accept",
    "timeout_after_accept",
    "http_500_after_accept",
    "not_enough",
)
ANY_ANSWER = (
    "connect_refused",
    "http_500",
    "rate_limited",
    "garbage",
    "bad_signature",
    "unsigned",
    "probe_signature",
)


@pytest.mark.parametrize("fault", SALEOR_AWAY + SALEOR_HEARD)
@pytest.mark.parametrize("step", SALEOR_STEPS)
def test_once_at_saleor(world: World, step: str, fault: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add(fault, SALEOR_STEPS[step])

    world.run(minutes=30)

    assert world.shop.saleor.faults.take([SALEOR_STEPS[step]]) is None
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("fault", SALEOR_AWAY)
@pytest.mark.parametrize("step", SALEOR_STEPS)
def test_five_times_at_saleor(world: World, step: str, fault: str) -> None:
    """EC39."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add(fault, SALEOR_STEPS[step], times=5)

    world.run(minutes=60)

    assert world.shop.saleor.faults.take([SALEOR_STEPS[step]]) is None
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("fault", NOT_SENT_OR_HEARD + ANY_ANSWER)
def test_once_when_wechat_pay_is_asked_to_pay(world: World, fault: str) -> None:
    """EC33."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add(fault)

    world.run(minutes=60)

    assert world.wechat.faults.take("POST") == ""
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("fault", ANY_ANSWER)
def test_when_wechat_pay_is_asked_how_it_stands(world: World, fault: str) -> None:
    world.notices_get_lost = True
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    assert [refund.status for refund in world.wechat.refunds] == ["PROCESSING"]
    world.wechat.faults.add(fault)

    world.run(minutes=30)

    assert world.wechat.faults.take("GET") == ""
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("fault", ANY_ANSWER)
def test_when_the_answer_was_lost_and_the_query_fails_too(world: World, fault: str) -> None:
    """EC33."""
    world.notices_get_lost = True
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("timeout_after_accept")
    world.quiet()
    assert [refund.status for refund in world.wechat.refunds] == ["PROCESSING"]
    world.wechat.faults.add(fault)

    world.run(minutes=30)

    assert world.wechat.faults.take("GET") == ""
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["JWKS", "GET refunds"])
def test_when_the_line_breaks(world: World, call: str, when: str) -> None:
    world.notices_get_lost = True
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    tokens.keys.forget()
    breaks = BreaksOnce(call)

    with wired(world, **{when: breaks}):
        world.run(minutes=30)

    assert breaks.broken
    assert_paid_once(world.shop, order, request, HOODIE_FEN)


@pytest.mark.parametrize("seed", range(12))
def test_many_at_once(world: World, seed: int) -> None:
    dice = random.Random(seed)
    world.notices_get_lost = dice.choice([True, False])
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    for field in SALEOR_STEPS.values():
        for fault in dice.sample(SALEOR_AWAY + SALEOR_HEARD, k=2):
            world.shop.saleor.faults.add(fault, field)
    for fault in dice.sample(NOT_SENT_OR_HEARD + ANY_ANSWER, k=4):
        world.wechat.faults.add(fault)

    world.run(minutes=180)

    assert_paid_once(world.shop, order, request, HOODIE_FEN)


class BreaksOnce:
    """The first call of this name gets no answer."""

    def __init__(self, call: str) -> None:
        self.call = call
        self.broken = False

    def __call__(self, call: str) -> None:
        if call == self.call and not self.broken:
            self.broken = True
            raise httpx.ReadTimeout("cut")

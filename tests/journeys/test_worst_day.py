"""The worst day: every line breaks, workers die, staff click twice, and two shops share a merchant.

Nothing here is likely; all of it together must still pay each refund once.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund, WechatRefund
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_settled, yuan
from tests.usecases.wires import Killed, Killer
from tests.world import TestShop, World

ROUNDS_OF_TROUBLE = 60
SALEOR_FAULTS = ("timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept")
WECHAT_FAULTS = (
    "connect_refused",
    "timeout_before_accept",
    "timeout_after_accept",
    "http_500",
    "http_500_after_accept",
    "not_enough",
    "rate_limited",
    "bad_signature",
    "unsigned",
    "garbage",
)
THEIR_BROWSER_SHOWS_AN_ERROR = (httpx.TransportError, ValueError)


@pytest.mark.parametrize("seed", range(4))
def test_every_refund_is_paid_once_in_the_end(world: World, seed: int) -> None:
    dice = random.Random(seed)
    shops = (world.shop, world.other_shop)
    orders = [(shop, shop.order()) for shop in shops for _ in range(2)]
    requests = [
        (shop, make.inspected(shop, order, {position: 1}))
        for shop, order in orders
        for position in (0, 1)
    ]

    for _ in range(ROUNDS_OF_TROUBLE):
        dice.choice(TROUBLES)(world, dice, dice.choice(orders))
        work_or_die(world, dice)
        world.clock.forward(seconds=dice.choice([0, 1, 10, 60, 301]))
    calm_down(world)

    for shop, request in requests:
        assert_settled(shop, request)
    for _, order in orders:
        (transaction,) = order.transactions
        plain = Refund.objects.filter(order__order_id=order.id, origin="dashboard")
        fen = 19900 + 9990 + sum(refund.amount_fen for refund in plain)
        assert world.wechat.refunded_fen(transaction.psp_reference) == fen
        assert transaction.refunded == yuan(fen)
        assert transaction.charged == order.total - transaction.refunded
        assert sorted(grant.amount for grant in order.granted_refunds) == [yuan(9990), yuan(19900)]
        assert [grant.status for grant in order.granted_refunds] == ["SUCCESS"] * 2
        assert len([f for f in order.fulfillments if f.status == "RETURNED"]) == 2
    assert Refund.objects.filter(origin="return").count() == len(requests)
    assert not Refund.objects.filter(counted_at=None).exists()
    assert WechatRefund.objects.count() == Refund.objects.count() == len(world.wechat.refunds)


def break_a_line_to_saleor(_world: World, dice: random.Random, at: tuple[TestShop, Any]) -> None:
    at[0].saleor.faults.add(dice.choice(SALEOR_FAULTS))


def break_a_line_to_wechat_pay(
    world: World, dice: random.Random, _at: tuple[TestShop, Any]
) -> None:
    world.wechat.faults.add(dice.choice(WECHAT_FAULTS))


def click_refund_again(_world: World, _dice: random.Random, at: tuple[TestShop, Any]) -> None:
    shop, order = at
    pending = [grant for grant in order.granted_refunds if grant.status == "PENDING"]
    with suppress(*THEIR_BROWSER_SHOWS_AN_ERROR):
        for grant in pending:
            cashier.request_at_the_same_moment(shop, grant)


def click_a_plain_refund(_world: World, dice: random.Random, at: tuple[TestShop, Any]) -> None:
    shop, order = at
    amount = dice.choice(["199.00", "99.90", "1.00"])
    with suppress(*THEIR_BROWSER_SHOWS_AN_ERROR):
        cashier.refund_plainly(shop, order.transactions[0], amount)


def lose_the_notices(world: World, _dice: random.Random, _at: tuple[TestShop, Any]) -> None:
    world.notices_get_lost = not world.notices_get_lost


def nothing_for_once(world: World, _dice: random.Random, _at: tuple[TestShop, Any]) -> None:
    world.wechat.advance()


TROUBLES = (
    break_a_line_to_saleor,
    break_a_line_to_wechat_pay,
    click_refund_again,
    click_a_plain_refund,
    lose_the_notices,
    nothing_for_once,
)


def work_or_die(world: World, dice: random.Random) -> None:
    killer = Killer(at=dice.randrange(1, 40))
    with killer.around(world):
        world.deliver()
        try:
            with killer.awake():
                world.work()
        except Killed:
            return


def calm_down(world: World) -> None:
    world.notices_get_lost = False
    world.wechat.faults.clear()
    for shop in (world.shop, world.other_shop):
        shop.saleor.faults.clear()
    world.run(minutes=180)
    assert list(OutboxMessage.objects.filter(done_at=None)) == []

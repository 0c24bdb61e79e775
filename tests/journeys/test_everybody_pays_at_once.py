"""The worst day at the till: lines break, customers change devices, tap twice and wander off."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, StaffTask, WechatPayment
from saleor_wechat_returns.sandbox.saleor import OrderRefused, Payment
from saleor_wechat_returns.usecases.settle_payment import FIND_ORDER
from tests.usecases import payer
from tests.usecases.wires import Killed, Killer
from tests.world import TestShop, World

ROUNDS = 60
SALEOR_FAULTS = ("timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept")
WECHAT_FAULTS = (
    "connect_refused",
    "timeout_before_accept",
    "timeout_after_accept",
    "http_500",
    "http_500_after_accept",
    "user_paying",
    "rate_limited",
    "bad_signature",
    "unsigned",
    "garbage",
)
LOGIN_FAULTS = ("connect_refused", "timeout_after_accept", "system_busy", "garbage")
AMOUNTS = (None, payer.TOTAL, "100.00", "310.00", "0.01")
WECHAT_SAYS_NO = (ValueError, KeyError)


class Till:
    """Two shops, two checkouts in each, and every payment that was ever begun."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        shops = (world.shop, world.other_shop)
        self.sources = [(shop, payer.fill(shop)) for shop in shops for _ in range(2)]
        self.begun: list[tuple[TestShop, Payment]] = []

    def begin(self) -> None:
        shop, source = self.dice.choice(self.sources)
        with suppress(OrderRefused):
            key = self.dice.choice([None, "k1", "k2"])
            wanted = key and f"{source}-{key}"
            payment = payer.begin(shop, source, self.dice.choice(AMOUNTS), key=wanted)
            self.begun.append((shop, payment))

    def carry_on(self) -> None:
        if self.begun:
            shop, payment = self.dice.choice(self.begun)
            payer.carry_on(shop, payment)

    def pay(self) -> None:
        given = [(s, p) for s, p in self.begun if p.data and "paymentParameters" in p.data]
        if given:
            with suppress(*WECHAT_SAYS_NO):
                payer.pay(*self.dice.choice(given))

    def break_something(self) -> None:
        self.world.wechat.faults.add(self.dice.choice(WECHAT_FAULTS))
        self.world.mini.faults.add(self.dice.choice(LOGIN_FAULTS))
        fault = self.dice.choice(SALEOR_FAULTS)
        self.world.shop.saleor.faults.add(fault, "transactionEventReport")

    def lose_the_notices(self) -> None:
        self.world.notices_get_lost = not self.world.notices_get_lost

    def work_or_die(self) -> None:
        killer = Killer(at=self.dice.randrange(1, 30))
        with killer.around(self.world), suppress(Killed):
            self.world.deliver()
            with killer.awake():
                self.world.work()


@pytest.mark.parametrize("seed", range(3))
def test_every_payment_is_counted_once_and_never_too_much(world: World, seed: int) -> None:
    dice = random.Random(seed)
    till = Till(world, dice)
    doings: tuple[Callable[[], None], ...] = (
        *(till.begin, till.begin, till.carry_on, till.pay, till.pay),
        *(till.break_something, till.lose_the_notices, till.work_or_die),
    )

    for _ in range(ROUNDS):
        dice.choice(doings)()
        world.clock.forward(seconds=dice.choice([0, 1, 5, 30, 301]))
    calm_down(world)

    paid = {payment.out_trade_no: payment for payment in world.wechat.payments.values()}
    assert paid
    for row in WechatPayment.objects.all():
        assert row.status in {"paid", "closed", "rejected"}
        taken = paid.pop(row.out_trade_no, None)
        assert (row.status == "paid") == (taken is not None)
        assert row.wechat_transaction_id == (taken.transaction_id if taken else "")
    assert paid == {}
    for shop, source in till.sources:
        assert_counted_once(shop, source)
    assert not StaffTask.objects.filter(closed_at=None).exists()


def assert_counted_once(shop: TestShop, source_id: str) -> None:
    """Saleor's transactions hold what WeChat Pay took, under its numbers, within the total.

    What was paid in full has become an order.
    """
    rows = WechatPayment.objects.filter(source_id=source_id, status="paid")
    expected = {row.wechat_transaction_id: row.amount_fen for row in rows}
    made = [order for order in shop.saleor.world.orders if order.checkout_id == source_id]
    bought: Any = made[0] if made else shop.saleor.world.find(source_id)
    charged = {t.psp_reference: int(t.charged * 100) for t in bought.transactions if t.charged}
    assert charged == expected
    assert sum(charged.values()) <= payer.TOTAL_FEN
    assert (sum(charged.values()) == payer.TOTAL_FEN) == (len(made) == 1)


def calm_down(world: World) -> None:
    world.notices_get_lost = False
    world.wechat.faults.clear()
    world.mini.faults.clear()
    for shop in (world.shop, world.other_shop):
        shop.saleor.faults.clear()
    world.clock.forward(minutes=6)
    world.wait(minutes=180)
    # Only what is paid in part is looked at again and again.
    assert not OutboxMessage.objects.filter(done_at=None).exclude(topic=FIND_ORDER).exists()

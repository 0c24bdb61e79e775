"""A payment survives that its process is killed …"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from saleor_wechat_returns.models import StaffTask, WechatPayment
from tests.usecases import payer
from tests.usecases.wires import Killed, Killer, wired
from tests.world import World

MOST_CHANCES = 30


def test_at_any_moment_while_it_begins(world: World) -> None:
    for at in range(1, MOST_CHANCES):
        checkout = payer.fill(world.shop)
        killer = Killer(at=at)
        with killer.around(world), suppress(Killed), killer.awake():
            payer.begin(world.shop, checkout, payer.TOTAL, key=f"key-{at}")

        again = payer.begin(world.shop, checkout, payer.TOTAL, key=f"key-{at}")
        number = payer.pay(world.shop, again)
        world.quiet()

        row = WechatPayment.objects.get(source_id=checkout)
        assert (row.status, row.wechat_transaction_id) == ("paid", number)
        assert payer.booked(world.shop, again)[:2] == (number, payer.TOTAL)
        if len(killer.chances) < at:
            calls = [chance for chance in killer.chances if chance != "commit"]
            assert calls == ["log in", "POST payments"]
            assert killer.chances.count("commit") >= 3
            return
    raise AssertionError("it never ran to its end")


def test_at_any_moment_while_it_is_settled_and_reported(world: World) -> None:
    for at in range(1, MOST_CHANCES):
        payment = payer.begin(world.shop, payer.fill(world.shop))
        number = payer.pay(world.shop, payment)
        killer = Killer(at=at)
        with killer.around(world):
            world.deliver()
            with suppress(Killed), killer.awake():
                world.work()
        world.clock.forward(minutes=6)
        world.run(minutes=10)

        assert payer.booked(world.shop, payment) == (
            number,
            payer.TOTAL,
            ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
        )
        assert payer.row_of(payment).reported_at is not None
        if len(killer.chances) < at:
            assert "ReportPayment" in killer.chances
            assert not StaffTask.objects.exists()
            return
    raise AssertionError("it never ran to its end")


def test_and_one_whose_place_was_taken_meanwhile_gives_no_parameters(world: World) -> None:
    checkout = payer.fill(world.shop)
    newer: list[Any] = []

    def another_device(call: str) -> None:
        if call == "POST payments" and not newer:
            newer.append(None)
            newer[0] = payer.begin(world.shop, checkout)

    with wired(world, after=another_device):
        older = payer.begin(world.shop, checkout)

    assert (older.event_type, payer.faults(older)) == ("CHARGE_FAILURE", ["PAYMENT_CLOSED"])
    assert payer.row_of(older).status == "closed"
    payable = [o for o in world.wechat.orders if o.trade_state(world.clock.now) == "NOTPAY"]
    assert len(payable) == 1
    payer.pay(world.shop, newer[0])

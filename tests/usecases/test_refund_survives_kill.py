"""A refund survives the death of its worker (EC34) …"""

from __future__ import annotations

import pytest

from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.wires import Killer, work_until_killed
from tests.world import World

HOODIE_FEN = 19900
# What changes something elsewhere, in the order of the chain.
CHANGES = ["ReturnProducts", "GrantRefund", "RequestRefund", "POST refunds", "ReportRefund"]
# Every effect commits at least its lease, its result and its end: fewer, and the killer is blind.
FEWEST_COMMITS = 18


@pytest.mark.parametrize("notices_get_lost", [False, True], ids=["noticed", "polled"])
def test_between_any_two_of_its_steps(world: World, notices_get_lost: bool) -> None:
    world.notices_get_lost = notices_get_lost
    for at in range(1, 1000):
        order = world.shop.order()
        request = make.inspected(world.shop, order)
        killer = Killer(at)

        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=5, seconds=1)
        world.run(minutes=30)

        assert_paid_once(world.shop, order, request, HOODIE_FEN)
        if not was_killed:
            break
    assert [chance for chance in killer.chances if chance != "commit"] == CHANGES
    assert killer.chances.count("commit") >= FEWEST_COMMITS

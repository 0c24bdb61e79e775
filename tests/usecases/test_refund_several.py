"""Of several refunds of one order …"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_money_moved_once, assert_settled
from tests.usecases.together import together
from tests.usecases.wires import QUESTIONS, wired
from tests.world import TestShop, World

# One refund's calls that change something, in their order.
CHAIN = ["ReturnProducts", "GrantRefund", "RequestRefund", "POST refunds", "ReportRefund"]


def deposit_and_balance(shop: TestShop) -> Any:
    """709.70 in all: 300.00 paid first, 409.70 later."""
    deposit, balance = "42000000002026000001", "42000000002026000002"
    return shop.order(
        paid_with=[PaidWith(IDENTIFIER, deposit, "300.00"), PaidWith(IDENTIFIER, balance)]
    )


def test_each_payment_gives_back_its_part_the_newest_first(world: World) -> None:
    """EC27."""
    order = deposit_and_balance(world.shop)
    deposit, balance = order.transactions

    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    seen = run_and_watch(world)

    assert [(g.transaction, g.amount, g.status) for g in order.granted_refunds] == [
        (balance, Decimal("409.70"), "SUCCESS"),
        (deposit, Decimal("88.20"), "SUCCESS"),
    ]
    assert_money_moved_once(world.shop, balance, 40970)
    assert_money_moved_once(world.shop, deposit, 8820)
    assert_settled(world.shop, request)
    # The goods come back once; the second refund begins when Saleor has counted the first.
    assert seen == CHAIN + CHAIN[1:]


@pytest.mark.parametrize(("spent", "amount"), [(0, "300.00"), (1, "409.70")])
def test_one_given_back_already_bears_nothing(world: World, spent: int, amount: str) -> None:
    """EC27: the deposit, or the balance, went back another way before; the other one pays."""
    order = deposit_and_balance(world.shop)
    gone, left = order.transactions[spent], order.transactions[1 - spent]
    cashier.book_refund_made_elsewhere(world.shop, gone, amount, "at the counter")
    world.quiet()

    request = make.inspected(world.shop, order, {0: 1})
    world.run()

    assert [(g.transaction, g.amount) for g in order.granted_refunds] == [(left, Decimal("199.00"))]
    assert_money_moved_once(world.shop, left, 19900)
    assert gone.refunded == Decimal(amount)
    assert_settled(world.shop, request)


def test_only_the_first_names_the_lines(world: World) -> None:
    order = deposit_and_balance(world.shop)

    make.inspected(world.shop, order, {0: 2, 1: 1})
    world.run()

    named = [[line.quantity for line in grant.lines] for grant in order.granted_refunds]
    assert named == [[2, 1], []]


def test_two_payments_need_no_minute_between_them(world: World) -> None:
    order = deposit_and_balance(world.shop)

    make.inspected(world.shop, order, {0: 2, 1: 1})
    world.run()

    first, second = (call.at for call in world.wechat.calls)
    assert (second - first).total_seconds() < 60


def test_one_payment_is_given_its_minute(world: World) -> None:
    """EC37."""
    order = world.shop.order()

    for _ in range(2):
        make.inspected(world.shop, order)
    world.run()

    posts = [call.at for call in world.wechat.calls if call.method == "POST"]
    assert len(posts) == 2  # and none was refused for coming too soon
    assert (posts[1] - posts[0]).total_seconds() >= 60
    assert order.transactions[0].refunded == 398


def test_one_that_fails_makes_way_for_the_next(world: World) -> None:
    order = deposit_and_balance(world.shop)
    deposit, balance = order.transactions
    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    world.quiet()

    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.run()

    assert (balance.refunded, balance.charged) == (0, Decimal("409.70"))
    assert_money_moved_once(world.shop, deposit, 8820)
    done = make.read(world.shop, request)
    assert done["status"] == "REFUND_FAILED"
    assert [task["kind"] for task in done["tasks"]] == ["REFUND_REJECTED"]
    assert not Refund.objects.filter(running=True).exists()


@pytest.mark.parametrize("by_hand", [0, 1])
def test_one_that_staff_pay_by_hand_does_not_hold_up_the_others(world: World, by_hand: int) -> None:
    apps: list[str | None] = [IDENTIFIER, IDENTIFIER]
    apps[by_hand] = None
    amounts = ("300.00", "409.70")
    order = world.shop.order(
        paid_with=[
            PaidWith(app, f"4200000000202600000{n}", amount)
            for n, (app, amount) in enumerate(zip(apps, amounts, strict=True))
        ]
    )
    ours, fen = [(order.transactions[1], 40970), (order.transactions[0], 8820)][by_hand]

    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    world.run()

    assert_money_moved_once(world.shop, ours, fen)
    assert make.tasks(world.shop, request) == [("PAYMENT_NOT_OURS", "staff")]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert not Refund.objects.filter(running=True).exists()
    assert make.inspected(world.shop, order, {1: 1})["status"] == "REFUNDING"


def test_two_accepted_at_the_same_moment_run_one_after_the_other(world: World) -> None:
    order = world.shop.order()
    received = [make.received(world.shop, order, {at: 1}) for at in (0, 1)]

    together([partial(inspect, world.shop, order, at, received[at]) for at in (0, 1)])
    assert Refund.objects.filter(running=True).count() == 1
    seen = run_and_watch(world)

    assert seen == CHAIN * 2
    assert order.transactions[0].refunded == Decimal("298.90")
    for request in received:
        assert_settled(world.shop, request)


def test_the_second_is_right_although_the_first_is_pending_in_saleor(world: World) -> None:
    """EC30."""
    order = world.shop.order()
    (transaction,) = order.transactions
    first = make.inspected(world.shop, order, {0: 2})
    world.quiet()
    assert (transaction.charged, transaction.refund_pending) == (Decimal("311.70"), 398)

    second = make.inspected(world.shop, order, {1: 3})
    world.run()

    assert [refund.amount_fen for refund in Refund.objects.order_by("created_at")] == [39800, 31170]
    assert (transaction.charged, transaction.refunded) == (0, Decimal("709.70"))
    assert_settled(world.shop, first)
    assert_settled(world.shop, second)


def test_everything_comes_back_piece_by_piece(world: World) -> None:
    """EC27."""
    order = world.shop.order()
    pieces = [0, 1, 1, 0, 1]

    requests = [make.inspected(world.shop, order, {at: 1}) for at in pieces]
    world.run(minutes=30)

    (transaction,) = order.transactions
    assert (transaction.charged, transaction.refunded) == (0, Decimal("709.70"))
    assert world.wechat.refunded_fen(transaction.psp_reference) == 70970  # with the shipping
    assert order.status == "RETURNED"
    for request in requests:
        assert_settled(world.shop, request)
    posts = [call.at for call in world.wechat.calls if call.method == "POST"]
    assert all((b - a).total_seconds() >= 60 for a, b in pairwise(posts))


def run_and_watch(world: World) -> list[str]:
    """Run to the end; the calls that changed something, in their order."""
    seen: list[str] = []

    def see(call: str) -> None:
        if call not in QUESTIONS:
            seen.append(call)

    with wired(world, before=see):
        world.run(minutes=30)
    return seen


def inspect(shop: TestShop, order: Any, position: int, received: dict[str, Any]) -> None:
    lines = [{"orderLineId": order.lines[position].id, "acceptedQuantity": 1}]
    answer = shop.as_clerk(
        make.INSPECT, id=received["id"], version=received["version"], lines=lines
    )
    assert answer.request["status"] == "REFUNDING"


def test_a_second_failure_stays_with_staff_while_the_first_is_tried_again(world: World) -> None:
    order = deposit_and_balance(world.shop)
    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    for sequence in (1, 2):
        world.quiet()
        world.wechat.settle(f"{request['number']}-{sequence}-1", "CLOSED")
        world.quiet()

    make.retry(world.shop, request, at=0)
    world.run()

    done = make.read(world.shop, request)
    assert [refund["status"] for refund in done["refunds"]] == ["SUCCEEDED", "FAILED"]
    assert done["status"] == "REFUND_FAILED"
    assert [task["kind"] for task in done["tasks"]] == ["REFUND_REJECTED"]
    make.retry(world.shop, request, at=1)
    world.run()
    assert_settled(world.shop, request)


def test_settling_one_leaves_the_others_trouble_to_staff(world: World) -> None:
    order = deposit_and_balance(world.shop)
    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    for sequence in (1, 2):
        world.quiet()
        world.wechat.settle(f"{request['number']}-{sequence}-1", "CLOSED")
        world.quiet()

    settled = make.settle(world.shop, request, at=0).request

    assert [task["kind"] for task in settled["tasks"]] == ["REFUND_REJECTED"]
    assert make.settle(world.shop, request, at=1).request["tasks"] == []

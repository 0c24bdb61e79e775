"""A refund whose request Saleor's worker lost …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.models import Refund
from tests import make
from tests.usecases.paid_once import assert_money_moved_once
from tests.usecases.wires import Refusing, wired
from tests.world import World


def test_goes_on_by_itself_where_saleor_lost_its_worker(world: World) -> None:
    """A grant that stays PENDING although nobody was asked: we pay, and tell out of band."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.work()
    for delivery in world.shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)

    world.run(minutes=60)

    assert_money_moved_once(world.shop, transaction, 19900)
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    ((kind, _),) = make.tasks(world.shop, request)
    assert kind == "SALEOR_TOTALS_DIFFER"
    assert [g.status for g in order.granted_refunds] == ["PENDING"]


@pytest.mark.parametrize(
    "fault", ["", "timeout_before", "http_500", "timeout_after_accept", "http_500_after_accept"]
)
def test_repairs_the_grant_when_that_worker_comes_after_all(world: World, fault: str) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.work()
    late = [d for d in world.shop.saleor.deliveries.pending() if d.event.startswith("TRANS")]
    for delivery in world.shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)
    world.run(minutes=60)
    assert [g.status for g in order.granted_refunds] == ["PENDING"]

    for delivery in late:
        delivery.due_at = world.clock.now
    if fault:
        world.shop.saleor.faults.add(fault, "transactionEventReport")
    world.run(minutes=60)

    assert [g.status for g in order.granted_refunds] == ["SUCCESS"]
    assert (transaction.refunded, transaction.refund_pending) == (199, 0)
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900
    assert len(world.wechat.refunds) == 1
    assert Refund.objects.get().counted_at is not None
    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])  # nothing is left to be seen to


def test_repairs_the_grant_only_once_saleor_takes_the_reversal(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    make.inspected(world.shop, order)
    world.work()
    late = [d for d in world.shop.saleor.deliveries.pending() if d.event.startswith("TRANS")]
    for delivery in world.shop.saleor.deliveries.pending():
        delivery.due_at = delivery.due_at.replace(year=9999)
    world.run(minutes=60)
    for delivery in late:
        delivery.due_at = world.clock.now

    with wired(world, before=Refusing("ReportRefund")):
        world.wait(minutes=30)

    assert (transaction.refunded, len(world.wechat.refunds)) == (199, 1)
    assert Refund.objects.get().counted_at is None
    world.run(minutes=60)
    assert [g.status for g in order.granted_refunds] == ["SUCCESS"]
    assert (transaction.refunded, len(world.wechat.refunds)) == (199, 1)
    assert Refund.objects.get().counted_at is not None

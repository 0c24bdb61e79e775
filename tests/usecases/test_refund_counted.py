"""A refund is counted …"""

from __future__ import annotations

from saleor_wechat_returns.models import Refund
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.wires import Refusing, wired
from tests.world import World


def test_only_if_saleor_has_booked_the_amount_that_was_paid(world: World) -> None:
    """Saleor believes any amount it is told, and then answers our own report: already done."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.quiet()
    refund = Refund.objects.get()
    psp = refund.saleor_requests.get().psp_reference
    cashier.book_refund_made_elsewhere(world.shop, transaction, "50.00", psp)

    world.run(minutes=20)

    refund.refresh_from_db()
    assert (refund.status, refund.running, refund.counted_at) == ("succeeded", True, None)
    ((kind, detail),) = make.tasks(world.shop, request)
    assert kind == "SALEOR_TOTALS_DIFFER"
    assert "paid were 19900" in detail
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900


def test_only_once_saleor_has_taken_the_report(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    with wired(world, before=Refusing("ReportRefund", "INCORRECT_DETAILS")):
        world.run(minutes=60)

    refund = Refund.objects.get()
    assert (refund.status, refund.running, refund.counted_at) == ("succeeded", True, None)
    assert make.tasks(world.shop, request) == [
        ("STUCK", "refund.report: INCORRECT_DETAILS: not now")
    ]
    world.run(minutes=60)
    assert_paid_once(world.shop, order, request, 19900)

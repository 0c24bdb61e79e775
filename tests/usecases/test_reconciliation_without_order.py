"""Money that went back because no order came of it stands in the day's bills …"""

from __future__ import annotations

from saleor_wechat_returns.models import Difference
from tests import make
from tests.usecases.reconciling import amounts, compared, differences, next_morning
from tests.usecases.test_refund_without_order import given_up, tell_staff_to
from tests.usecases.unordered import transaction_of
from tests.usecases.wires import Refusing, wired
from tests.world import World


def test_and_nothing_differs(world: World) -> None:
    given_up(world)
    world.run(minutes=30)
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == []
    assert (run.payments_fen, run.refunds_fen) == (41000, 41000)


def test_and_is_missed_in_saleor_until_it_was_told(world: World) -> None:
    payment = given_up(world)
    world.quiet()
    world.clock.forward(minutes=1)
    with wired(world, before=Refusing("ReportRefund")):
        world.run(minutes=30)
        next_morning(world)
        run = compared(world.shop)

    assert differences(run) == [("saleor_lacks_refund", payment.transaction_id, "open")]
    assert amounts(run) == [(41000, 0)]


def test_or_by_other_means_which_is_explained(world: World) -> None:
    payment = given_up(world)
    world.quiet()
    world.clock.forward(minutes=1)
    world.quiet()
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()
    tell_staff_to(world, make.SETTLE, input={"reference": "bank transfer 42"})
    world.run()
    next_morning(world)

    run = compared(world.shop)

    assert [(kind, state) for kind, _, state in differences(run)] == [
        ("settled_by_hand", "explained")
    ]
    (difference,) = Difference.objects.all()
    assert (difference.explanation, difference.detail) == ("bank transfer 42", "")
    assert transaction_of(world.shop, payment).refunded == 410

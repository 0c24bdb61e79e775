"""A day's reconciliation, where a bill knows better than our row …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import Difference, Reconciliation, StaffTask, WechatPayment
from tests import make
from tests.usecases import payer
from tests.usecases.reconciling import bought, compared, compared_only, differences, next_morning
from tests.usecases.wires import Forbidding, Once, wired
from tests.world import World


def test_takes_a_payment_that_was_thought_closed(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.wechat.faults.add("notice_lost")
    payer.pay(world.shop, payment)
    WechatPayment.objects.update(status="closed")
    next_morning(world)

    run = compared(world.shop)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "taken")]
    assert payer.row_of(payment).status == "paid"
    assert payer.booked(world.shop, payment)[1:] == (
        "410.00",
        ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
    )
    (task,) = StaffTask.objects.all()
    assert task.kind == "payment_differs"


@pytest.mark.parametrize("fault", ["connect_refused", "http_500", "timeout_before_accept"])
def test_takes_that_payment_once_wechat_pay_is_back(world: World, fault: str) -> None:
    payment, run = thought_closed(world)
    world.wechat.faults.add(fault, 2)

    world.run(minutes=30)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "taken")]
    assert payer.row_of(payment).status == "paid"


def test_keeps_a_payment_on_the_list_that_wechat_pay_will_not_tell_of(world: World) -> None:
    payment, run = thought_closed(world)

    with wired(world, before=Forbidding("GET payments")):
        world.wait(minutes=30)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "open")]
    assert Difference.objects.get().detail == "NO_AUTH: "
    assert payer.row_of(payment).status == "closed"


def thought_closed(world: World) -> tuple[Any, Reconciliation]:
    """Paid, closed in our row, and the day compared up to asking about it."""
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.wechat.faults.add("notice_lost")
    payer.pay(world.shop, payment)
    WechatPayment.objects.update(status="closed")
    next_morning(world)
    return payment, compared_only(world.shop)


def test_takes_a_refund_that_was_thought_closed(world: World) -> None:
    request = make.inspected(world.shop, bought(world.shop), {0: 1})
    number = f"{request['number']}-1-1"
    world.run(minutes=1, wechat_pays=False)
    world.wechat.settle(number, "CLOSED")
    world.run()
    world.wechat.faults.add("notice_lost")
    world.wechat.settle(number, "SUCCESS", reversed=True)
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("refund_status_differs", number, "taken")]
    kinds = [kind for kind, _ in make.tasks(world.shop, request)]
    assert kinds == ["REFUND_REJECTED", "AMOUNT_DIFFERS"]


def test_takes_what_the_bank_sent_back_for_what_it_is(world: World) -> None:
    """Succeeded when the bill was made, returned by the bank before it was compared."""
    request = make.inspected(world.shop, bought(world.shop), {0: 1})
    number = f"{request['number']}-1-1"
    world.run()
    world.wechat.settle(number, "CLOSED", reversed=True)
    next_morning(world)
    (refund,) = world.wechat.refunds
    as_it_was = Once("GET trade bill", lambda: setattr(refund, "status", "SUCCESS"))
    as_it_is = Once("GET trade bill", lambda: setattr(refund, "status", "CLOSED"))

    with wired(world, before=as_it_was, after=as_it_is):
        run = compared(world.shop)

    assert ("refund_status_differs", number, "taken") in differences(run)
    taken = Difference.objects.get(kind="refund_status_differs")
    assert taken.detail == "WeChat Pay says CLOSED now, as we do"

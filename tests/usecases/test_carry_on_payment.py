"""A payment that is carried on …"""

from __future__ import annotations

from itertools import pairwise

import pytest

from saleor_wechat_returns.models import OutboxMessage, StaffTask, WechatMerchant, WechatPayment
from tests.usecases import payer
from tests.usecases.wires import Once, wired
from tests.world import World


def test_gets_fresh_parameters_while_it_is_unpaid(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.clock.forward(minutes=119)

    again = payer.carry_on(world.shop, payment)

    assert again.event_type == "CHARGE_ACTION_REQUIRED"
    payer.pay(world.shop, again)


def test_is_a_success_once_wechat_pay_says_so(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.pay(world.shop, payment)

    again = payer.carry_on(world.shop, payment)

    assert again.event_type == "CHARGE_SUCCESS"
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)
    transaction = world.shop.saleor.world.find(payment.transaction_id)
    assert transaction.available_actions == ["REFUND"]


@pytest.mark.parametrize("fault", ["connect_refused", "http_500", "unsigned", "rate_limited"])
def test_gives_no_parameters_while_wechat_pay_does_not_answer(world: World, fault: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    payer.pay(world.shop, payment)
    world.wechat.faults.add(fault)

    again = payer.carry_on(world.shop, payment)

    assert again.event_type == "CHARGE_ACTION_REQUIRED"
    assert payer.faults(again) == ["WECHAT_UNAVAILABLE"]
    assert payer.carry_on(world.shop, payment).event_type == "CHARGE_SUCCESS"


def test_gives_no_parameters_while_wechat_pay_refuses_our_keys(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no").get()
    rows.update(serial_no="AB")

    again = payer.carry_on(world.shop, payment)

    assert again.event_type == "CHARGE_ACTION_REQUIRED"
    assert payer.faults(again) == ["WECHAT_UNAVAILABLE"]
    rows.update(**right)
    payer.pay(world.shop, payer.carry_on(world.shop, payment))


def test_is_closed_when_its_time_is_up(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.clock.forward(hours=2)

    again = payer.carry_on(world.shop, payment)

    assert (again.event_type, payer.faults(again)) == ("CHARGE_FAILURE", ["PAYMENT_CLOSED"])
    (order,) = world.wechat.orders
    assert order.trade_state(world.clock.now) == "CLOSED"


def test_begins_anew_under_the_same_key_only_as_long_as_it_lives(world: World) -> None:
    checkout = payer.fill(world.shop)
    payer.begin(world.shop, checkout, key="k")
    world.clock.forward(hours=2)

    again = payer.begin(world.shop, checkout, key="k")

    assert payer.faults(again) == ["PAYMENT_CLOSED"]
    assert payer.begin(world.shop, checkout).event_type == "CHARGE_ACTION_REQUIRED"


def test_by_nobody_is_asked_for_less_and_less_and_closed_in_the_end(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))

    world.run(minutes=130)

    asked = [call.at for call in world.wechat.calls if call.method == "GET"]
    pauses = [(b - a).total_seconds() for a, b in pairwise(asked)]
    assert (asked[0] - (payer.row_of(payment).expires_at)).total_seconds() == 30 - 7200
    assert max(pauses) <= 910
    assert len(asked) < 25
    row = payer.row_of(payment)
    assert (row.status, row.latest_error) == ("closed", "not paid in time")
    assert payer.booked(world.shop, payment) == (
        "",
        "0.00",
        ["CHARGE_ACTION_REQUIRED", "CHARGE_FAILURE"],
    )
    assert row.reported_at is not None
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_by_nobody_and_unknown_to_wechat_pay_is_closed_in_the_end(world: World) -> None:
    world.wechat.faults.add("timeout_before_accept", 2)
    payment = payer.begin(world.shop, payer.fill(world.shop))

    world.run(minutes=130)

    assert payer.row_of(payment).status == "closed"
    assert world.wechat.orders == []


@pytest.mark.parametrize(
    "fault",
    [
        "connect_refused",
        "rate_limited",
        "timeout_before_accept",
        "timeout_after_accept",
        "http_500_after_accept",
        "user_paying",
    ],
)
def test_by_nobody_is_closed_whatever_became_of_the_closing(world: World, fault: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.clock.forward(hours=2)
    breaks = Once("POST payments", lambda: world.wechat.faults.add(fault))

    with wired(world, before=breaks):
        world.run(minutes=30)

    assert breaks.done
    assert world.wechat.faults.take("POST", "/close") == ""
    assert payer.row_of(payment).status == "closed"
    (order,) = world.wechat.orders
    assert order.trade_state(world.clock.now) == "CLOSED"


def test_by_nobody_but_paid_while_it_is_being_closed_is_a_success(world: World) -> None:
    """By WeChat Pay's clock there is a second left to pay; it refuses to close what was paid."""
    world.notices_get_lost = True
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.clock.forward(hours=2)

    def pay_at_the_last_second() -> None:
        world.clock.forward(seconds=-1)
        payer.pay(world.shop, payment)
        world.clock.forward(seconds=1)

    with wired(world, before=Once("POST payments", pay_at_the_last_second)):
        world.run(minutes=30)

    assert payer.row_of(payment).status == "paid"
    assert payer.booked(world.shop, payment)[1] == payer.TOTAL


def test_by_nobody_but_paid_at_the_last_moment_is_a_success(world: World) -> None:
    world.notices_get_lost = True
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.clock.forward(hours=2, seconds=-1)
    payer.pay(world.shop, payment)
    world.clock.forward(seconds=1)

    world.run(minutes=10)

    assert payer.row_of(payment).status == "paid"
    assert payer.booked(world.shop, payment)[1] == payer.TOTAL


def test_without_ever_having_begun_begins(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = payer.begin(world.shop, checkout)
    WechatPayment.objects.all().delete()
    OutboxMessage.objects.all().delete()

    again = payer.carry_on(world.shop, payment)

    assert payer.faults(again) == ["CODE_MISSING"]
    assert WechatPayment.objects.count() == 0


@pytest.mark.parametrize(
    "fault", ["connect_refused", "http_500", "rate_limited", "garbage", "bad_signature", "unsigned"]
)
def test_by_nobody_is_found_out_although_wechat_pay_was_away(world: World, fault: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.pay(world.shop, payment)
    world.notices_get_lost = True
    world.wechat.faults.add(fault, 3)

    world.run(minutes=30)

    assert world.wechat.faults.take("GET") == ""
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)


def test_by_nobody_becomes_a_task_while_wechat_pay_refuses_our_keys(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.pay(world.shop, payment)
    world.notices_get_lost = True
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no").get()
    rows.update(serial_no="AB")

    world.wait(minutes=60)

    ((kind, detail),) = StaffTask.objects.values_list("kind", "detail")
    assert (kind, detail[:27]) == ("stuck", "payment.query: SIGN_ERROR: ")
    assert payer.row_of(payment).status == "prepaid"
    rows.update(**right)
    world.run(minutes=30)
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)

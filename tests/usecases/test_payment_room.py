"""Payments of one checkout or order …"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections

from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.models import WechatPayment
from saleor_wechat_returns.usecases.payment_sources import Source, locked
from tests.usecases import payer
from tests.usecases.together import together
from tests.world import World


def statuses() -> list[str]:
    rows = WechatPayment.objects.order_by("expires_at", "id")
    return list(rows.values_list("status", flat=True))


def payable(world: World) -> list[int]:
    """Fen of every order at WeChat Pay that could still be paid."""
    return [
        order.request.total_fen
        for order in world.wechat.orders
        if order.trade_state(world.clock.now) == "NOTPAY"
    ]


def test_may_be_a_deposit_and_a_balance_at_once(world: World) -> None:
    checkout = payer.fill(world.shop)

    deposit = payer.begin(world.shop, checkout, "100.00")
    balance = payer.begin(world.shop, checkout, "310.00")

    assert statuses() == ["prepaid", "prepaid"]
    payer.pay(world.shop, deposit)
    payer.pay(world.shop, balance)
    world.quiet()
    assert statuses() == ["paid", "paid"]


def test_never_come_to_more_than_the_total(world: World) -> None:
    checkout = payer.fill(world.shop)

    with payer.nothing_is_begun():
        payment = payer.begin(world.shop, checkout, "410.01")

    assert payer.faults(payment) == ["AMOUNT_EXCEEDS_TOTAL"]
    assert payable(world) == []


def test_count_what_is_paid_before_and_after_saleor_knows(world: World) -> None:
    checkout = payer.fill(world.shop)
    deposit = payer.begin(world.shop, checkout, "100.00")
    payer.pay(world.shop, deposit)

    for _ in range(2):
        world.quiet()
        with payer.nothing_is_begun():
            payment = payer.begin(world.shop, checkout, "310.01")
        assert payer.faults(payment) == ["AMOUNT_EXCEEDS_TOTAL"]

    assert payer.begin(world.shop, checkout).event_type == "CHARGE_ACTION_REQUIRED"
    assert payable(world) == [31000]


def test_make_way_for_a_newer_one(world: World) -> None:
    checkout = payer.fill(world.shop)
    older = payer.begin(world.shop, checkout)

    newer = payer.begin(world.shop, checkout)

    assert statuses() == ["closed", "prepaid"]
    assert payable(world) == [payer.TOTAL_FEN]
    with pytest.raises(ValueError, match="ORDER_CLOSED"):
        payer.pay(world.shop, older)
    world.quiet()
    assert payer.booked(world.shop, older)[2] == ["CHARGE_ACTION_REQUIRED", "CHARGE_FAILURE"]
    payer.pay(world.shop, newer)
    assert payer.carry_on(world.shop, newer).event_type == "CHARGE_SUCCESS"


def test_do_not_make_way_once_paid(world: World) -> None:
    checkout = payer.fill(world.shop)
    older = payer.begin(world.shop, checkout)
    world.notices_get_lost = True
    number = payer.pay(world.shop, older)

    newer = payer.begin(world.shop, checkout, payer.TOTAL)

    assert (newer.event_type, payer.faults(newer)) == ("CHARGE_FAILURE", ["ALREADY_PAID"])
    assert statuses() == ["paid"]
    world.work()
    assert payer.booked(world.shop, older)[:2] == (number, payer.TOTAL)


@pytest.mark.parametrize("fault", ["connect_refused", "user_paying", "rate_limited", "http_500"])
def test_do_not_make_way_while_wechat_pay_leaves_it_open(world: World, fault: str) -> None:
    checkout = payer.fill(world.shop)
    older = payer.begin(world.shop, checkout)
    world.wechat.faults.add(fault)

    newer = payer.begin(world.shop, checkout)

    assert payer.faults(newer) == ["PAYMENT_IN_PROGRESS"]
    assert statuses() == ["prepaid"]
    payer.pay(world.shop, older)


def test_make_way_when_the_answer_to_closing_is_lost(world: World) -> None:
    checkout = payer.fill(world.shop)
    payer.begin(world.shop, checkout)
    world.wechat.faults.add("timeout_after_accept")

    payer.begin(world.shop, checkout)

    assert statuses() == ["closed", "prepaid"]
    assert payable(world) == [payer.TOTAL_FEN]


def test_make_way_when_nobody_was_given_parameters(world: World) -> None:
    checkout = payer.fill(world.shop)
    world.wechat.faults.add("timeout_after_accept", 2)
    older = payer.begin(world.shop, checkout)
    assert payer.row_of(older).status == "open"

    newer = payer.begin(world.shop, checkout)

    assert newer.event_type == "CHARGE_ACTION_REQUIRED"
    assert statuses() == ["closed", "prepaid"]
    late = payer.carry_on(world.shop, older)
    assert (late.event_type, payer.faults(late)) == ("CHARGE_FAILURE", ["PAYMENT_CLOSED"])


def test_on_the_order_count_those_of_its_checkout(world: World) -> None:
    shop = world.shop
    shop.saleor.world.allow_unpaid_orders = True
    checkout = payer.fill(shop)
    payer.begin(shop, checkout, "100.00")
    order = shop.saleor.shopper(shop.li).complete(checkout)

    payer.begin(shop, order.id, "310.00")
    assert statuses() == ["prepaid", "prepaid"]
    payer.begin(shop, order.id, "310.01")

    assert sum(payable(world)) <= payer.TOTAL_FEN
    assert statuses() == ["closed", "closed", "prepaid"]


def test_of_another_shop_do_not_count(world: World) -> None:
    for shop in (world.shop, world.other_shop):
        payer.begin(shop, payer.fill(shop))

    assert statuses() == ["prepaid", "prepaid"]


def test_wait_for_each_other_only_so_long(world: World) -> None:
    checkout = payer.fill(world.shop)
    source = Source(checkout, checkout, "", "cn", Fen(payer.TOTAL_FEN), ())
    entered, over = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(world.shop.row, source):
            entered.set()
            over.wait(timeout=10)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        entered.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        payment = payer.begin(world.shop, checkout)
        over.set()
        held.result()
    connection.close()

    assert payer.faults(payment) == ["PAYMENT_IN_PROGRESS"]
    assert statuses() == []
    assert payer.begin(world.shop, checkout).event_type == "CHARGE_ACTION_REQUIRED"


def test_on_two_devices_at_once_never_both_get_the_total(world: World) -> None:
    checkout = payer.fill(world.shop)

    begun = together([partial(payer.begin, world.shop, checkout)] * 4)

    assert payable(world) == [payer.TOTAL_FEN]
    assert sorted(statuses()) == ["closed", "closed", "closed", "prepaid"]
    given = [payment for payment in begun if "paymentParameters" in payment.data]
    paid = 0
    for payment in given:
        try:
            payer.pay(world.shop, payment)
            paid += 1
        except ValueError:
            pass
    assert paid == 1


def test_asked_for_twice_at_once_are_one(world: World) -> None:
    checkout = payer.fill(world.shop)
    code = world.mini.login("openid-of-li")

    begun = together([partial(payer.begin, world.shop, checkout, code=code, key="k")] * 4)

    assert {payment.event_type for payment in begun} == {"CHARGE_ACTION_REQUIRED"}
    assert statuses() == ["prepaid"]
    assert len(world.wechat.orders) == 1
